import { badTries, SUSPECT_TRIES, turnsIn } from '#core/decide/relaunch.ts';
import { listAll, loadFacts } from '#core/facts-store.ts';
import { stateOf } from '#core/lifecycle.ts';
import { markOf } from '#core/marks.ts';
import type { EntryCache } from '#core/register-log.ts';
import { refersTo } from '#core/trust.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { openFolder, PAUSED_OBJECT, turnClosedObject, turnFolder } from '#schemas/names.ts';
import { Aside } from './aside.ts';
import type { TurnContext } from './context.ts';
import type { Candidate, Lane } from './lane.ts';
import { workLane } from './work-lane.ts';

const IDLE_POLL = 1000;
const TOGETHER = 16;

/**
 * The register must be the one that the law means, and locked for as long as the law says: else whoever owns the bucket can make the
 * wallet forget what it signed. Throws REGISTER_UNLOCKED.
 */
export const checkRegister = async ({ law, buckets, storage }: TurnContext): Promise<void> => {
  const settings = await storage.settings(buckets.register);
  const wrong = (why: string) => new KeyturnError('REGISTER_UNLOCKED', `${buckets.register}: ${why}`);
  if (settings.projectNumber !== law.register.projectNumber)
    throw wrong(`is in project ${settings.projectNumber}, the law says ${law.register.projectNumber}`);
  if (settings.hierarchicalNamespace) throw wrong('has a hierarchical namespace, in which folders can be renamed');
  if (law.register.lock === 'off') return;
  if (!settings.retentionLocked) throw wrong('its retention policy is not locked');
  if (settings.retentionSeconds < law.register.retentionSeconds)
    throw wrong(`keeps entries ${settings.retentionSeconds} s, the law says ${law.register.retentionSeconds}`);
};

/** `past`: ids that are submitted or decided. Facts are only ever added, so these need not be read again. */
const candidateOf = async (context: TurnContext, id: string, past: Set<string>): Promise<Candidate | undefined> => {
  const facts = await loadFacts(context.storage, context.buckets, id);
  const state = stateOf(facts);
  if (state.stage === 'submitted' || state.stage === 'decided') past.add(id);
  if (state.stage !== 'approved') return undefined;
  const fact = state.request;
  // Written by functions, in a bucket of the operator's: only what hashes to its id is a request.
  if (fact.id !== id || refersTo(fact, context.law)?.name !== context.wallet.name) {
    context.log.alarm('turn.mismatch', { id, code: 'ID_MISMATCH' });
    return undefined;
  }
  return { fact, facts, id, request: fact.request };
};

/** The approved requests of this wallet, oldest first. Marks are hints: whatever they say, the facts are read. */
const candidates = async (context: TurnContext, past: Set<string>): Promise<readonly Candidate[]> => {
  const objects = await listAll(context.storage, context.buckets.work, openFolder(context.wallet.name));
  const all = objects.toSorted((a, b) => a.timeCreated - b.timeCreated).flatMap((object) => markOf(object) ?? []);
  // A stage is raised once it was announced: nothing is signed of which nobody was told. Reconcile says it, raises the mark, and asks again.
  const marks = all.filter(({ id, stage }) => !past.has(id) && stage !== 'received' && stage !== 'accepted');
  const found: Candidate[] = [];
  for (let i = 0; i < marks.length; i += TOGETHER) {
    const chunk = await Promise.allSettled(
      marks.slice(i, i + TOGETHER).map(({ id }) => candidateOf(context, id, past)),
    );
    for (const result of chunk) {
      if (result.status === 'fulfilled' && result.value !== undefined) found.push(result.value);
      else if (result.status === 'rejected')
        context.log.warn('turn.fault', {
          code: isKeyturnError(result.reason) ? result.reason.code : '',
          reason: isKeyturnError(result.reason) ? result.reason.message : 'unexpected',
        });
    }
  }
  return found;
};

