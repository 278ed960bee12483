import { inEther } from '../units.ts';
import { type Check, type Finding, type Findings, ok, warned, wrong } from './finding.ts';

type Found = Omit<Finding, 'area'>;

/** How many blocks apart two urls may be before one of them is behind. */
const APART = 10n;

const rpc: Check = {
  area: 'rpc',
  look: async ({ deployment, ports }) => {
    const { law } = deployment.config;
    const ids = [...new Set(law.wallets.flatMap(({ chains }) => chains.map(({ chainId }) => chainId)))];
    const found = await Promise.all(
      ids.map(async (chainId): Promise<Findings> => {
        const answers = await ports.rpcAnswers(chainId);
        const heads = answers.flatMap(({ head }) => head ?? []);
        const newest = heads.reduce((a, b) => (b > a ? b : a), 0n);
        return answers.map(({ place, head, problem }): Found => {
          const name = `chain ${chainId}, url ${place}`;
          if (head === undefined)
            return wrong(
              `${name}: ${problem}`,
              'Correct operations.rpc, or ask the provider: two must answer and agree.',
            );
          return newest - head > APART
            ? warned(`${name}: ${newest - head} blocks behind the others`, 'Outcomes wait for it: change the provider.')
            : ok(`${name}: block ${head}`);
        });
      }),
    );
    return found.flat();
  },
};

const balances: Check = {
  area: 'balances',
  look: async ({ deployment, ports }) => {
    const chains = await ports.chains();
    const places = deployment.config.law.wallets.flatMap((wallet) =>
      wallet.chains.map(({ chainId }) => ({ wallet, chainId })),
    );
    return Promise.all(
      places.map(async ({ wallet, chainId }): Promise<Found> => {
        const wei = await chains.of(chainId).balance(wallet.address);
        const words = `${wallet.name} has ${inEther(wei)} on chain ${chainId}`;
        return wei === 0n ? warned(words, `Fund ${wallet.address}: nothing is sealed that cannot be paid.`) : ok(words);
      }),
    );
  },
};

export const chainChecks: readonly Check[] = [rpc, balances];
