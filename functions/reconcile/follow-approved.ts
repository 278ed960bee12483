import { decideFinalize } from '#core/decide/finalize.ts';
import { dueAside, slowLook } from '#core/decide/next-look.ts';
import { nonceWaitOf } from '#core/decide/nonce-wait.ts';
import { ALARMING_DEATHS, MAX_DEATHS, MAX_TRIES, pausesFrom, relaunchAt } from '#core/decide/relaunch.ts';
import { errorFields } from '#core/error-fields.ts';
import { type FoundSeal, foundSeal } from '#core/facts/chain-facts.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { liftStops, standingStops } from '#core/facts/stops.ts';
import { announce, commitFact, readFact } from '#core/facts/store.ts';
import { badTries, deathsInARow, isOpen, type NewestTurn } from '#core/facts/turns.ts';
import type { FoundWait, Wait } from '#core/facts/wait.ts';
import type { SealItem } from '#core/register/entry.ts';
import { limitsOf } from '#core/register/limits.ts';
import { isClosed, isSealedSince } from '#core/register/plan.ts';
import { competingHashes } from '#core/register/rivals.ts';
import { conflictWith, mayRelease, type RegisterView, sealedLate, sealsOf } from '#core/register/rules.ts';
import { alarmOnce } from '#functions/runtime/alarm-once.ts';
import { commitSettlement } from '#functions/settlement/commit.ts';
import { loadOfSeal } from '#functions/settlement/load.ts';
import { submittedEvents, turnDueEvents } from '#schemas/events.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import type { WaitCode } from '#schemas/waits.ts';
import type { Why } from './close.ts';
import { believeClose } from './close.ts';
import { isOver } from './nonce-wait.ts';
import type { Tick } from './tick.ts';

/** What is to happen with an approved request next. `at`: ms. */
export type Next =
  | { readonly kind: 'settled' }
  | { readonly kind: 'decided' }
  | { readonly kind: 'submitted' }
  | { readonly kind: 'close'; readonly why: Why }
  | { readonly kind: 'recheck'; readonly at: number; readonly held?: FoundWait };

const submittedOf = (fact: RequestFact, item: SealItem, seal: string): SubmittedFact => ({
  id: fact.id,
  wallet: fact.request.wallet,
  chainId: fact.request.chainId,
  from: fact.walletAddress,
  nonce: item.nonce.toString(),
  transactionHashes: [...item.rungs],
  approvedBy: item.approvals.map(({ coSigner }) => coSigner),
  seal,
});

/** An approved request, what the newest turn noted of it, and what another step did. */
interface Approved {
  readonly facts: RequestFacts;
  readonly fact: RequestFact;
  readonly wait: Wait | undefined;
  readonly held: Wait | undefined;
}

/** Sealed, and the bytes stored, but the turn died before it said so. True where submitted.json is there now. */
const finishSubmission = async ({ context }: Tick, submitted: SubmittedFact, fact: RequestFact): Promise<boolean> => {
  const { storage, buckets, publisher, law } = context;
  const signed = await readFact(storage, { kind: 'signed', bucket: buckets.signed, name: signedObject(fact.id) });
  // Of two seals of one id, the stored bytes say which was released.
  if (signed?.fact.rungs.map(({ hash }) => hash).join() !== submitted.transactionHashes.join()) return false;
  if (fact.request.replaces === 'foreign') await liftStops(storage, buckets.work, { ...fact.request, id: fact.id });
  const stored = await commitFact(
    storage,
    { kind: 'submitted', bucket: buckets.results, name: submittedObject(fact.id) },
    submitted,
  );
  await announce(publisher, law.name, stored.object, submittedEvents(stored.fact, fact.request));
  return true;
};

/**
 * Is a turn of this wallet at work, or just being launched? It searches for work until after it has closed, so another announcement would only
 * be told so. One that dies is found at the next poll.
 */
const isWorking = ({ context }: Tick, newest: NewestTurn | undefined): boolean =>
  newest !== undefined &&
  isOpen(newest, context.operations) &&
  (newest.machine === 'alive' || newest.age < context.operations.pollSeconds * 1000);

