import type { Deployment } from '#cli/app/deployment.ts';
import { inEther } from '#cli/app/units.ts';
import type { Chains } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Check, type Findings, type Found, ok, unchecked, warned, wrong } from './finding.ts';

/** How many blocks apart two urls may be before one of them is behind. */
const MAX_BLOCKS_APART = 10n;

/** RFC 1918: a node inside the operator's network, as in the lab of terraform/examples. */
const isPrivate = (url: string): boolean => /^https?:\/\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(url);

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
        return answers.map(({ place, head, problem }): Found => {
          const name = `chain ${chainId}, url ${place}`;
          if (head === undefined && isPrivate(urls[place - 1] ?? ''))
            return unchecked(`${name} is a private address: only machines in its network can reach it`);
          if (head === undefined)
            return wrong(
              `${name}: ${problem}`,
              'Correct operations.rpc, or ask the provider: two must answer and agree.',
            );
          return newest - head > MAX_BLOCKS_APART
            ? warned(`${name}: ${newest - head} blocks behind the others`, 'Outcomes wait for it: change the provider.')
            : ok(`${name}: block ${head}`);
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
