import { describe, expect, it } from 'vitest';
import { backoffMs, callerOn } from '#adapters/calls/deadline.ts';
import { realClock } from '#adapters/clock.ts';
import type { Clock } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

const call = { service: 'storage', call: 'get', resource: 'gs://b/o' };
const LIMITS = { attemptMs: 1000, attempts: 3 };
const unavailable = () => Object.assign(new Error('x'), { code: 14 });

/** Time passes as soon as somebody sleeps, unless the sleep is one that its caller ends: then only `expire` ends it. */
const testClock = () => {
  const slept: number[] = [];
  let expire = (): void => {};
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) => {
      if (signal === undefined) {
        slept.push(ms);
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        expire = resolve;
      });
    },
  };
  return { clock, slept, expire: () => expire() };
};

describe('callerOn', () => {
  it('gives what the call gives', async () => {
    const { clock, slept } = testClock();
    expect(await callerOn(clock)(call, LIMITS, async (_signal, ms) => ms)).toBe(1000);
    expect(slept).toEqual([]);
  });

  it('tries again with full jitter while that can help, and gives the last failure', async () => {
    const { clock, slept } = testClock();
    let tries = 0;
    const failing = callerOn(clock, () => 0.5)(call, LIMITS, async () => {
      tries += 1;
      throw unavailable();
    });
    await expect(failing).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'storage: get gs://b/o: gRPC 14' });
    expect(tries).toBe(3);
    expect(slept).toEqual([100, 200]);
  });

  it.each([
    ['a refusal', Object.assign(new Error('x'), { code: 403 }), 'PERMISSION_DENIED'],
    ['an error of ours', new KeyturnError('TOO_LARGE', 'x'), 'TOO_LARGE'],
  ])('does not repeat %s', async (_what, error, code) => {
    const { clock } = testClock();
    let tries = 0;
    const failing = callerOn(clock)(call, LIMITS, async () => {
      tries += 1;
      throw error;
    });
    await expect(failing).rejects.toMatchObject({ code });
    expect(tries).toBe(1);
  });

  it('ends a call that hangs, tells it so, and tries the next', async () => {
    const { clock, expire } = testClock();
    const signals: AbortSignal[] = [];
    const answer = callerOn(clock, () => 0)(call, LIMITS, async (signal) => {
      signals.push(signal);
      if (signals.length === 2) return 'second';
      queueMicrotask(expire);
      return new Promise<string>(() => {});
    });
    expect(await answer).toBe('second');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('names the deadline where every attempt hangs, and lets a late failure go', async () => {
    const { clock, expire } = testClock();
    const hanging = callerOn(clock)(call, { ...LIMITS, attempts: 1 }, (signal) => {
      queueMicrotask(expire);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late'))));
    });
    await expect(hanging).rejects.toMatchObject({
      code: 'DEADLINE',
      message: 'storage: get gs://b/o: no answer in 1000 ms',
    });
  });
});

describe('backoffMs', () => {
  it('grows to a bound and starts at nothing', () => {
    expect([1, 2, 3, 10, 60].map((n) => backoffMs(n, 0.999999))).toEqual([199, 399, 799, 4999, 4999]);
    expect([1, 10].map((n) => backoffMs(n, 0))).toEqual([0, 0]);
  });
});

describe('realClock', () => {
  it('wakes at once when told to', async () => {
    const stop = new AbortController();
    const sleeping = realClock.sleep(60_000, stop.signal);
    stop.abort();
    await sleeping;
    await realClock.sleep(60_000, stop.signal);
    await realClock.sleep(0);
    expect(Math.abs(realClock.now() - Date.now())).toBeLessThan(1000);
  });
});