/** The turn that is at work or may still begin: what it has in hand it has not died of. */
const unfinished = ({ context }: Tick, newest: NewestTurn | undefined): bigint | undefined =>
  newest !== undefined && isOpen(newest, context.operations) ? newest.turn : undefined;

/** What still stands against any machine for it: launch would only say so once more. `held`: what launch found last. */
const against = async (
  tick: Tick,
  { request }: RequestFact,
  held: Wait | undefined,
): Promise<FoundWait | undefined> => {
  if (await tick.isPaused()) return { code: 'PAUSED' };
  if (held?.code !== 'WALLET_STOPPED' || request.replaces === 'foreign') return undefined;
  const { storage, buckets } = tick.context;
  const stops = await standingStops(storage, buckets.work, request.wallet, request.chainId);
  return stops.length > 0 ? { code: 'WALLET_STOPPED' } : undefined;
};

/**
 * Asks for another turn, unless one is at work, it is too early, or something stands against it. Whether there is one to launch, launch
 * decides. `answeredAt`: ms, when a turn last said what it waits for, where that is over: turns before it make no pause.
 */
const relaunch = async (tick: Tick, approved: Approved, now: number, answeredAt?: number): Promise<Next> => {
  const { context } = tick;
  const { facts, held } = approved;
  const poll = context.operations.pollSeconds * 1000;
  if (facts.approved === undefined || facts.request === undefined) return { kind: 'recheck', at: now + poll };
  const { newest, marks } = await tick.turns(facts.request.fact.request.wallet);
  const aside = dueAside(validUntilMs(facts.request.fact.request), now, context.operations);
  if (isWorking(tick, newest)) return { kind: 'recheck', at: aside };
  const since = facts.approved.object.timeCreated;
  const at = relaunchAt(marks, pausesFrom(since, answeredAt, now), poll);
  const deaths = deathsInARow(marks, since, unfinished(tick, newest));
  if (at > now && deaths === 0) return { kind: 'recheck', at };
  if (at > now) return { kind: 'recheck', at, held: { code: 'TURN_DIED', numbers: { deaths: BigInt(deaths) } } };
  const hindrance = await against(tick, facts.request.fact, held);
  if (hindrance !== undefined) return { kind: 'recheck', at: aside, held: hindrance };
  const { id, request } = facts.request.fact;
  if (deaths >= ALARMING_DEATHS) context.log.alarm('reconcile.dead-turns', { id, wallet: request.wallet, deaths });
  const due = turnDueEvents(facts.approved.fact, facts.request.fact.request);
  await announce(context.publisher, context.law.name, facts.approved.object, due);
  return { kind: 'recheck', at: now + poll };
};

/**
 * A seal whose bytes were never released. Another transaction may have used its nonce since. Two requests with identical content can be
 * sealed at one nonce, by machines that did not see each other. They have the same hash. The mined transaction then belongs to the released
 * one.
 */
const sealedWithoutBytes = async (
  tick: Tick,
  fact: RequestFact,
  { sealed, seal }: { readonly sealed: SubmittedFact; readonly seal: FoundSeal },
  view: RegisterView,
): Promise<boolean> => {
  const { context } = tick;
  const others = competingHashes(fact.id, BigInt(sealed.nonce), view);
  const transactionHashes = sealed.transactionHashes.filter((hash) => !others.includes(hash));
  const submitted = { ...sealed, transactionHashes };
  const facts = await tick.onChain(submitted.chainId, () => loadOfSeal(context, seal, submitted));
  const decision = decideFinalize(fact, submitted, facts, context.buckets.results);
  // There is no submitted.json to keep: its bytes never came out.
  const end = await commitSettlement(context, { request: fact, submitted: undefined, facts, decision });
  return end === 'settled';
};

/** A vetoed seal holds up its wallet, so a person is told, once. No close is written: none can be believed of what is sealed. */
const alarmVetoed = ({ context }: Tick, id: string, nonce: bigint): Promise<void> =>
  alarmOnce(context, id, 'SEAL_VETOED', () =>
    context.log.alarm('reconcile.stuck', { id, code: 'SEAL_VETOED', nonce: nonce.toString() }),
  );

