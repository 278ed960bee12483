import { id } from 'ethers';
import { z } from 'zod';
import type { BlockHead } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { address, blockAnswer, hash } from './json.ts';
import { addLogs, inOrder, MOST_LOGS, type PastLog, transferLogs, type Wanted } from './past-logs.ts';
import { quantity, quantityText } from './quantity.ts';
import { type Pace, readsAt } from './rpc-quorum.ts';

export type { PastLog } from './past-logs.ts';

/** A mined transaction as books need it. Value in wei; `to` "" for a creation. */
export interface PastTransaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string;
  readonly nonce: bigint;
  readonly value: bigint;
  readonly methodId: string;
}

/** Logs in the order of the chain. `leftOut`: blocks, both included, of which only logs of the law's tokens are there. */
export interface PastTransfers {
  readonly logs: readonly PastLog[];
  readonly leftOut: { readonly from: bigint; readonly to: bigint } | undefined;
}

/**
 * A chain as it was at blocks that are final, for who keeps books. What counts is what as many urls say alike as must agree. Undefined: too few
 * of them tell it alike, or have the state of that time. Throws CHAIN_UNREACHABLE, CONFIG, UNAVAILABLE.
 */
export interface PastChain {
  block(number: bigint): Promise<BlockHead | undefined>;
  /** wei */
  balance(owner: string, at: bigint): Promise<bigint | undefined>;
  /** Base units, by balanceOf(address): 0 where there was no contract yet. Undefined also where it reverts. */
  tokenBalance(token: string, owner: string, at: bigint): Promise<bigint | undefined>;
  /** Transactions mined from an address, up to that block. */
  count(owner: string, at: bigint): Promise<bigint | undefined>;
  /**
   * Logs from block `from` to `to`, both included, of what moved from or to the address, or was wrapped for it. `tokens`: of the law, in EIP-55.
   * Any contract can log anything, so logs of others that are too many are left out from the first such span on. Throws UNAVAILABLE, and
   * TOO_LARGE where those of the law's tokens alone are too many.
   */
  transfers(owner: string, from: bigint, to: bigint, tokens: readonly string[]): Promise<PastTransfers>;
  transaction(hash: string): Promise<PastTransaction | undefined>;
}

const mined = z
  .object({
    hash,
    from: address,
    to: address.nullish(),
    nonce: quantity,
    value: quantity,
    input: z.string(),
    blockNumber: quantity.nullish(),
  })
  .nullable()
  .transform((told): PastTransaction | undefined => {
    if (told === null || told.blockNumber == null) return undefined;
    const { hash: own, from, to, nonce, value, input } = told;
    const selector = /^0x[0-9a-fA-F]{8}/.exec(input)?.[0].toLowerCase() ?? '';
    return { hash: own, from, to: to ?? '', nonce, value, methodId: selector };
  });

const BALANCE_OF = id('balanceOf(address)').slice(0, 10);
/** "0x" where no contract is. */
const word = z
  .string()
  .regex(/^0x([0-9a-fA-F]{64})?$/)
  .transform((text) => (text === '0x' ? 0n : BigInt(text)));

/** A span of blocks that is compared between urls at once. */
const SPAN = 50_000n;

/** What a node refuses for want of state, or because the call reverts, it does not tell. Another may. */
const unlessRefused = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (!isKeyturnError(error, 'RPC_REFUSED')) throw error;
    return undefined;
  });

export const pastChain = (nodes: readonly RpcNode[], need: number, pace?: Pace): PastChain => {
  const { agreed, surely } = readsAt(pace);
  const logsOn = transferLogs(surely);

  const atBlock = async (method: string, params: readonly unknown[], schema: z.ZodType<bigint>) => {
    const told = await agreed(nodes, need, async (node) => {
      const value = await unlessRefused(node.ask(method, params, schema));
      return value === undefined ? undefined : { value };
    });
    return told?.value;
  };

  /** `manyFrom`: where the first span begins with which they are too many; nothing of it or behind it is told. */
  const logsIn = async (wanted: Wanted, from: bigint, to: bigint) => {
    const logs: PastLog[] = [];
    for (let at = from; at <= to; at += SPAN) {
      const end = at + SPAN > to ? to : at + SPAN - 1n;
      const told = await agreed(nodes, need, (node) => logsOn(node, wanted, at, end));
      if (told === undefined)
        throw new KeyturnError('UNAVAILABLE', `too few of your nodes tell the logs of blocks ${at} to ${end} alike`);
      if (told.kind === 'many' || !addLogs(logs, told.logs)) return { logs, manyFrom: at };
    }
    return { logs, manyFrom: undefined };
  };

  return {
    block: (number) =>
      agreed(nodes, need, (node) =>
        unlessRefused(node.ask('eth_getBlockByNumber', [quantityText(number), false], blockAnswer)),
      ),
    balance: (owner, at) => atBlock('eth_getBalance', [owner, quantityText(at)], quantity),
    tokenBalance: (token, owner, at) => {
      const data = BALANCE_OF + owner.slice(2).toLowerCase().padStart(64, '0');
      return atBlock('eth_call', [{ to: token, data }, quantityText(at)], word);
    },
    count: (owner, at) => atBlock('eth_getTransactionCount', [owner, quantityText(at)], quantity),
    transfers: async (owner, from, to, tokens) => {
      // First: however much strangers log, these are read.
      const law = await logsIn({ owner, tokens, of: 'law' }, from, to);
      if (law.manyFrom !== undefined)
        throw new KeyturnError('TOO_LARGE', `tokens of your law have more than ${MOST_LOGS} logs of this account`);
      const others = await logsIn({ owner, tokens, of: 'others' }, from, to);
      const leftOut = others.manyFrom === undefined ? undefined : { from: others.manyFrom, to };
      return { logs: inOrder([...law.logs, ...others.logs]), leftOut };
    },
    transaction: (wanted) => agreed(nodes, need, (node) => node.ask('eth_getTransactionByHash', [wanted], mined)),
  };
};
