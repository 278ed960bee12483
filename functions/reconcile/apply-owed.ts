import { mayBeSaid } from '#core/decide/close.ts';
import { delayWait } from '#core/decide/missing-approvals.ts';
import { nextDue, slowLook } from '#core/decide/next-look.ts';
import { decideReconcile, markStage, type Owed } from '#core/decide/reconcile.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { loadWaiting } from '#core/facts/load-waiting.ts';
import { type Mark, patchMark } from '#core/facts/marks.ts';
import { announce, loadFacts, loadSettling, readFact } from '#core/facts/store.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import { type FoundWait, newestWait, waitAt } from '#core/facts/wait.ts';
import { limitsOf } from '#core/register/limits.ts';
import type { RegisterView } from '#core/register/rules.ts';
import { approve } from '#functions/approve.ts';
import { handleMessage } from '#functions/intake/handle.ts';
import type { Law } from '#schemas/config.ts';
import { outcomeEvents, receiptEvents } from '#schemas/events.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { openObject, requestObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { closeRequest, type Why } from './close.ts';
import { followApproved } from './follow-approved.ts';
import { followSubmitted } from './follow-submitted.ts';
import { announceBadShares, announceMissing, announceVotes } from './reannounce.ts';
import { tellWait } from './tell-wait.ts';
import type { Tick } from './tick.ts';
import { type Counted, heldFor, votesOn } from './votes.ts';

/** ms. A mark without a request is that of a refused message, unless its intake is still at work: no function runs this long. */
const INTAKE_OVER_MS = 15 * 60_000;

/** Intake died half way: the mark holds the raw message. A message that is refused now has its refusal, and needs no mark. */
const finishIntake = async ({ context }: Tick, mark: Mark, now: number): Promise<void> => {
  const { storage, buckets } = context;
  const name = openObject(mark.wallet, mark.id);
  const stored = await storage.read(buckets.work, name);
  if (stored === undefined) return;
  const message = { data: stored.bytes, attributes: {}, messageId: `mark-${mark.id}`, deliveryAttempt: undefined };
  // A tick concerns many: this one's id must not stand in the lines about the others.
  await handleMessage({ ...context, concerns: () => {} }, message);
  const accepted = () => storage.stat(buckets.results, requestObject(mark.id));
  if ((await accepted()) !== undefined) return;
  if (now - mark.createdAt < INTAKE_OVER_MS) {
    await patchMark(
      storage,
      buckets.work,
      { whose: mark, id: mark.id },
      { stage: 'received', due: now + context.operations.pollSeconds * 4000 },
    );
    return;
  }
  await storage.delete(buckets.work, name);
  if ((await accepted()) !== undefined) await storage.createOnce(buckets.work, name, stored.bytes);
};

const finishOutcome = async (tick: Tick, facts: RequestFacts): Promise<void> => {
  const { storage, buckets, publisher, law } = tick.context;
  if (facts.outcome === undefined || facts.request === undefined) return;
  // A turn may have written them down after the close; with the mark, whoever would say them goes.
  await announceBadShares(tick, facts);
  const { request } = facts.request.fact;
  const { receipt } = facts.outcome.fact;
  const stored =
    receipt === '' ? undefined : await readFact(storage, { kind: 'receipt', bucket: buckets.results, name: receipt });
  if (stored !== undefined) await announce(publisher, law.name, stored.object, receiptEvents(stored.fact));
  await announce(publisher, law.name, facts.outcome.object, outcomeEvents(facts.outcome.fact, request));
  await storage.delete(buckets.work, openObject(request.wallet, facts.id));
};

/** Polls between two checks of what is not as it should be stored. */
const MISMATCH_POLLS = 8;

/** When a request is due again (ms), and what it was found to wait for. */
interface Later {
  readonly at: number;
  readonly held?: FoundWait | undefined;
}