/** Everything that can have become of an approved request while nobody said so. `newer`: a view read after that of the tick. */
export const followApproved = async (
  tick: Tick,
  approved: Approved,
  now: number,
  newer?: RegisterView,
): Promise<Next> => {
  const { context } = tick;
  const { facts, fact, wait } = approved;
  const view = newer ?? (await tick.sharedView(fact));
  const seals = sealsOf(fact.id, view);
  for (const { item, listed } of seals)
    if (await finishSubmission(tick, submittedOf(fact, item, listed.name), fact)) return { kind: 'submitted' };
  const [seal] = seals;
  if (seal !== undefined) {
    const sealed = submittedOf(fact, seal.item, seal.listed.name);
    const found = foundSeal(seal.listed.entry, seal.listed, sealed);
    const settled =
      found &&
      (await sealedWithoutBytes(tick, fact, { sealed, seal: found }, view).catch((error: unknown) => {
        context.log.warn('reconcile.fault', { id: fact.id, ...errorFields(error) });
        return false;
      }));
    if (settled) return { kind: 'settled' };
    const validUntil = validUntilMs(fact.request);
    const conflict = conflictWith(seal.item, view);
    const code: WaitCode | undefined =
      conflict !== undefined
        ? 'TAMPERED'
        : mayRelease(view, validUntil, limitsOf(context.law)) && !sealedLate(seal.listed, validUntil)
          ? undefined
          : 'SEAL_STUCK';
    if (code === undefined) {
      // The image looks again, whatever the mark says. Until the veto is gone, or a replacement is there, nothing above it can be mined.
      if (wait?.code === 'SEAL_VETOED') await alarmVetoed(tick, fact.id, seal.item.nonce);
      return relaunch(tick, approved, now);
    }
    // No turn may release it: only a replacement at its nonce can end it.
    context.log.alarm('reconcile.stuck', { id: fact.id, code, nonce: seal.item.nonce.toString() });
    return { kind: 'recheck', at: now + 20 * context.operations.pollSeconds * 1000, held: { code } };
  }
  if (await believeClose(tick, fact, view)) return { kind: 'decided' };
  if (isClosed(fact.id, view)) {
    const found = view.entries.flatMap(({ entry }) => (entry.kind === 'close' ? entry.items : []));
    const item = found.find(({ id }) => id === fact.id);
    if (item !== undefined) return { kind: 'close', why: { code: item.code, reason: item.reason } };
  }
  const { newest, marks } = await tick.turns(fact.request.wallet);
  const alive = unfinished(tick, newest);
  if (badTries(fact.id, marks, alive) >= MAX_TRIES)
    return {
      kind: 'close',
      why: { code: 'RELAUNCHES_EXHAUSTED', reason: `${MAX_TRIES} turns died while they worked on it` },
    };
  if (deathsInARow(marks, facts.approved?.object.timeCreated ?? now, alive) >= MAX_DEATHS)
    return {
      kind: 'close',
      why: { code: 'RELAUNCHES_EXHAUSTED', reason: `${MAX_DEATHS} turns in a row died before it was sealed` },
    };
  const nonceWait = nonceWaitOf(wait, fact.request);
  if (nonceWait === undefined || isWorking(tick, newest)) return relaunch(tick, approved, now);
  if (await isOver(tick, fact, nonceWait, view)) {
    // Only a seal makes the pause short: where functions and image see another next nonce, or nodes disagree, machines must not follow each other.
    const answeredAt = nonceWait.endsBy === 'register' ? wait?.at : undefined;
    return relaunch(
      tick,
      approved,
      now,
      answeredAt !== undefined && isSealedSince(answeredAt, view) ? answeredAt : undefined,
    );
  }
  context.log.info('reconcile.wait', { id: fact.id, code: wait?.code, nonce: `${nonceWait.nonce}` });
  const since = facts.approved?.object.timeCreated ?? now;
  return { kind: 'recheck', at: slowLook(since, validUntilMs(fact.request), now, context.operations) };
};
