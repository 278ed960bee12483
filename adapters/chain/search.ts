import { z } from 'zod';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { quantity, quantityText } from './quantity.ts';

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const block = z.object({ transactions: z.array(z.object({ hash, from: address, nonce: quantity })) }).nullable();

const countAt = (node: RpcNode, from: string, height: bigint): Promise<bigint> =>
  node.ask('eth_getTransactionCount', [from, quantityText(height)], quantity);

/** What one node can tell of the use of a nonce. `unknown`: it is used, and the node keeps no state of that time. */
export type Told = { readonly kind: 'unused' | 'unknown' } | { readonly kind: 'used'; readonly hash: string };

/** The hash in the block of this height from this sender at this nonce. A node that names more lies: one is as much as it may cost. */
export const bodyUse = async (
  node: RpcNode,
  height: bigint,
  from: string,
  nonce: bigint,
): Promise<readonly string[]> => {
  const found = await node.ask('eth_getBlockByNumber', [quantityText(height), true], block);
  const sender = from.toLowerCase();
  const ours = found?.transactions.filter((one) => one.nonce === nonce && one.from.toLowerCase() === sender) ?? [];
  return ours.slice(0, 1).map((one) => one.hash.toLowerCase());
};

/** Not there, however often it is asked for: a node that has lost its state says so in words of its own. */
const saysNoState = (error: unknown): boolean =>
  isKeyturnError(error, 'RPC_REFUSED') || (isKeyturnError(error, 'UNAVAILABLE') && error.field === 'refused');

/** Makes a read again where its answer was lost. */
export type Again = <T>(ask: () => Promise<T>) => Promise<T>;

/** The block in which the count of an account passed a nonce, at or below `head`. */
const blockOfUse = async (
  node: RpcNode,
  { from, nonce, head }: { readonly from: string; readonly nonce: bigint; readonly head: bigint },
): Promise<bigint> => {
  let high = head;
  let low = head;
  for (let step = 1n; low > 0n; step *= 2n) {
    low = low > step ? low - step : 0n;
    if ((await countAt(node, from, low)) <= nonce) break;
    high = low;
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if ((await countAt(node, from, middle)) > nonce) high = middle;
    else low = middle;
  }
  return high;
};

/**
 * The transaction that used a nonce of an account. JSON-RPC has no such question, so the block is searched for in which the account's count
 * passed it. The search goes backwards in growing steps, then by halves: some 2 log n calls. Most nodes keep the state of 128 blocks.
 */
export const nonceUse = async (node: RpcNode, from: string, nonce: bigint, again: Again): Promise<Told> => {
  const head = await node.ask('eth_blockNumber', [], quantity);
  if ((await countAt(node, from, head)) <= nonce) return { kind: 'unused' };
  try {
    const height = await again(() => blockOfUse(node, { from, nonce, head }));
    const [hash] = await again(() => bodyUse(node, height, from, nonce));
    return hash === undefined ? { kind: 'unknown' } : { kind: 'used', hash };
  } catch (error) {
    if (saysNoState(error)) return { kind: 'unknown' };
    throw error;
  }
};

const mined = z
  .object({
    from: address,
    to: address.nullish(),
    value: quantity,
    input: z.string(),
    gas: quantity,
    blockNumber: quantity.nullish(),
  })
  .nullable();

/** Return data of the same call on the state before its block, `0x…`; undefined where it does not fail there. */
export const replay = async (node: RpcNode, transaction: string): Promise<string | undefined> => {
  const found = await node.ask('eth_getTransactionByHash', [transaction], mined);
  if (found?.blockNumber == null || found.blockNumber === 0n) return undefined;
  const { from, to, value, input, gas, blockNumber } = found;
  const call = { from, ...(to == null ? {} : { to }), value: quantityText(value), data: input, gas: quantityText(gas) };
  return node.revertOf?.([call, quantityText(blockNumber - 1n)]);
};