const faultOf = (context: TurnContext, chainId: string, reason: unknown): void =>
  context.log.alarm('turn.fault', {
    chainId,
    code: isKeyturnError(reason) ? reason.code : 'UNAVAILABLE',
    reason: isKeyturnError(reason) ? reason.message : 'unexpected',
  });

/** One look over one lane. True if anything moved. */
const pass = async (context: TurnContext, lane: Lane, past: Set<string>): Promise<boolean> => {
  try {
    const { chainId } = lane.log;
    const own = (await candidates(context, past)).filter(({ request }) => request.chainId === chainId);
    return own.length > 0 && (await workLane(lane, own));
  } catch (reason) {
    faultOf(context, lane.log.chainId, reason);
    return false;
  }
};

/** Whoever cannot tell whether the deployment is paused takes it that it is. */
const isPaused = async ({ storage, buckets, log }: TurnContext): Promise<boolean> => {
  try {
    return (await storage.stat(buckets.work, PAUSED_OBJECT)) !== undefined;
  } catch (error) {
    log.warn('turn.fault', { code: isKeyturnError(error) ? error.code : 'UNAVAILABLE', reason: 'reading paused' });
    return true;
  }
};

/** Requests over which turns of this wallet died before: they go last, and alone. */
const suspects = async ({ storage, buckets, wallet, turn }: TurnContext): Promise<readonly string[]> => {
  const { objects } = await storage.list(buckets.work, turnFolder(wallet.name), { limit: 1000 });
  const turns = turnsIn(objects);
  const tried = new Set(turns.flatMap((one) => [...one.tried]));
  return [...tried].filter((id) => badTries(id, turns, turn) >= SUSPECT_TRIES);
};

/** What the lanes of a turn know of each other: whether anything still moves. */
interface Shared {
  lastWork: number;
  busy: number;
  readonly until: number;
  readonly past: Set<string>;
}

/** Works while there is work, in this lane or another. Each lane has its own pace: one whose node hangs does not slow the others down. */
const runLane = async (context: TurnContext, lane: Lane, shared: Shared): Promise<void> => {
  const { clock, signal, operations } = context;
  const idle = operations.idleSeconds * 1000;
  while (!signal.aborted && clock.now() < shared.until && !(await isPaused(context))) {
    shared.busy++;
    const moved = await pass(context, lane, shared.past).finally(() => {
      shared.busy--;
    });
    if (moved) shared.lastWork = clock.now();
    else if (shared.busy === 0 && clock.now() - shared.lastWork >= idle) return;
    else await clock.sleep(IDLE_POLL, signal);
  }
};

/**
 * A turn: works while there is work, idles a little for more, closes, and *then* looks one last time, so that no wake-up is lost. It ends
 * by itself well before Compute Engine would end it: a turn that is cut off looks like one that died.
 */
export const runTurn = async (context: TurnContext): Promise<void> => {
  const { wallet, turn, clock, log, signal, buckets } = context;
  await checkRegister(context);
  const alone = await suspects(context);
  const lanes = wallet.chains.map(
    ({ chainId, startNonce }): Lane => ({
      context,
      log: { chainId, address: wallet.address, registerBucket: buckets.register },
      startNonce: BigInt(startNonce),
      cache: new Map() satisfies EntryCache,
      aside: new Aside(clock, alone),
      tried: new Set(),
    }),
  );
  const now = clock.now();
  const shared: Shared = {
    lastWork: now,
    busy: 0,
    until: now + context.operations.turnLimitSeconds * 800,
    past: new Set(),
  };
  await Promise.all(lanes.map((lane) => runLane(context, lane, shared)));
  await context.storage.createOnce(buckets.work, turnClosedObject(wallet.name, turn), new Uint8Array());
  log.info('turn.closed', { wallet: wallet.name, turn: Number(turn) });
  if (!signal.aborted && !(await isPaused(context)))
    await Promise.all(lanes.map((lane) => pass(context, lane, shared.past)));
};
