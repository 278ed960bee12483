import type { Clock } from '#core/ports.ts';

/** Why a timer is not needed any more. One for all: each call ends one, and an abort without a reason makes an error with its stack. */
const OVER = Object.freeze({ name: 'OVER' });

/**
 * Runs `run` for at most `ms`; undefined where it took longer. Its signal aborts when the time is up, and never else: a client takes an
 * abort for a dead connection. What comes too late goes to `tooLate`. No timer is left at the end.
 */
export const withTimeLimit = <T>(
  clock: Clock,
  ms: number,
  run: (signal: AbortSignal) => Promise<T>,
  tooLate: (result: T) => void = () => {},
): Promise<{ readonly result: T } | undefined> =>
  new Promise((resolve, reject) => {
    const late = new AbortController();
    const ended = new AbortController();
    const fail = (error: unknown): void => {
      ended.abort(OVER);
      reject(error);
    };
    const expire = (): void => {
      // A sleep that was ended early resolves too.
      if (ended.signal.aborted) return;
      late.abort(new DOMException('the time is up', 'TimeoutError'));
      resolve(undefined);
    };
    const finish = (result: T): void => {
      if (late.signal.aborted) tooLate(result);
      else ended.abort(OVER);
      resolve({ result });
    };
    clock.sleep(ms, ended.signal).then(expire).catch(fail);
    // A `run` that throws before it gives a promise fails like any other.
    new Promise<T>((begun) => begun(run(late.signal))).then(finish).catch(fail);
  });
