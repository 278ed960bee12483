import { crc32cBase64 } from '#adapters/calls/crc32c.ts';
import { errorFields } from '#core/error-fields.ts';
import { appendEntry, createEntry, keepCreated, readBack } from '#core/register/append.ts';
import { closeBytes, evidenceNonce, MAX_BATCH_ITEMS, MAX_ENTRY_BYTES, sealBytes } from '#core/register/entry.ts';
import { isClosed, planBatch } from '#core/register/plan.ts';
import { nextNonce, nextSeq, noncesOf, type RegisterView } from '#core/register/rules.ts';
import type { SignedBatch } from '#core/register/sealing.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { sealObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { storeCheckpoint } from './checkpoint.ts';
import { completeAll } from './complete.ts';
import { type Pass, type Refused, sift } from './hold.ts';
import { holdUnmineable } from './holds/chain.ts';
import { holdAboveGap } from './holds/gap.ts';
import { alarmOtherLaw, refuseUnlawful } from './holds/law.ts';
import { holdStopped, stopsOf } from './holds/stop.ts';
import { refuseUnderpriced } from './holds/underpriced.ts';
import { holdOverWindow } from './holds/window.ts';
import { type Candidate, type Lane, registerViewOf } from './lane.ts';
import { isConflictFree, type Released, readAgain, release, type Storing } from './release.ts';
import { signApproved } from './sign.ts';
import { issuedAt } from './trusted-time.ts';
import { isOpposed } from './veto.ts';
import { noteWaits } from './waits.ts';

const MAX_TRIES = 8;
/** Ids in one close: well below what readers take. */
const MAX_CLOSES = 500;

/** Ids that shall never be sealed. Whether that became true, reconcile finds out before it says so. */
const close = async (lane: Lane, current: RegisterView, items: readonly Refused[]): Promise<void> => {
  const written = await appendEntry(lane.context.storage, lane.register, nextSeq(current), closeBytes(items));
  for (const { id, code, reason } of items) lane.context.log.info('turn.close', { id, code, reason, written });
};

/** Evidence first, then the one create that commits. False: another turn took the place; nothing is kept. */
const commit = async (lane: Lane, batch: SignedBatch): Promise<boolean> => {
  const { context, register } = lane;
  const { content, signature, checkpoint } = batch;
  const [evidence, , seal] = await Promise.all([
    context.attestation.token({
      audience: 'keyturn/v1/seal',
      nonce: evidenceNonce(content, signature),
      type: 'PKI',
    }),
    checkpoint && storeCheckpoint(lane, checkpoint),
    (async () => readBack(content, signature))(),
  ]);
  // One batch after the other: nonces go out in order, and a machine that dies leaves one batch to be completed.
  await lane.outbox.allOut();
  const latest = Math.max(issuedAt(evidence), context.clock.now());
  const expired = content.items.find(({ request }) => validUntilMs(request) <= latest);
  if (expired !== undefined) {
    context.log.warn('turn.wait', { id: expired.id, code: 'EXPIRED' });
    return false;
  }
  const bytes = sealBytes(content, signature, evidence);
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new KeyturnError('TOO_LARGE', `a seal of ${bytes.length} bytes is too large: readers would treat it as junk`);
  const created = await createEntry(context.storage, register, content.seq, bytes);
  // The second read still lists it. What nobody would take is read there, and alarmed; so is what Cloud Storage does not say holds these bytes.
  if (seal !== undefined && created?.crc32c === crc32cBase64(bytes))
    keepCreated(lane.cache, created, { ...seal, evidence }, bytes);
  return created !== undefined;
};

