import { Transaction } from 'ethers';
import type { PastChain, PastLog, PastTransfers } from '#adapters/chain/past.ts';
import type { Pipeline } from '../stage.ts';

/** The past of the pipeline's chain, with what a test says beside it. */
export interface PastScript {
  /** Above that the nodes have no state. Default: they have all. */
  keepsFrom?: bigint;
  /** wei that came, or left, by no transaction of the wallet, up to a block. */
  silent?: (block: bigint) => bigint;
  logs?: readonly PastLog[];
  leftOut?: PastTransfers['leftOut'];
  /** Base units of any token. */
  tokens?: (block: bigint) => bigint;
  /** Called at each read of a block. */
  onBlock?: (number: bigint) => void;
  /** Raw bytes that keyturn did not make. */
  foreign?: readonly string[];
}

const START = 10n ** 21n;
const VALUE = 10n ** 18n;

/** Balances are worked out here: each transaction of the wallet sends one ether and pays its gas. A foreign one sends 1 wei. */
export const pastOf = (s: Pipeline, script: PastScript): PastChain => {
  const chain = s.chain();
  const foreign = new Map(
    (script.foreign ?? []).map((raw) => [Transaction.from(raw).hash ?? '', Transaction.from(raw)]),
  );
  const minedUpTo = (at: bigint) =>
    chain.blocks
      .slice(0, Number(at) + 1)
      .flatMap(({ mined }) => mined)
      .filter(({ transaction }) => transaction.from === s.wallet.address);
  const kept = <T>(at: bigint, told: T): T | undefined => (at < (script.keepsFrom ?? 0n) ? undefined : told);
  return {
    block: async (number) => {
      script.onBlock?.(number);
      return chain.blocks[Number(number)]?.head;
    },
    balance: async (_, at) => {
      const spent = minedUpTo(at).reduce((sum, { transaction: { hash }, receipt }) => {
        const value = foreign.has(hash) ? 1n : VALUE;
        return sum + receipt.gasUsed * (receipt.effectiveGasPrice ?? 0n) + (receipt.success ? value : 0n);
      }, 0n);
      return kept(at, START - spent + (script.silent?.(at) ?? 0n));
    },
    tokenBalance: async (_token, _owner, at) => kept(at, script.tokens?.(at) ?? 0n),
    count: async (_, at) => kept(at, BigInt(minedUpTo(at).length)),
    transfers: async (_, from, to) => ({
      logs: (script.logs ?? []).filter(({ blockNumber }) => blockNumber >= from && blockNumber <= to),
      leftOut: script.leftOut,
    }),
    transaction: async (hash) => {
      const found = foreign.get(hash);
      const mined = await chain.transaction(hash);
      if (found === undefined || mined === undefined) return undefined;
      return { ...mined, to: found.to ?? '', value: found.value, methodId: '' };
    },
  };
};