/** When to look again where nothing is owed, and what is missing of the votes. The votes are as old as the tick, so its begin counts. */
const nothingOwed = (tick: Tick, { facts, votes }: Found, now: number): Later => {
  const isUnlisted = votes !== undefined && votes.objects.unreachable.size > 0;
  const at = nextDue(facts, tick.begun, tick.context.operations, isUnlisted);
  const collection = votes?.collection;
  if (collection?.kind === 'count' && votes !== undefined) return { at, held: heldFor(collection, votes) };
  if (collection?.kind !== 'delay') return { at };
  return { at: Math.min(at, Math.max(now + 1000, collection.until)), held: delayWait(collection, now) };
};

/** A request as it was loaded, and what is owed to it. */
interface Found {
  readonly facts: RequestFacts;
  readonly owed: Owed;
  readonly votes: Counted | undefined;
}

/** Makes it so; undefined where the mark is gone or was patched already. */
const applyOwed = async (tick: Tick, mark: Mark, found: Found, now: number): Promise<Later | undefined> => {
  const { context } = tick;
  const { facts, owed } = found;
  const { storage, buckets, operations } = context;
  const poll: Later = { at: now + operations.pollSeconds * 1000 };
  const finish = async (): Promise<undefined> => {
    await finishOutcome(tick, await loadFacts(storage, buckets, mark.id));
  };
  const close = async (why: Why): Promise<Later | undefined> => {
    if (facts.request === undefined) return poll;
    await announceBadShares(tick, facts);
    const result = await closeRequest(tick, facts.request.fact, why);
    if (result === 'closed') return finish();
    // Sealed in time: a turn completes it, also after validUntil. The view that this tick shares may be older than that seal.
    return result === 'sealed' ? approved(await tick.freshView(facts.request.fact)) : poll;
  };
  const slowest = ({ request }: RequestFact): number =>
    slowLook(facts.approved?.object.timeCreated ?? now, validUntilMs(request), now, operations);
  const approved = async (newer?: RegisterView): Promise<Later | undefined> => {
    if (facts.request === undefined) return poll;
    await announceBadShares(tick, facts);
    const approvedNow = { facts, fact: facts.request.fact, wait: mark.wait, held: mark.held };
    const next = await followApproved(tick, approvedNow, now, newer);
    switch (next.kind) {
      case 'settled':
        return undefined;
      case 'decided':
        return finish();
      case 'submitted':
        await patchMark(
          storage,
          buckets.work,
          { whose: facts.request.fact.request, id: mark.id },
          { stage: 'submitted', due: now },
        );
        return undefined;
      case 'close':
        // Once is enough: two reads that contradict each other must not keep a tick for ever.
        return newer === undefined ? close(next.why) : poll;
      case 'recheck':
        return { at: Math.min(next.at, slowest(facts.request.fact)), held: next.held };
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
      const end = await tick.onChain(submitted.fact.chainId, () => followSubmitted(tick, request, submitted));
      return end === 'settled' ? undefined : { ...poll, held: end };
    }
    case 'approve':
      if (facts.request !== undefined) await approve(context, facts.request, owed.coSigners, now);
      return undefined;
    case 'launch':
      return approved();
    case 'close':
      return close(owed);
    case 'nothing':
      return nothingOwed(tick, found, now);
    default:
      return owed satisfies never;
  }
};

/**
 * A running turn counts the votes on every request that its mark calls approved. So no other step needs to list them. A rejection that was
 * noticed says "received" in the mark.
 */
const isCountedByTurn = async (tick: Tick, facts: RequestFacts, mark: Mark): Promise<boolean> => {
  if (mark.stage !== 'approved' || facts.approved === undefined) return false;
  if (facts.submitted !== undefined || facts.outcome !== undefined) return false;
  // Who cannot say what machines there are must not keep requests from ending.
  const turns = await tick.turns(mark.wallet).catch(() => undefined);
  return turns?.newest?.machine === 'alive';
};

