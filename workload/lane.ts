import { randomInt } from 'node:crypto';
import { requestProblem } from '#core/decide/intake.ts';
import { readFact } from '#core/facts-store.ts';
import { mostItCanCost } from '#core/fees.ts';
import type { RequestFacts } from '#core/lifecycle.ts';
import { limitsOf } from '#core/limits.ts';
import { isClosed, planBatch } from '#core/plan.ts';
import { type Look, lookSince, nextNonce, nextSeq, noncesOf, sealsOf } from '#core/register.ts';
import { closeBytes, evidenceNonce, LARGEST_BATCH, type LogId, sealBytes } from '#core/register-entry.ts';
import { appendEntry, type EntryCache, lookAt } from '#core/register-log.ts';
import { type Approved, type SignedBatch, signAgain, signBatch } from '#core/sealing.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { sealObject, signedObject } from '#schemas/names.ts';
import { timeMs } from '#schemas/spellings.ts';
import type { TurnContext } from './context.ts';
import { gather, wipeShares } from './gather.ts';
import { isUnopposed, release } from './release.ts';
import { issuedAt } from './trusted-time.ts';

/** An approved request of one chain, its id proven to be the hash of its content. */
export interface Candidate {
  readonly fact: RequestFact;
  readonly facts: RequestFacts;
  readonly id: string;
  readonly request: RequestFact['request'];
}

const TRIES = 8;

/** One (chain, wallet): its log, its nonces. Lanes know nothing of each other, so that no chain can hold up another. */
export interface Lane {
  readonly context: TurnContext;
  readonly log: LogId;
  readonly startNonce: bigint;
  readonly cache: EntryCache;
}

const validUntilOf = ({ request }: Candidate): number => timeMs(request.validUntil) ?? 0;

const look = ({ context, log, cache }: Lane, candidates: readonly Candidate[]): Promise<Look> => {
  const now = context.clock.now();
  const limits = limitsOf(context.law);
  const since = Math.min(...candidates.map((candidate) => lookSince(validUntilOf(candidate), now, limits)));
  return lookAt(context.storage, log, since, cache, context.log);
};

/** Ids that shall never be sealed. Whether that became true, reconcile finds out before it says so. */
const close = async (
  lane: Lane,
  current: Look,
  items: readonly { id: string; code: Code; reason: string }[],
): Promise<void> => {
  if (items.length === 0) return;
  const written = await appendEntry(lane.context.storage, lane.log, nextSeq(current), closeBytes(items));
  for (const { id, code, reason } of items) lane.context.log.info('turn.close', { id, code, reason, written });
};

/** Finishes what another life of this wallet sealed: same shares, same bytes, and the second look again. */
const complete = async (lane: Lane, candidate: Candidate, current: Look): Promise<boolean> => {
  const { context } = lane;
  const [found] = sealsOf(candidate.id, current);
  if (found === undefined) return false;
  const sealed = { item: found.item, entry: found.listed.name };
  if (!isUnopposed(context, sealed, current)) return false;
  const signed = await readFact(context.storage, 'signed', context.buckets.signed, signedObject(candidate.id));
  if (signed !== undefined) {
    await release(context, sealed, signed.fact.rungs);
    return true;
  }
  const approved = await gather(context, candidate.facts, candidate.fact, true);
  if (approved === undefined) return false;
  let rungs: ReturnType<typeof signAgain>;
  try {
    rungs = signAgain(found.item, approved, context.wallet, context.scheme);
  } finally {
    wipeShares(approved);
  }
  // The look before the decryption may be old by now.
  if (!isUnopposed(context, sealed, await look(lane, [candidate]))) return false;
  context.log.info('turn.complete', { id: candidate.id, entry: sealed.entry });
  await release(context, sealed, rungs);
  return true;
};

/** The RPC may make a turn wait, never choose a nonce: a chain ahead of the register, or a wallet that cannot pay. */
const affordable = async (
  lane: Lane,
  candidates: readonly Candidate[],
  current: Look,
): Promise<readonly Candidate[]> => {
  const { context, log } = lane;
  try {
    const chain = context.chains.of(log.chainId);
    const [count, balance] = await Promise.all([chain.count(log.address, 'latest'), chain.balance(log.address)]);
    const next = nextNonce(current, lane.startNonce);
    if (count > next) {
      context.log.alarm('turn.foreign', {
        code: 'CHAIN_AHEAD',
        chainId: log.chainId,
        count: count.toString(),
        next: next.toString(),
      });
      return candidates.filter(({ request }) => request.replaces === 'foreign');
    }
    let left = balance;
    return candidates.filter(({ id, request }) => {
      const cost = mostItCanCost(request);
      if (cost > left) {
        context.log.warn('turn.wait', { id, code: 'BALANCE_LOW' });
        return false;
      }
      left -= cost;
      return true;
    });
  } catch (error) {
    context.log.warn('turn.wait', {
      code: isKeyturnError(error) ? error.code : 'CHAIN_UNREACHABLE',
      chainId: log.chainId,
      reason: isKeyturnError(error) ? error.message : '',
    });
    return [];
  }
};

