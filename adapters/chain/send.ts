import { keccak256 } from 'ethers';
import { z } from 'zod';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { knownTransaction } from './json.ts';
import { askAll } from './rpc-all.ts';
import type { Refusal } from './rpc-errors.ts';

/** Of several refusals, the one that lets the ladder go on. To climb costs no more than was approved; to wait may be for ever. */
const TELLING: readonly string[] = [
  'underpriced',
  'replacement-underpriced',
  'nonce-too-low',
  'insufficient-funds',
  'gas',
  'fee-cap',
  'invalid',
  'nonce-too-high',
  'pool-full',
] satisfies Refusal[];

/** What a node says of the transaction tells more than another node's silence. */
const rank = ({ code, field }: KeyturnError): number => {
  const place = TELLING.indexOf(field ?? '');
  if (code !== 'RPC_REFUSED') return TELLING.length + 1;
  return place === -1 ? TELLING.length : place;
};

/** Does this node have the transaction, mined or in its pool? */
const has = async (node: RpcNode, hash: string): Promise<boolean> =>
  (await node.ask('eth_getTransactionByHash', [hash], knownTransaction)) !== null;

/**
 * Gives the bytes to one node, and never to one that has them. Ganache executes the same bytes with nonce 0 again each time they come
 * (https://github.com/trufflesuite/ganache). It calls pending ones underpriced. So the node is asked before, and after each refusal: then
 * its words about the bytes mean nothing. A node that cannot answer the question gets nothing.
 */
const give = async (node: RpcNode, raw: string, hash: string): Promise<'sent' | 'known'> => {
  if (await has(node, hash)) return 'known';
  try {
    await node.ask('eth_sendRawTransaction', [raw], z.unknown());
    return 'sent';
  } catch (error) {
    if (!isKeyturnError(error, 'RPC_REFUSED')) throw error;
    if (error.field === 'known' || (await has(node, hash).catch(() => false))) return 'known';
    throw error;
  }
};

/**
 * Sends to every url that does not have it, one attempt each. One that says yes and forgets must not keep the transaction from the others.
 * `sent` where any took it; `known` where any has it already, mined or not. Throws the most telling refusal; where no url refused it, what
 * the first was silent with.
 */
export const broadcast = async (nodes: readonly RpcNode[], raw: string): Promise<'sent' | 'known'> => {
  const hash = keccak256(raw);
  const said = await askAll(nodes, (node) => give(node, raw, hash));
  const answers = said.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (answers.includes('sent')) return 'sent';
  if (answers.length > 0) return 'known';
  const failures: KeyturnError[] = [];
  for (const one of said) {
    if (one.status === 'fulfilled') continue;
    if (!isKeyturnError(one.reason)) throw one.reason;
    failures.push(one.reason);
  }
  throw failures.toSorted((a, b) => rank(a) - rank(b))[0];
};
