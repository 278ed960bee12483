import { listAll, loadFacts } from '#core/facts-store.ts';
import { stateOf } from '#core/lifecycle.ts';
import { markOf } from '#core/marks.ts';
import type { EntryCache } from '#core/register-log.ts';
import { refersTo } from '#core/trust.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { openFolder, PAUSED_OBJECT, turnClosedObject } from '#schemas/names.ts';
import type { TurnContext } from './context.ts';
import { type Candidate, type Lane, workLane } from './lane.ts';

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

const candidateOf = async (context: TurnContext, id: string): Promise<Candidate | undefined> => {
  const facts = await loadFacts(context.storage, context.buckets, id);
  const state = stateOf(facts);
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
const candidates = async (context: TurnContext): Promise<readonly Candidate[]> => {
  const objects = await listAll(context.storage, context.buckets.work, openFolder(context.wallet.name));
  const marks = objects.toSorted((a, b) => a.timeCreated - b.timeCreated).flatMap((object) => markOf(object) ?? []);
  const found: Candidate[] = [];
  for (let i = 0; i < marks.length; i += TOGETHER) {
    const chunk = await Promise.allSettled(marks.slice(i, i + TOGETHER).map(({ id }) => candidateOf(context, id)));
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

/** One look over all lanes. A lane that fails does not stop another. True if anything moved. */
const pass = async (context: TurnContext, lanes: readonly Lane[]): Promise<boolean> => {
  const open = await candidates(context);
  const results = await Promise.allSettled(
    lanes.map((lane) => {
      const own = open.filter(({ request }) => request.chainId === lane.log.chainId);
      return own.length === 0 ? false : workLane(lane, own);
    }),
  );
  let moved = false;
  for (const result of results) {
    if (result.status === 'fulfilled') moved ||= result.value;
    else {
      const { reason } = result;
      context.log.alarm('turn.fault', {
        code: isKeyturnError(reason) ? reason.code : 'UNAVAILABLE',
        reason: isKeyturnError(reason) ? reason.message : 'unexpected',
      });
    }
  }
  return moved;
};

const isPaused = async ({ storage, buckets }: TurnContext): Promise<boolean> =>
  (await storage.stat(buckets.work, PAUSED_OBJECT)) !== undefined;

/** A turn: works while there is work, idles a little for more, closes, and *then* looks one last time, so that no wake-up is lost. */
export const runTurn = async (context: TurnContext): Promise<void> => {
  const { wallet, turn, clock, log, signal, buckets } = context;
  await checkRegister(context);
  const lanes = wallet.chains.map(
    ({ chainId, startNonce }): Lane => ({
      context,
      log: { chainId, address: wallet.address, registerBucket: buckets.register },
      startNonce: BigInt(startNonce),
      cache: new Map() satisfies EntryCache,
    }),
  );
  const idle = context.operations.idleSeconds * 1000;
  let lastWork = clock.now();
  while (!signal.aborted && !(await isPaused(context))) {
    if (await pass(context, lanes)) lastWork = clock.now();
    else if (clock.now() - lastWork >= idle) break;
    else await clock.sleep(Math.min(IDLE_POLL, idle), signal);
  }
  await context.storage.createOnce(buckets.work, turnClosedObject(wallet.name, turn), new Uint8Array());
  log.info('turn.closed', { wallet: wallet.name, turn: Number(turn) });
  if (!signal.aborted && !(await isPaused(context))) await pass(context, lanes);
};
