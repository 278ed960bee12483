import { ENOUGH_TURNS, SUSPECT_TRIES } from '#core/decide/relaunch.ts';
import { errorFields } from '#core/error-fields.ts';
import { listTurns } from '#core/facts/read-turns.ts';
import { badTries } from '#core/facts/turns.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { registerProblems } from '#core/register/lock.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { PAUSED_OBJECT, turnClosedObject } from '#schemas/names.ts';
import { Backoff } from './backoff.ts';
import type { TurnContext } from './context.ts';
import { Gate } from './gate.ts';
import type { Lane } from './lane.ts';
import { OpenRequests } from './open-requests.ts';
import { Outbox } from './outbox.ts';
import { workLane } from './seal-next.ts';
import { SignerAhead } from './signer-ahead.ts';
import { Slow } from './slow.ts';
import { followWakes, Wakeups } from './wakeups.ts';

/** Throws REGISTER_UNLOCKED where the register's bucket is not as the law demands. */
export const checkRegister = async ({
  law,
  buckets,
  storage,
}: Pick<TurnContext, 'law' | 'buckets' | 'storage'>): Promise<void> => {
  const [problem] = registerProblems(await storage.settings(buckets.register), law);
  if (problem !== undefined) throw new KeyturnError('REGISTER_UNLOCKED', `${buckets.register}: ${problem.reason}`);
};

/** A turn that cannot tell whether the deployment is paused assumes that it is. */
const isPaused = async ({ storage, buckets, log }: TurnContext): Promise<boolean> => {
  try {
    return (await storage.stat(buckets.work, PAUSED_OBJECT)) !== undefined;
  } catch (error) {
    log.warn('turn.fault', errorFields(error));
    return true;
  }
};

type Passed = 'moved' | 'left' | 'nothing' | 'paused';

/** What one pass over one lane did. `left`: nothing moved, but the facts of some were not read yet. */
const pass = async (lane: Lane, open: OpenRequests): Promise<Passed> => {
  try {
    const { candidates, left } = await open.candidatesFor(lane);
    const rest = left ? 'left' : 'nothing';
    const awake = candidates.filter(({ id }) => !lane.backoff.isDelayed(id));
    if (awake.length === 0) return rest;
    lane.ahead.prepare(awake.map(({ id }) => id));
    if (await isPaused(lane.context)) return 'paused';
    return (await workLane(lane, candidates)) ? 'moved' : rest;
  } catch (error) {
    lane.context.log.alarm('turn.fault', { chainId: lane.register.chainId, ...errorFields(error) });
    return 'nothing';
  } finally {
    lane.ahead.release();
    open.forget(lane.changedIds);
    lane.changedIds.clear();
  }
};

/** Requests over which turns of this wallet died before, with how many: they go last, and alone, the deadliest at the very end. */
const suspects = async ({ storage, buckets, wallet, turn }: TurnContext): Promise<ReadonlyMap<string, number>> => {
  const turns = await listTurns(storage, buckets.work, wallet.name, ENOUGH_TURNS);
  const tried = new Set(turns.flatMap((one) => [...one.tried]));
  const deaths = [...tried].map((id) => [id, badTries(id, turns, turn)] as const);
  return new Map(deaths.filter(([, count]) => count >= SUSPECT_TRIES));
};

/** What the lanes of a turn know of each other: whether anything still moves. */
interface Shared {
  lastWork: number;
  busy: number;
  readonly until: number;
  readonly open: OpenRequests;
  readonly wakeups: Wakeups;
}

/** ms. Shares that were opened slowly, beside the lane, lie open until it looks. */
export const SLOW_LOOK_MS = 1_000;

/** ms since the epoch: when an idle lane looks again by itself. */
const nextLook = ({ backoff, context, slow }: Lane, { lastWork, until }: Shared): number => {
  const { clock, operations } = context;
  const looks = [until, lastWork + operations.idleSeconds * 1_000, backoff.firstEnd()];
  return Math.min(...looks, slow.isBusy ? clock.now() + SLOW_LOOK_MS : Number.POSITIVE_INFINITY);
};