/** Whether what is stored in a request's folder is about that request. `submitted` is compared with its seal, in full. */
const isOwn = ({ request, approved, outcome, withdrawn }: RequestFacts, id: string, law: Law): boolean =>
  [request, approved, outcome, withdrawn].every((stored) => stored === undefined || stored.fact.id === id) &&
  (request === undefined || verifiedWalletOf(request.fact, law) !== undefined);

/** Whether the register bears out the outcome that is stored, if there is one: others may write outcomes too. */
const isTrueEnd = async (tick: Tick, { request, outcome }: RequestFacts): Promise<boolean> =>
  request === undefined ||
  outcome === undefined ||
  mayBeSaid(outcome.fact, request.fact, await tick.sharedView(request.fact), limitsOf(tick.context.law));

/** Whatever was not said yet, before what follows from it. Gives the waits that were told, where the look's own patch is to note them. */
const sayFirst = async (tick: Tick, mark: Mark, { facts, owed, votes }: Found): Promise<Mark['told'] | undefined> => {
  await announceMissing(tick, facts, mark);
  const told = await tellWait(tick, facts, mark, owed);
  const isCounted = owed.kind === 'approve' || (owed.kind === 'close' && owed.code === 'REJECTED');
  if (votes !== undefined && isCounted) await announceVotes(tick, facts, votes.objects);
  return told;
};

/** What reads the facts of a request of which its mark says so much. All give the same of what matters then. */
const loadFor = ({ stage }: Mark): ((...of: Parameters<typeof loadWaiting>) => Promise<RequestFacts>) => {
  if (stage === 'accepted') return loadWaiting;
  // Whose approval was announced already needs no approved.json to be settled.
  return stage === 'submitted' ? loadSettling : loadFacts;
};

/** Everything owed to one open request now. */
export const reconcileRequest = async (tick: Tick, mark: Mark): Promise<void> => {
  const { context } = tick;
  const now = context.clock.now();
  const facts = await loadFor(mark)(context.storage, context.buckets, mark.id);
  if (!isOwn(facts, mark.id, context.law) || !(await isTrueEnd(tick, facts))) {
    // Not what it is stored as, or an end that is none: nothing may be closed, settled or announced on its word.
    context.log.alarm('reconcile.mismatch', { id: mark.id, code: 'ID_MISMATCH' });
    const later = now + MISMATCH_POLLS * context.operations.pollSeconds * 1000;
    await patchMark(
      context.storage,
      context.buckets.work,
      { whose: mark, id: mark.id },
      { stage: mark.stage, due: later, held: waitAt({ code: 'ID_MISMATCH' }, now) },
    );
    return;
  }
  const votes = (await isCountedByTurn(tick, facts, mark)) ? undefined : await votesOn(tick, facts, now);
  const owed = decideReconcile(facts, votes?.collection, now, mark.wait ?? newestWait(mark, true));
  if (owed.kind !== 'nothing') context.log.info('reconcile.owed', { id: mark.id, owed: owed.kind });
  const found = { facts, owed, votes };
  const [said] = await Promise.allSettled([sayFirst(tick, mark, found)]);
  const unsaid = said.status === 'rejected' ? said : undefined;
  // Who cannot speak, since the key that signs events is gone, must not keep a payment. The mark vouches for no more than before.
  const next = await applyOwed(unsaid === undefined ? tick : tick.silencedBy(unsaid.reason), mark, found, now);
  if (unsaid !== undefined) throw unsaid.reason;
  const request = facts.request?.fact.request;
  if (next !== undefined && request !== undefined)
    await patchMark(
      context.storage,
      context.buckets.work,
      // Whoever patched it since knows of something newer: a vote, a wish. What it says of when to look again stands.
      { whose: request, id: mark.id, metageneration: owed.kind === 'nothing' ? mark.metageneration : undefined },
      {
        stage: markStage(facts),
        due: next.at,
        held: next.held === undefined ? undefined : waitAt(next.held, now),
        told: said.status === 'fulfilled' ? said.value : undefined,
      },
    );
};
