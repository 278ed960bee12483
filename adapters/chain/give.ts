import { z } from 'zod';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { knownTransaction } from './json.ts';
import { inBatches } from './rpc-batch.ts';

const HAS = 'eth_getTransactionByHash';
const SEND = 'eth_sendRawTransaction';

/** Does this node have the transaction, mined or in its pool? */
const has = async (node: RpcNode, hash: string): Promise<boolean> =>
  (await node.ask(HAS, [hash], knownTransaction)) !== null;

export interface Offer {
  readonly raw: string;
  readonly hash: string;
}

export type Given = 'sent' | 'known';

const isRefused = (error: unknown): error is KeyturnError => isKeyturnError(error, 'RPC_REFUSED');

/**
 * Gives the bytes to one node, and never to one that has them. Ganache executes the same bytes with nonce 0 again each time they come
 * (https://github.com/trufflesuite/ganache). It calls pending ones underpriced. So the node is asked before, and after each refusal: then
 * its words about the bytes mean nothing. A node that cannot answer the question gets nothing.
 */
const give = async (node: RpcNode, { raw, hash }: Offer): Promise<Given> => {
  if (await has(node, hash)) return 'known';
  try {
    await node.ask(SEND, [raw], z.unknown());
    return 'sent';
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (error.field === 'known' || (await has(node, hash).catch(() => false))) return 'known';
    throw error;
  }
};

export type Outcome = PromiseSettledResult<Given>;

const outcomeOf = async (given: Promise<Given>): Promise<Outcome> => {
  const [outcome] = await Promise.allSettled([given]);
  return outcome;
};

const allOf = (reason: unknown, { length }: readonly Offer[]): Outcome[] =>
  Array.from({ length }, () => ({ status: 'rejected', reason }));

const isSilence = (outcome: Outcome | undefined): outcome is PromiseRejectedResult =>
  outcome?.status === 'rejected' && !isRefused(outcome.reason);

/** One by one, in order. A node that does not answer is not asked for the rest. */
const giveEach = async (node: RpcNode, offers: readonly Offer[]): Promise<Outcome[]> => {
  const said: Outcome[] = [];
  for (const offer of offers) {
    const outcome = await outcomeOf(give(node, offer));
    said.push(outcome);
    if (isSilence(outcome)) return [...said, ...allOf(outcome.reason, offers.slice(said.length))];
  }
  return said;
};

/** Which of these a node has; undefined where it does not say it of all of them in one batch. Throws the rest, as DEADLINE. */
const hasWhich = async (node: RpcNode, offers: readonly Offer[]): Promise<readonly boolean[] | undefined> => {
  try {
    const hashes = offers.map(({ hash }) => [hash]);
    const told = await node.askTogether?.(HAS, hashes, knownTransaction);
    const held = told?.flatMap((one) => (one.status === 'fulfilled' ? [one.value !== null] : []));
    return held?.length === offers.length ? held : undefined;
  } catch (error) {
    if (!isKeyturnError(error, 'UNAVAILABLE')) throw error;
    return undefined;
  }
};

/**
 * What a batch refused, asked about again. A node may work on a batch in any order, so a nonce that was too high may fit now. Those
 * are offered again, one after the other. Once the node is silent, its first words stand.
 */
const afterRefusals = async (node: RpcNode, offers: readonly Offer[], said: Outcome[]): Promise<Outcome[]> => {
  const wasSent = said.some(({ status }) => status === 'fulfilled');
  const again = (error: KeyturnError, offer: Offer): Promise<Given | undefined> => {
    if (wasSent && error.field === 'nonce-too-high') return give(node, offer);
    return has(node, offer.hash).then((isKnown) => (isKnown ? 'known' : undefined));
  };
  for (const [n, offer] of offers.entries()) {
    const outcome = said[n];
    if (outcome?.status !== 'rejected' || !isRefused(outcome.reason)) continue;
    if (outcome.reason.field === 'known') {
      said[n] = { status: 'fulfilled', value: 'known' };
      continue;
    }
    const [told] = await Promise.allSettled([again(outcome.reason, offer)]);
    if (told.status === 'rejected') break;
    if (told.value !== undefined) said[n] = { status: 'fulfilled', value: told.value };
  }
  return said;
};

const sendTogether = async (node: RpcNode, offers: readonly Offer[]): Promise<Outcome[]> => {
  if (offers.length === 1) return giveEach(node, offers);
  const bytes = offers.map(({ raw }) => [raw]);
  const told = await node.askTogether?.(SEND, bytes, z.unknown());
  if (told === undefined) return giveEach(node, offers);
  const said = told.map((one): Outcome => (one.status === 'fulfilled' ? { ...one, value: 'sent' } : one));
  return afterRefusals(node, offers, said);
};

/**
 * Gives several to one node: in one batch what it does not have, in the order of their nonces. `give` says why it is asked before. Answers
 * may come in any order, and what a batch leaves out may have been taken: it is not sent again here.
 */
const giveTogether = async (node: RpcNode, offers: readonly Offer[]): Promise<Outcome[]> => {
  const held = offers.length > 1 ? await hasWhich(node, offers) : undefined;
  if (held === undefined) return giveEach(node, offers);
  const missing = offers.filter((_, n) => held[n] !== true);
  const sent = missing.length === 0 ? [] : await sendTogether(node, missing);
  let next = 0;
  return held.map((isHeld): Outcome => {
    if (isHeld) return { status: 'fulfilled', value: 'known' };
    return sent[next++] ?? { status: 'rejected', reason: new KeyturnError('UNAVAILABLE', 'rpc: no answer') };
  });
};

/** All of them to one node, batch after batch, until it is silent. Throws DEADLINE where it let one pass: it is known as late then. */
export const giveAll = async (node: RpcNode, offers: readonly Offer[]): Promise<readonly Outcome[]> => {
  const said: Outcome[] = [];
  for (const batch of inBatches(offers, ({ raw }) => raw.length)) {
    const told = await giveTogether(node, batch).catch((error: unknown) => allOf(error, batch));
    for (const one of told) if (one.status === 'rejected' && isKeyturnError(one.reason, 'DEADLINE')) throw one.reason;
    said.push(...told);
    const last = told.at(-1);
    if (isSilence(last)) return [...said, ...allOf(last.reason, offers.slice(said.length))];
  }
  return said;
};