/** Works while there is work, in this lane or another. Each lane has its own pace: one whose node hangs does not slow the others down. */
const runLane = async (lane: Lane, shared: Shared): Promise<void> => {
  const { clock, signal, operations } = lane.context;
  const idle = operations.idleSeconds * 1000;
  while (!signal.aborted && clock.now() < shared.until) {
    shared.busy++;
    const passed = await pass(lane, shared.open).finally(() => {
      shared.busy--;
    });
    if (passed === 'paused') return;
    if (passed !== 'nothing') shared.lastWork = clock.now();
    else if (shared.busy === 0 && !lane.slow.isBusy && clock.now() - shared.lastWork >= idle) return;
    else await shared.wakeups.sleep(nextLook(lane, shared));
  }
};

/**
 * Whatever was approved while this turn closed: its launch saw an open turn. More than one pass or one seal holds is worked off too. So is what
 * must wait: for a slow release key, or to be alone, for what is being sent.
 */
const passOnceMore = async (lane: Lane, { open, until }: Shared): Promise<void> => {
  const { clock, signal } = lane.context;
  for (let isOver = false; !isOver && !signal.aborted; ) {
    await lane.outbox.allOut();
    const passed = await pass(lane, open);
    const waits = passed === 'nothing' && lane.slow.isBusy;
    isOver = clock.now() >= until || passed === 'paused' || (passed === 'nothing' && !waits);
    if (waits && !isOver) await clock.sleep(SLOW_LOOK_MS, signal);
  }
};

/**
 * A turn: works while there is work, idles a little for more, and closes. *Then* it makes one last pass, so that no wake-up is lost. It
 * ends by itself well before Compute Engine would end it: a turn that is cut off looks like one that died.
 */
export const runTurn = async (context: TurnContext): Promise<void> => {
  const { wallet, turn, clock, log, buckets } = context;
  await checkRegister(context);
  const alone = await suspects(context);
  const gate = new Gate();
  const open = new OpenRequests(context);
  const lanes = wallet.chains.map(({ chainId, startNonce }): Lane => {
    const backoff = new Backoff(clock, alone);
    const ahead = new SignerAhead(context.signer);
    return {
      context: { ...context, signer: ahead },
      ahead,
      register: { chainId, address: wallet.address, registerBucket: buckets.register },
      startNonce: BigInt(startNonce),
      cache: new Map() satisfies EntryCache,
      checkpoints: new Map(),
      backoff,
      gate,
      slow: new Slow(backoff, clock),
      outbox: new Outbox((ids) => open.forget(ids)),
      markedTried: new Set(),
      knownUnsealed: new Set(),
      storedIds: new Set(),
      notedWaits: new Map(),
      alarmedGaps: new Set(),
      changedIds: new Set(),
    };
  });
  const now = clock.now();
  const shared: Shared = {
    lastWork: now,
    busy: 0,
    until: now + context.operations.turnLimitSeconds * 800,
    open,
    wakeups: new Wakeups(context),
  };
  const stop = new AbortController();
  const followed = followWakes(
    context,
    () => {
      open.renew();
      shared.wakeups.wake();
    },
    AbortSignal.any([context.signal, stop.signal]),
  );
  const allOut = () => Promise.all(lanes.map(({ outbox }) => outbox.allOut()));
  await Promise.all(lanes.map((lane) => runLane(lane, shared)));
  await allOut();
  // What is approved from now on finds a closed turn, or is seen by the last pass.
  stop.abort();
  await followed;
  await context.storage.createOnce(buckets.work, turnClosedObject(wallet.name, turn), new Uint8Array());
  log.info('turn.closed', { wallet: wallet.name, turn: Number(turn) });
  shared.open.renew();
  await Promise.all(lanes.map((lane) => passOnceMore(lane, shared)));
  for (const { slow } of lanes) slow.end();
  await allOut();
};
