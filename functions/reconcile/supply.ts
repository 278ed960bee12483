import { type Collection, decideCollect } from '#core/decide/collect.ts';
import { decideReconcile, markStage, nextLook, type Owed, unannounced } from '#core/decide/reconcile.ts';
import { announce, loadFacts, readFact } from '#core/facts-store.ts';
import type { RequestFacts, Stored } from '#core/lifecycle.ts';
import { type Mark, patchMark } from '#core/marks.ts';
import { COUNTED_UPLOADS } from '#core/quorum.ts';
import { listShares, type ShareObjects } from '#core/share-objects.ts';
import { refersTo } from '#core/trust.ts';
import { CODES } from '#schemas/codes.ts';
import {
  acceptedEvents,
  approvedEvents,
  badShareEvents,
  outcomeEvents,
  receiptEvents,
  rejectedByEvents,
  shareSeenEvents,
  submittedEvents,
} from '#schemas/events.ts';
import { badShareObject, openObject, requestObject } from '#schemas/names.ts';
import { approve } from '../collect/handle.ts';
import { handleMessage } from '../intake/handle.ts';
import { keepInPool } from '../shell/ladder.ts';
import { isSealed } from '../shell/sealed.ts';
import { chainFacts, judgeSettlement, settle } from '../shell/settlement.ts';
import { followApproved } from './approved.ts';
import { closeRequest, type Why } from './close.ts';
import type { Tick } from './tick.ts';

/** ms. A mark without a request is that of a refused message, unless its intake is still at work: no function runs this long. */
const INTAKE_IS_OVER = 15 * 60_000;

/** Intake died half way: the mark holds the raw message. A message that is refused now has its refusal, and needs no mark. */
const finishIntake = async ({ context }: Tick, mark: Mark, now: number): Promise<void> => {
  const { storage, buckets } = context;
  const name = openObject(mark.wallet, mark.id);
  const stored = await storage.read(buckets.work, name);
  if (stored === undefined) return;
  const message = { data: stored.bytes, attributes: {}, messageId: `mark-${mark.id}`, deliveryAttempt: undefined };
  await handleMessage(context, message);
  const accepted = () => storage.stat(buckets.results, requestObject(mark.id));
  if ((await accepted()) !== undefined) return;
  if (now - mark.createdAt < INTAKE_IS_OVER) {
    await patchMark(storage, buckets.work, mark, mark.id, 'received', now + context.operations.pollSeconds * 4000);
    return;
  }
  await storage.delete(buckets.work, name);
  if ((await accepted()) !== undefined) await storage.createOnce(buckets.work, name, stored.bytes);
};

/** Says again whatever the mark does not vouch for: same events, same ce-ids. */
const announceMissing = async ({ context }: Tick, facts: RequestFacts, mark: Mark): Promise<void> => {
  const { publisher, law } = context;
  if (facts.request === undefined) return;
  const { request } = facts.request.fact;
  for (const stage of unannounced(facts, mark.stage)) {
    if (stage === 'accepted')
      await announce(publisher, law.name, facts.request.object, acceptedEvents(facts.id, request));
    if (stage === 'approved' && facts.approved !== undefined)
      await announce(publisher, law.name, facts.approved.object, approvedEvents(facts.approved.fact, request));
    if (stage === 'submitted' && facts.submitted !== undefined)
      await announce(publisher, law.name, facts.submitted.object, submittedEvents(facts.submitted.fact, request));
  }
};

/** Bad shares that a turn wrote down and died before it named them. */
const announceBadShares = async ({ context }: Tick, facts: RequestFacts): Promise<void> => {
  const { storage, buckets, publisher, law } = context;
  if (facts.request === undefined) return;
  for (const { coSigner, generation } of facts.knownBad) {
    const name = badShareObject(facts.id, coSigner, generation);
    const bad = await readFact(storage, 'badShare', buckets.results, name);
    if (bad === undefined) continue;
    const events = badShareEvents(bad.fact, facts.request.fact.request, CODES[bad.fact.code].advice);
    await announce(publisher, law.name, bad.object, events);
  }
};

/** Uploads whose notification never came, said before what follows from them. */
const announceVotes = async ({ context }: Tick, facts: RequestFacts, objects: ShareObjects): Promise<void> => {
  if (facts.request === undefined) return;
  const { request } = facts.request.fact;
  const { name } = context.law;
  for (const [coSigner, shares] of objects.shares)
    for (const object of shares.slice(0, COUNTED_UPLOADS))
      await announce(context.publisher, name, object, shareSeenEvents(facts.id, request, coSigner));
  for (const [coSigner, object] of objects.rejections)
    await announce(context.publisher, name, object, rejectedByEvents(facts.id, request, coSigner));
};

const finishOutcome = async ({ context }: Tick, facts: RequestFacts): Promise<void> => {
  const { storage, buckets, publisher, law } = context;
  if (facts.outcome === undefined || facts.request === undefined) return;
  const { request } = facts.request.fact;
  const { receipt } = facts.outcome.fact;
  const stored = receipt === '' ? undefined : await readFact(storage, 'receipt', buckets.results, receipt);
  if (stored !== undefined) await announce(publisher, law.name, stored.object, receiptEvents(stored.fact));
  await announce(publisher, law.name, facts.outcome.object, outcomeEvents(facts.outcome.fact, request));
  await storage.delete(buckets.work, openObject(request.wallet, facts.id));
};

