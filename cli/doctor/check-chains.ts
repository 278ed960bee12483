import type { Deployment } from '#cli/app/deployment.ts';
import type { RpcAnswer } from '#cli/app/session.ts';
import { inEther } from '#cli/app/units.ts';
import type { Chains } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { chainOf, type Law, type Wallet } from '#schemas/config.ts';
import { type Check, type Findings, type Found, ok, unchecked, warned, wrong } from './finding.ts';

/** How many blocks apart two urls may be before one of them is behind. */
const MAX_BLOCKS_APART = 10n;

/** RFC 1918: a node inside the operator's network, as in the lab of terraform/examples. */
const isPrivate = (url: string): boolean => /^https?:\/\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(url);

type Told = (law: Law, chainId: string, name: string, answer: RpcAnswer) => Findings;

/** Under `finality: finalized`, nothing is ever settled by a url that calls no block final. */
const unsettling: Told = (law, chainId, name, { finalized }) =>
  chainOf(law, chainId)?.finality.kind !== 'finalized' || finalized !== undefined
    ? []
    : [
        wrong(
          `${name}: it knows no block called finalized, and the law settles by that block`,
          'Count confirmations for this chain in the law, or take a provider that knows one.',
        ),
      ];

/** Ganache reads nonce 0 in signed bytes as none given: it executes them again whenever somebody sends them again. */
const repeating: Told = (law, chainId, name, { client = '' }) => {
  if (!/^Ganache\//i.test(client) || law.register.lock === 'off') return [];
  const startsAtNone = (wallet: Wallet) =>
    wallet.exclusive && wallet.chains.some((one) => one.chainId === chainId && one.startNonce === '0');
  return law.wallets
    .filter(startsAtNone)
    .map((wallet) =>
      wrong(
        `${name} is ${client}, which executes signed bytes with nonce 0 as often as they come: ${wallet.name} starts at nonce 0`,
        'Use another node. Or send one transaction from the wallet first, and set its startNonce to 1.',
      ),
    );
};

const rpc: Check = {
  area: 'rpc',
  look: async ({ deployment, ports }) => {
    const { law } = deployment.config;
    const ids = [...new Set(law.wallets.flatMap(({ chains }) => chains.map(({ chainId }) => chainId)))];
    const found = await Promise.all(
      ids.map(async (chainId): Promise<Findings> => {
        const urls = urlsOf(deployment, chainId);
        const answers = await ports.rpcAnswers(chainId);
        const heads = answers.flatMap(({ head }) => head ?? []);
        const newest = heads.reduce((a, b) => (b > a ? b : a), 0n);
        return answers.flatMap((answer): Findings => {
          const { place, head, problem } = answer;
          const name = `chain ${chainId}, url ${place}`;
          if (head === undefined && isPrivate(urls[place - 1] ?? ''))
            return [unchecked(`${name} is a private address: only machines in its network can reach it`)];
          if (head === undefined)
            return [
              wrong(`${name}: ${problem}`, 'Correct operations.rpc, or ask the provider: two must answer and agree.'),
            ];
          const found =
            newest - head > MAX_BLOCKS_APART
              ? warned(
                  `${name}: ${newest - head} blocks behind the others`,
                  'Outcomes wait for it: change the provider.',
                )
              : ok(`${name}: block ${head}`);
          return [found, ...unsettling(law, chainId, name, answer), ...repeating(law, chainId, name, answer)];
        });
      }),
    );
    return found.flat();
  },
};

/** wei; undefined where only private nodes could tell. */
const balanceOf = async (chains: Chains, chainId: string, address: string, urls: readonly string[]) => {
  try {
    return await chains.of(chainId).balance(address);
  } catch (error) {
    if (isKeyturnError(error) && urls.length > 0 && urls.every(isPrivate)) return undefined;
    throw error;
  }
};

const urlsOf = ({ config }: Deployment, chainId: string): readonly string[] =>
  config.operations.rpc.find((one) => one.chainId === chainId)?.urls ?? [];

const balances: Check = {
  area: 'balances',
  look: async ({ deployment, ports }) => {
    const chains = await ports.chains();
    const places = deployment.config.law.wallets.flatMap((wallet) =>
      wallet.chains.map(({ chainId }) => ({ wallet, chainId })),
    );
    return Promise.all(
      places.map(async ({ wallet, chainId }): Promise<Found> => {
        const wei = await balanceOf(chains, chainId, wallet.address, urlsOf(deployment, chainId));
        if (wei === undefined)
          return unchecked(`what ${wallet.name} has on chain ${chainId}: its node is a private one`);
        const words = `${wallet.name} has ${inEther(wei)} on chain ${chainId}`;
        return wei === 0n ? warned(words, `Fund ${wallet.address}: nothing is sealed that cannot be paid.`) : ok(words);
      }),
    );
  },
};

export const chainChecks: readonly Check[] = [rpc, balances];