/** Reads the register again, in all generations, and releases only what has no conflict there. */
const releaseBatch = async (
  lane: Lane,
  { content, bytes }: SignedBatch,
  candidates: readonly Candidate[],
): Promise<Storing> => {
  const { context, register } = lane;
  const entry = sealObject(register.chainId, register.address, content.seq);
  const sealed = content.items.map((item) => ({ item, entry }));
  const again = await readAgain(lane, candidates, sealed);
  const releasable: Released[] = [];
  for (const item of content.items) {
    const rungs = bytes.get(item.id);
    if (rungs === undefined || !isConflictFree(context, { item, entry }, again)) {
      // Do not retry at once: the next seal would probably have a conflict too, and seals cannot be deleted.
      lane.backoff.delay(item.id);
      continue;
    }
    if (await isOpposed(lane, item)) {
      lane.backoff.delay(item.id);
      continue;
    }
    context.log.info('turn.sealed', { id: item.id, entry, nonce: item.nonce.toString() });
    releasable.push({ item, entry, rungs });
  }
  return release(context, releasable);
};

/** Who is signed for next: everyone the chain lets through, or, once only suspects are left, one of them alone. */
const nextBatch = (lane: Lane, ready: readonly Candidate[]): readonly Candidate[] => {
  const trusted = ready.filter(({ id }) => !lane.backoff.isQuarantined(id));
  return trusted.length > 0 ? trusted : ready.slice(0, 1);
};

/** `not-now`: another lane has something in hand that does not go with this batch. `taken`: another turn won the place. */
const sealBatch = async (
  lane: Lane,
  batch: readonly Candidate[],
  current: RegisterView,
  candidates: readonly Candidate[],
): Promise<'sealed' | 'unsigned' | 'taken' | 'not-now'> => {
  const isAlone = batch.some(({ id }) => lane.backoff.isQuarantined(id));
  const leave = lane.gate.enter(isAlone);
  if (leave === undefined) return 'not-now';
  let sending: Promise<void> | undefined;
  try {
    for (const { id } of batch) lane.changedIds.add(id);
    const signed = await signApproved(lane, batch, current);
    if (signed === undefined) return 'unsigned';
    if (!(await commit(lane, signed))) return 'taken';
    for (const one of batch) if (signed.bytes.has(one.id)) alarmOtherLaw(lane, one);
    const { ids, out } = await releaseBatch(lane, signed, candidates);
    sending = out.catch((error: unknown) => {
      lane.context.log.alarm('turn.fault', { id: ids.join(','), ...errorFields(error) });
    });
    lane.outbox.take(ids, sending);
    if (isAlone) await sending;
    return 'sealed';
  } finally {
    // In hand until it is sent: what is worked on alone waits for it.
    if (sending === undefined) leave();
    else void sending.then(leave);
  }
};

/** Asked of each request before a nonce is planned for it, in this order. */
const BEFORE_THE_PLAN = [holdStopped, refuseUnlawful, holdAboveGap, refuseUnderpriced];

/** Asked of what has a nonce, in this order: the first asks nodes, once for all of them. */
const BEFORE_THE_SEAL = [holdUnmineable, holdOverWindow];

/**
 * Nodes are asked once anyway, so what is held up is judged with what is awake, in its place before what came later. If all of them wait, the
 * next try goes on with those behind.
 */
const besideHeld = async (
  lane: Lane,
  planned: readonly Candidate[],
  fresh: readonly Candidate[],
  pass: Pass,
): Promise<readonly Candidate[]> => {
  if (!fresh.some(({ id }) => lane.backoff.isDelayed(id))) return planned;
  const { go } = await sift(lane, BEFORE_THE_PLAN, fresh, pass);
  const { seal } = planBatch(go, pass.view, lane.startNonce, MAX_BATCH_ITEMS);
  return go.filter(({ id }) => seal.some((item) => item.id === id));
};

/** What became of one try: `stay`: nothing more to do now, `moved`: try again, `contended`: another turn was faster. */
type Tried = 'sealed' | 'stay' | 'moved' | 'again' | 'contended';