const refusals = (context: TurnContext, candidates: readonly Candidate[]) =>
  candidates.flatMap(({ id, request }) => {
    const problem = requestProblem(request, context.law, context.clock.now());
    return problem === undefined
      ? []
      : [{ id, code: problem.code, reason: `${problem.field}: ${problem.reason}`.slice(0, 500) }];
  });

/** Evidence first, then the one create that commits. False: another turn took the place; nothing is kept. */
const commit = async (lane: Lane, batch: SignedBatch): Promise<boolean> => {
  const { context, log } = lane;
  const { content, signature } = batch;
  const evidence = await context.attestation.token({
    audience: 'keyturn/v1/seal',
    nonce: evidenceNonce(content, signature),
    type: 'PKI',
  });
  const latest = Math.max(issuedAt(evidence), context.clock.now());
  const expired = content.items.find(({ request }) => (timeMs(request.validUntil) ?? 0) <= latest);
  if (expired !== undefined) {
    context.log.warn('turn.wait', { id: expired.id, code: 'EXPIRED' });
    return false;
  }
  return appendEntry(context.storage, log, content.seq, sealBytes(content, signature, evidence));
};

/** Gathers, signs and seals one batch. Shares and bytes live here only; the shares are wiped before anything is awaited again. */
const seal = async (lane: Lane, candidates: readonly Candidate[], current: Look): Promise<SignedBatch | undefined> => {
  const { context } = lane;
  const gathered: Approved[] = [];
  try {
    const results = await Promise.allSettled(
      candidates.map((candidate) => gather(context, candidate.facts, candidate.fact)),
    );
    for (const result of results)
      if (result.status === 'fulfilled' && result.value !== undefined) gathered.push(result.value);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const { seal: planned } = planBatch(gathered, current, lane.startNonce, LARGEST_BATCH);
    return planned.length === 0
      ? undefined
      : signBatch(planned, current, lane.log, context.lawHash, context.wallet, context.scheme);
  } finally {
    for (const approved of gathered) wipeShares(approved);
  }
};

/** One pass over a lane: completes, closes, seals a batch, looks again, releases. True if anything moved. */
export const workLane = async (lane: Lane, candidates: readonly Candidate[]): Promise<boolean> => {
  const { context } = lane;
  for (let tries = 0; tries < TRIES; tries++) {
    const current = await look(lane, candidates);
    const sealed = candidates.filter(({ id }) => noncesOf(id, current).size > 0);
    let moved = false;
    for (const candidate of sealed) moved = (await complete(lane, candidate, current)) || moved;
    const fresh = candidates.filter((candidate) => !sealed.includes(candidate) && !isClosed(candidate.id, current));
    const refused = refusals(context, fresh);
    const sound = fresh.filter(({ id }) => !refused.some((each) => each.id === id));
    const plan = planBatch(sound, current, lane.startNonce, LARGEST_BATCH);
    for (const { id, code } of plan.wait) context.log.info('turn.wait', { id, code });
    const closes = [...refused, ...plan.close];
    if (closes.length > 0) {
      await close(lane, current, closes);
      if (plan.seal.length > 0) continue;
      return true;
    }
    const payable =
      plan.seal.length === 0
        ? []
        : await affordable(
            lane,
            sound.filter(({ id }) => plan.seal.some((each) => each.id === id)),
            current,
          );
    const batch = payable.length === 0 ? undefined : await seal(lane, payable, current);
    if (batch === undefined) return moved;
    if (!(await commit(lane, batch))) {
      await context.clock.sleep(randomInt(20, 200), context.signal);
      continue;
    }
    await releaseBatch(lane, batch, candidates);
    return true;
  }
  context.log.warn('turn.wait', { code: 'CONTENDED', chainId: lane.log.chainId });
  return false;
};

/** Looks again, over all generations, and lets go only of what nothing there opposes. */
const releaseBatch = async (
  lane: Lane,
  { content, bytes }: SignedBatch,
  candidates: readonly Candidate[],
): Promise<void> => {
  const { context, log } = lane;
  const entry = sealObject(log.chainId, log.address, content.seq);
  const again = await look(lane, candidates);
  for (const item of content.items) {
    const rungs = bytes.get(item.id);
    if (rungs === undefined || !isUnopposed(context, { item, entry }, again)) continue;
    context.log.info('turn.sealed', { id: item.id, entry, nonce: item.nonce.toString() });
    await release(context, { item, entry }, rungs);
  }
};
