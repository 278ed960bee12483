import { z } from 'zod';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';

/** A block with all its transactions and receipts, as one node tells them. Whoever uses it must prove it by the block's hash. */
export interface RawBlock {
  readonly block: unknown;
  readonly receipts: unknown;
}

const list = z.array(z.unknown()).max(20_000);
const blockSchema = z.looseObject({ transactions: z.array(z.looseObject({ hash: z.string() })).max(20_000) });

const receiptsOf = async (node: RpcNode, hash: string, hashes: readonly string[]): Promise<readonly unknown[]> => {
  try {
    const all = await node.ask('eth_getBlockReceipts', [hash], list.nullable());
    if (all !== null && all.length === hashes.length) return all;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
  }
  // Older nodes do not know that call.
  const receipts: unknown[] = [];
  for (const each of hashes) receipts.push(await node.ask('eth_getTransactionReceipt', [each], z.unknown()));
  return receipts;
};

/** From the first node that has it. Throws UNAVAILABLE where none has, or what the last node threw. */
export const rawBlock = async (nodes: readonly RpcNode[], hash: string): Promise<RawBlock> => {
  let last: unknown = new KeyturnError('UNAVAILABLE', 'no node has the block');
  for (const node of nodes) {
    try {
      const block = await node.ask('eth_getBlockByHash', [hash, true], blockSchema.nullable());
      if (block === null) continue;
      return {
        block,
        receipts: await receiptsOf(
          node,
          hash,
          block.transactions.map((each) => each.hash),
        ),
      };
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      last = error;
    }
  }
  throw last;
};
