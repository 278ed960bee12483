import { isAtWork } from '#core/decide/launch.ts';
import { mayBePassedOver } from '#core/decide/next-look.ts';
import type { Mark } from '#core/facts/marks.ts';
import { newestWait } from '#core/facts/wait.ts';
import type { Tick } from './tick.ts';

/**
 * Whether an approved request is left alone in this tick, without a call of its own. Either its wallet's machine is at work, which finds it by
 * itself, or what launch found against a machine still stands. Each is asked once a tick, so the end of each is seen at the next one. What was
 * not told yet is told first; a rejection or a withdrawal says `received` in the mark.
 */
export const isPassedOver = async (tick: Tick, mark: Mark): Promise<boolean> => {
  const { clock, operations } = tick.context;
  const wait = newestWait(mark, true);
  const isUntold = wait !== undefined && !mark.told.includes(wait.code);
  if (mark.stage !== 'approved' || isUntold || !mayBePassedOver(mark.due, clock.now(), operations)) return false;
  try {
    const { newest } = await tick.turns(mark.wallet);
    if (isAtWork(newest, operations)) return true;
    if (mark.held?.code === 'PAUSED') return await tick.isPaused();
    return mark.held?.code === 'WALLET_STOPPED' && (await tick.isStopped(mark.wallet));
  } catch {
    // Who cannot say what machines there are must not keep requests from ending.
    return false;
  }
};
