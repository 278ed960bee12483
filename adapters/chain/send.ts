import { keccak256 } from 'ethers';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { type Given, giveAll, type Outcome } from './give.ts';
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

/** `sent` where any node took it; `known` where any has it. Otherwise the most telling refusal, or what the first was silent with. */
const verdictOf = (said: readonly Outcome[]): Outcome => {
  const answers = said.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (answers.length > 0) return { status: 'fulfilled', value: answers.includes('sent') ? 'sent' : 'known' };
  const failures: KeyturnError[] = [];
  for (const one of said) {
    if (one.status === 'fulfilled') continue;
    if (!isKeyturnError(one.reason)) return one;
    failures.push(one.reason);
  }
  return { status: 'rejected', reason: failures.toSorted((a, b) => rank(a) - rank(b))[0] };
};

/**
 * Sends to every url what it does not have, one attempt each. One that says yes and forgets must not keep a transaction from the others.
 * Urls work side by side, each in the order given: that of the nonces. What became of each transaction, in that order.
 */
export const broadcastAll = async (
  nodes: readonly RpcNode[],
  raws: readonly string[],
): Promise<readonly PromiseSettledResult<Given>[]> => {
  const offers = raws.map((raw) => ({ raw, hash: keccak256(raw) }));
  const isTaken = (answers: readonly (readonly Outcome[])[]): boolean =>
    offers.every((_, n) => answers.some((said) => said[n]?.status === 'fulfilled'));
  const told = await askAll(nodes, (node) => giveAll(node, offers), isTaken);
  return offers.map((_, n) =>
    verdictOf(
      told.map((one) =>
        one.status === 'fulfilled' ? (one.value[n] ?? { status: 'rejected', reason: undefined }) : one,
      ),
    ),
  );
};

/** One transaction. Throws what `broadcastAll` tells of it. */
export const broadcast = async (nodes: readonly RpcNode[], raw: string): Promise<Given> => {
  const [outcome] = await broadcastAll(nodes, [raw]);
  if (outcome?.status === 'fulfilled') return outcome.value;
  throw outcome?.reason;
};
