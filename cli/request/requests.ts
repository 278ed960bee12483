import type { Deployment } from '#cli/app/deployment.ts';
import { referenceHashOf } from '#core/decide/intake.ts';
import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import type { Stage } from '#core/facts/marks.ts';
import { listAll, loadFacts, readFact } from '#core/facts/store.ts';
import { judgePolicy } from '#core/policy.ts';
import type { Storage } from '#core/ports.ts';
import { gasProblemsOf } from '#core/request-rules.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { chainOf, type Law, type Wallet, walletNamed } from '#schemas/config.ts';
import { digestOf, requesterOf } from '#schemas/digest.ts';
import { referenceFolder } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Picture } from './render-request.ts';
import { loadVotes } from './votes.ts';

/** An id, or its beginning, as it was typed or pasted: other tools show a digest with 0x, or in upper case. */
export const typedId = (text: string): string => text.replace(/^0[xX]/, '').toLowerCase();

/** The id of a stored request from its first 8 or more digits. Throws USAGE or NOT_FOUND. */
export const findId = async (storage: Storage, deployment: Deployment, typed: string): Promise<string> => {
  const given = typedId(typed);
  if (!/^[0-9a-f]{8,64}$/.test(given))
    throw new KeyturnError('USAGE', 'an id is 64 hex digits; its first 8 or more are enough', {
      field: 'id',
    });
  if (given.length === 64) return given;
  const { results } = deployment.buckets;
  const { objects } = await storage.list(results, `requests/${given}`);
  const ids = new Set(objects.map(({ name }) => name.split('/')[1] ?? ''));
  const [id] = ids;
  if (id === undefined) throw notFound(given);
  if (ids.size > 1)
    throw new KeyturnError('USAGE', `${ids.size} ids begin with ${given}: give more digits`, { field: 'id' });
  return id;
};

const notFound = (id: string) =>
  new KeyturnError('NOT_FOUND', `no accepted request has an id that starts with ${id.slice(0, 64)}`, { field: 'id' });

/** The shortest beginnings, 8 digits at least, that tell these ids apart. */
export const shortIds = (ids: readonly string[]): ReadonlyMap<string, string> => {
  const all = [...new Set(ids)];
  let length = 8;
  while (new Set(all.map((id) => id.slice(0, length))).size < all.length) length++;
  return new Map(all.map((id) => [id, id.slice(0, length)]));
};

/**
 * The facts of an accepted request. They are believed only after their digest was made again, from what is stored and from the law on this
 * machine. So a co-signer who approves an id approves what hashes to it, whatever anybody shows. Throws NOT_FOUND, UNKNOWN_WALLET,
 * ID_MISMATCH.
 */
export const loadRequest = async (storage: Storage, deployment: Deployment, id: string) => {
  const facts = await loadFacts(storage, deployment.buckets, id);
  const fact = facts.request?.fact;
  if (fact === undefined) throw notFound(id);
  const wallet = walletNamed(deployment.config.law, fact.request.wallet);
  if (wallet === undefined)
    throw new KeyturnError('UNKNOWN_WALLET', `your law knows no wallet ${fact.request.wallet}`, { field: 'wallet' });
  const digest = digestOf(fact.request, wallet.address, deployment.buckets.register);
  if (digest !== id || fact.id !== id || fact.walletAddress !== wallet.address)
    throw new KeyturnError(
      'ID_MISMATCH',
      `DO NOT APPROVE: what is stored under ${id} hashes to ${digest} under your law`,
      { field: 'id' },
    );
  return { facts, fact, wallet };
};

const signerOf = (request: TransactionRequest, address: string, register: string): Picture['signer'] => {
  if (request.requesterSignature === '') return 'claimed';
  return requesterOf(request, address, register) === request.requester ? 'verified' : 'wrong';
};

/** Other requests that used this reference; undefined where this identity may not see the work bucket. */
const sameReference = async (storage: Storage, work: string, id: string, request: TransactionRequest) => {
  try {
    const marks = await listAll(storage, work, referenceFolder(referenceHashOf(request)));
    const facts = await Promise.all(
      marks.map(({ name }) => readFact(storage, { kind: 'reference', bucket: work, name })),
    );
    return [...new Set(facts.flatMap((stored) => (stored === undefined ? [] : [stored.fact.id])))].filter(
      (other) => other !== id && other !== request.replaces,
    );
  } catch (error) {
    if (isKeyturnError(error, 'PERMISSION_DENIED') || isKeyturnError(error, 'MALFORMED')) return undefined;
    throw error;
  }
};

const stageOf = (facts: RequestFacts): Stage => {
  const { stage } = stateOf(facts);
  return stage === 'unknown' ? 'received' : stage;
};

/** What the gas rules of the law say against a request, in words. */
export const gasWords = (request: TransactionRequest, law: Law, wallet: Wallet, now: number): readonly string[] => {
  const chain = chainOf(law, request.chainId);
  if (chain === undefined) return [];
  return gasProblemsOf(request, chain, wallet, now).map(({ field, reason }) => `${field} ${reason}`);
};

/** Everything that is shown of one request. Throws as `loadRequest`. */
export const pictureOf = async (
  storage: Storage,
  deployment: Deployment,
  id: string,
  now: number,
): Promise<{ readonly picture: Picture; readonly facts: RequestFacts }> => {
  const { facts, fact, wallet } = await loadRequest(storage, deployment, id);
  const { law, lawHash } = deployment.config;
  const { results, register, work } = deployment.buckets;
  const { request } = fact;
  const verdict = judgePolicy(request, wallet, law);
  const [votes, others] = await Promise.all([
    loadVotes(storage, results, law, wallet, facts),
    sameReference(storage, work, id, request),
  ]);
  return {
    facts,
    picture: {
      id,
      request,
      wallet,
      law,
      acceptedLaw: fact.lawHash,
      localLaw: lawHash,
      now,
      verdict,
      gasProblems: gasWords(request, law, wallet, now),
      signer: signerOf(request, wallet.address, register),
      stage: stageOf(facts),
      needed: verdict.kind === 'allowed' ? verdict.approvals : wallet.threshold,
      votes,
      outcome: facts.outcome?.fact,
      sameReference: others,
    },
  };
};