/** One straight way: sift, plan, close what never can be, sift again, then sign, seal, read again and release. */
const trySeal = async (lane: Lane, awake: readonly Candidate[], pass: Pass, isFirst: boolean): Promise<Tried> => {
  const { view, inHand } = pass;
  const isFresh = ({ id, facts }: Candidate) =>
    noncesOf(id, view).size === 0 && !isClosed(id, view) && facts.withdrawn === undefined;
  const { go, refuse } = await sift(lane, BEFORE_THE_PLAN, awake.filter(isFresh), pass);
  const plan = planBatch(go, view, lane.startNonce, MAX_BATCH_ITEMS);
  for (const { id, code } of plan.wait) lane.context.log.info('turn.wait', { id, code });
  const nextNonceSeen = nextNonce(view, lane.startNonce);
  await noteWaits(
    lane,
    plan.wait.map((held) => ({ ...held, nextNonce: nextNonceSeen })),
  );
  const closes = [...refuse, ...plan.close].slice(0, MAX_CLOSES);
  if (closes.length > 0) {
    await close(lane, view, closes);
    return 'moved';
  }
  const awakePlanned = go.filter(({ id }) => plan.seal.some((item) => item.id === id));
  if (awakePlanned.length === 0) return 'stay';
  const planned = isFirst
    ? await besideHeld(lane, awakePlanned, lane.backoff.orderWithHeld(inHand).filter(isFresh), pass)
    : awakePlanned;
  const batch = nextBatch(lane, (await sift(lane, BEFORE_THE_SEAL, planned, pass)).go);
  // Held up one by one: those behind them may go on. No node answered: nobody may.
  if (batch.length === 0) return planned.some(({ id }) => !lane.backoff.isDelayed(id)) ? 'stay' : 'again';
  switch (await sealBatch(lane, batch, view, inHand)) {
    case 'sealed':
      return 'sealed';
    case 'not-now':
      return 'stay';
    // A request that could not be signed is delayed, so that those behind it can go on.
    case 'unsigned':
      return 'again';
    case 'taken':
      return 'contended';
  }
};

/** Completes what is sealed and not quarantined, then seals one batch. True if anything moved. */
const sealNext = async (lane: Lane, inHand: readonly Candidate[]): Promise<boolean> => {
  const { context, backoff } = lane;
  let moved = false;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const awake = backoff.order(inHand);
    if (awake.length === 0) return moved;
    // Beside the register. A stop that comes meanwhile would have come too late for a listing of its own, too.
    let stops = stopsOf(lane);
    const view = await registerViewOf(lane, inHand);
    if (tries === 0) {
      const sealed = awake.filter(({ id }) => noncesOf(id, view).size > 0 && !backoff.isQuarantined(id));
      moved = await completeAll(lane, sealed, view);
      // That may have taken long.
      if (sealed.length > 0) stops = stopsOf(lane);
    }
    const tried = await trySeal(lane, awake, { view, inHand, stops }, tries === 0);
    if (tried === 'sealed') return true;
    if (tried === 'stay') return moved;
    if (tried === 'moved') moved = true;
    // Turns that collide have different numbers, so they do not collide again at once.
    if (tried === 'contended')
      await context.clock.sleep(20 + ((Number(context.turn) * 67 + tries * 41) % 180), context.signal);
  }
  context.log.warn('turn.wait', { code: 'CONTENDED', chainId: lane.register.chainId });
  await noteWaits(
    lane,
    backoff.order(inHand).map(({ id }) => ({ id, code: 'CONTENDED' })),
  );
  return moved;
};

/** Machines died over it while it was in hand, and it is sealed. It goes last, alone, and only where nothing else is left to do. */
const completeSuspect = async (lane: Lane, candidates: readonly Candidate[]): Promise<boolean> => {
  const suspects = lane.backoff.order(candidates).filter(({ id }) => lane.backoff.isQuarantined(id));
  if (suspects.length === 0) return false;
  const current = await registerViewOf(lane, candidates);
  const [first] = suspects.filter(({ id }) => noncesOf(id, current).size > 0);
  return first !== undefined && completeAll(lane, [first], current, true);
};

/** One pass over a lane. True if anything moved. */
export const workLane = async (lane: Lane, candidates: readonly Candidate[]): Promise<boolean> =>
  (await sealNext(lane, candidates)) || completeSuspect(lane, candidates);
