import { errorFields } from '#core/error-fields.ts';
import { isWaitUntold, type Mark, markOf, noteTrouble, patchMark } from '#core/facts/marks.ts';
import { listAll } from '#core/facts/store.ts';
import { waitAt } from '#core/facts/wait.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { forRequest } from '#functions/telemetry/one-request.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { openFolder } from '#schemas/names.ts';
import { reconcileRequest } from './apply-owed.ts';
import { noteFailure } from './failing.ts';
import { keepOwnLaw } from './keep-law.ts';
import { isPassedOver } from './pass-over.ts';
import { checkPeriods } from './register-period.ts';
import { replayReceipts } from './replay.ts';
import { sweep } from './sweep.ts';
import { Tick } from './tick.ts';

/** ms of work per tick, well below the push deadline. What is left over is due at the next tick as well. */
const TICK_BUDGET_MS = 8 * 60_000;
const CONCURRENCY = 8;

const one = async (tick: Tick, mark: Mark): Promise<void> => {
  const { context } = tick;
  const { storage, buckets, clock, log, operations, inHand = new Set<string>() } = context;
  if (inHand.has(mark.id)) return;
  inHand.add(mark.id);
  try {
    if (await isPassedOver(tick, mark)) return;
    await forRequest(context.telemetry, 'reconcile request', mark.id, () => reconcileRequest(tick, mark));
    if (mark.trouble !== undefined) await noteTrouble(storage, buckets.work, mark, undefined);
  } catch (error) {
    // One request must never keep the others waiting: this one comes again, but not first.
    log.warn('reconcile.fault', { id: mark.id, ...errorFields(error) });
    const now = clock.now();
    const due = now + operations.pollSeconds * 1000;
    const held = isKeyturnError(error, 'CHAIN_UNREACHABLE') ? waitAt({ code: 'CHAIN_UNREACHABLE' }, now) : undefined;
    const patch = { stage: mark.stage, due, held: held ?? mark.held };
    await patchMark(storage, buckets.work, { whose: mark, id: mark.id }, patch).catch(() => false);
    await noteFailure(context, mark, error).catch(() => {});
  } finally {
    inHand.delete(mark.id);
  }
};

/** Which of so many goes first at this time (ms). Another one each tick, so that one slow item does not use up every tick's time. */
const rotated = <T>(list: readonly T[], now: number): readonly T[] => {
  if (list.length === 0) return list;
  const start = (Math.floor(now / 1000) * 7919) % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
};

/** Everything that is owed to any open request, and the machines that outlived their turn. One LIST for each thousand open marks. */
export const reconcile = async (context: ReconcileContext): Promise<void> => {
  const start = context.clock.now();
  const objects = await listAll(context.storage, context.buckets.work, openFolder());
  const marks = objects.flatMap((object) => markOf(object) ?? []);
  const due = rotated(
    marks.filter((mark) => mark.due <= start || isWaitUntold(mark)).sort((a, b) => a.due - b.due),
    start,
  );
  // Of what is sealed no vote counts any more.
  const voted = due.filter(({ stage }) => stage !== 'submitted' && stage !== 'decided');
  const tick = new Tick(context, new Set(voted.map(({ id }) => id)));
  let done = 0;
  for (; done < due.length && context.clock.now() < start + TICK_BUDGET_MS; done += CONCURRENCY)
    await Promise.all(due.slice(done, done + CONCURRENCY).map((mark) => one(tick, mark)));
  if (done < due.length) context.log.alarm('reconcile.behind', { left: due.length - done });
  await sweep(context);
  await checkPeriods(context);
  await keepOwnLaw(context);
  // Payments come first.
  if (done >= due.length) await replayReceipts(context);
  const oldest = marks.reduce((least, { createdAt }) => Math.min(least, createdAt), start);
  context.log.info('reconcile.done', {
    open: marks.length,
    due: due.length,
    oldestSeconds: Math.round((start - oldest) / 1000),
    ms: context.clock.now() - start,
  });
};