/** Submitted: settles it where it is final, keeps the due rung in the pool where it is not mined (also not any more, after a reorg). */
const follow = async (
  { context }: Tick,
  { fact }: Stored<'request'>,
  submitted: Stored<'submitted'>,
): Promise<'settled' | 'open'> => {
  if (!(await isSealed(context, fact, submitted.fact))) return 'open';
  const chain = await chainFacts(context, submitted.fact);
  const decision = judgeSettlement(context, fact, submitted.fact, chain);
  if (decision.kind === 'act') {
    await settle(context, fact, decision.act);
    return 'settled';
  }
  if (decision.kind === 'wait' && decision.code === 'NOT_MINED')
    await keepInPool(context, {
      fact,
      nonce: BigInt(submitted.fact.nonce),
      hashes: submitted.fact.transactionHashes,
      submittedAt: submitted.object.timeCreated,
      count: chain.count ?? 0n,
    });
  return 'open';
};

interface Votes {
  readonly objects: ShareObjects;
  readonly collection: Collection | undefined;
}

const votesOn = async ({ context }: Tick, facts: RequestFacts, now: number): Promise<Votes | undefined> => {
  const wallet = facts.request === undefined ? undefined : refersTo(facts.request.fact, context.law);
  if (wallet === undefined || facts.outcome !== undefined || facts.submitted !== undefined) return undefined;
  const objects = await listShares(() => context.storage, context.law, wallet, facts.id);
  const decision = decideCollect(facts, objects, context.law, now);
  return { objects, collection: decision.kind === 'act' ? decision.act : undefined };
};

/** Polls between two looks at what nothing but time can help. */
const SELDOM = 8;

/** Makes it so, and says when to look again (ms); undefined where the mark is gone or was patched already. */
const supply = async (
  tick: Tick,
  mark: Mark,
  facts: RequestFacts,
  owed: Owed,
  votes: Votes | undefined,
  now: number,
): Promise<number | undefined> => {
  const { context } = tick;
  const { storage, buckets, operations } = context;
  const later = nextLook(facts, now, operations);
  const poll = now + operations.pollSeconds * 1000;
  const finish = async (): Promise<undefined> => {
    await finishOutcome(tick, await loadFacts(storage, buckets, mark.id));
  };
  const close = async (why: Why): Promise<number | undefined> => {
    if (facts.request === undefined) return later;
    await announceBadShares(tick, facts);
    const result = await closeRequest(tick, facts.request.fact, why);
    if (result === 'closed') return finish();
    // Sealed in time: the turn that follows completes it, also after validUntil.
    return result === 'sealed' ? approved() : poll;
  };
  const approved = async (): Promise<number | undefined> => {
    if (facts.request === undefined) return later;
    await announceBadShares(tick, facts);
    const next = await followApproved(tick, facts, facts.request.fact, now);
    switch (next.kind) {
      case 'settled':
        return undefined;
      case 'decided':
        return finish();
      case 'submitted':
        await patchMark(storage, buckets.work, facts.request.fact.request, mark.id, 'submitted', now);
        return undefined;
      case 'close':
        return close(next.why);
      case 'look-again':
        return Math.min(next.at, now + SELDOM * operations.pollSeconds * 1000);
      default:
        return next satisfies never;
    }
  };
  switch (owed.kind) {
    case 'finish-intake':
      await finishIntake(tick, mark, now);
      return undefined;
    case 'finish-outcome':
      return finish();
    case 'settle': {
      const { request, submitted } = facts;
      if (request === undefined || submitted === undefined) return poll;
      const end = await tick.onChain(submitted.fact.chainId, () => follow(tick, request, submitted));
      return end === 'settled' ? undefined : poll;
    }
    case 'approve':
      if (votes !== undefined) await announceVotes(tick, facts, votes.objects);
      if (facts.request !== undefined) await approve(context, facts.request, owed.coSigners, now);
      return undefined;
    case 'launch':
      return approved();
    case 'close':
      if (votes !== undefined && owed.code === 'REJECTED') await announceVotes(tick, facts, votes.objects);
      return close(owed);
    case 'nothing':
      return later;
    default:
      return owed satisfies never;
  }
};

/** Everything owed to one open request now. */
export const lookAfter = async (tick: Tick, mark: Mark): Promise<void> => {
  const { context } = tick;
  const now = context.clock.now();
  const facts = await loadFacts(context.storage, context.buckets, mark.id);
  const stored = facts.request?.fact;
  if (stored !== undefined && (stored.id !== mark.id || refersTo(stored, context.law) === undefined)) {
    // Not what it is stored as: nothing may be closed, settled or announced on its word.
    context.log.alarm('reconcile.mismatch', { id: mark.id, code: 'ID_MISMATCH' });
    const later = now + SELDOM * context.operations.pollSeconds * 1000;
    await patchMark(context.storage, context.buckets.work, mark, mark.id, mark.stage, later);
    return;
  }
  const votes = await votesOn(tick, facts, now);
  const owed = decideReconcile(facts, votes?.collection, now);
  if (owed.kind !== 'nothing') context.log.info('reconcile.owed', { id: mark.id, owed: owed.kind });
  await announceMissing(tick, facts, mark);
  const due = await supply(tick, mark, facts, owed, votes, now);
  const request = facts.request?.fact.request;
  if (due !== undefined && request !== undefined)
    await patchMark(context.storage, context.buckets.work, request, mark.id, markStage(facts), due);
};
