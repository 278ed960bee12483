import { keccak256 } from 'ethers';
import { z } from 'zod';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { knownTransaction } from './json.ts';
import { askAll } from './rpc-all.ts';
import type { Refusal } from './rpc-errors.ts';
import { everyAnswer } from './rpc-quorum.ts';

/** Of several refusals, the one by which the ladder gets on: to climb costs no more than was approved, to wait may be for ever. */
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

const isKnown = async (nodes: readonly RpcNode[], hash: string): Promise<boolean> => {
  const ask = (node: RpcNode) => node.ask('eth_getTransactionByHash', [hash], knownTransaction);
  return (await everyAnswer(nodes, ask).catch(() => [])).some((found) => found !== null);
};

/**
 * Sends to every url, one attempt each: one that says yes and forgets must not keep the transaction from the others. `sent` where any took
 * it; `known` where any has it already, or its nonce is used and by this very transaction. Throws the most telling refusal; where no url
 * refused it, what the first was silent with.
 */
export const broadcast = async (nodes: readonly RpcNode[], raw: string): Promise<'sent' | 'known'> => {
  const said = await askAll(nodes, (node) => node.ask('eth_sendRawTransaction', [raw], z.unknown()));
  if (said.some(({ status }) => status === 'fulfilled')) return 'sent';
  const refusals: KeyturnError[] = [];
  for (const one of said) {
    if (one.status === 'fulfilled') continue;
    if (!isKeyturnError(one.reason)) throw one.reason;
    refusals.push(one.reason);
  }
  if (refusals.some(({ field }) => field === 'known')) return 'known';
  if (refusals.some(({ field }) => field === 'nonce-too-low') && (await isKnown(nodes, keccak256(raw)))) return 'known';
  throw refusals.toSorted((a, b) => rank(a) - rank(b))[0];
};
