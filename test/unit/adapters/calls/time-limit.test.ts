import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callerOn } from '#adapters/calls/deadline.ts';
import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { boundedRequest } from '#adapters/chain/rpc-http.ts';
import { realClock } from '#adapters/clock.ts';
import { httpDeliver } from '#local/cloud/pubsub/http-deliver.ts';

/** What a call leaves behind once it has ended: nothing may abort its signal later, and no timer may wait for it. */
const LIMIT_MS = 1_000;
const NEVER = new Promise<never>(() => {});

beforeEach(() => {
  vi.useFakeTimers();
  // The engine's own timer for this cannot be faked, and its signal aborts when the time is up, whatever has been.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const late = new AbortController();
    setTimeout(() => late.abort(new DOMException('the time is up', 'TimeoutError')), ms);
    return late.signal;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

type Run = (signal: AbortSignal) => Promise<Response>;
interface Kind {
  readonly what: string;
  /** Runs `run` in a call that may last LIMIT_MS. */
  readonly call: (run: Run) => Promise<unknown>;
}

/** `fetch` becomes `run`. */
const overFetch = (run: Run): void => {
  vi.stubGlobal('fetch', (_url: URL, { signal }: { signal: AbortSignal }) => run(signal));
};
const KINDS: readonly Kind[] = [
  { what: 'a limit of time', call: (run) => withTimeLimit(realClock, LIMIT_MS, run) },
  {
    what: 'a call of a Google API',
    call: (run) =>
      callerOn(realClock)({ service: 'x', call: 'y', resource: 'z' }, { attemptMs: LIMIT_MS, attempts: 1 }, run),
  },
  {
    what: 'a call of a node',
    call: (run) => {
      overFetch(run);
      const request = boundedRequest('http://127.0.0.1:1/', LIMIT_MS);
      return request.getUrlFunc(request);
    },
  },
  {
    what: 'a push of the local cloud',
    call: (run) => {
      overFetch(run);
      return httpDeliver({ endpoint: 'http://127.0.0.1:1/', headers: {}, body: '', timeoutMs: LIMIT_MS });
    },
  },
];
const ENDS: readonly { readonly end: string; readonly run: Run }[] = [
  { end: 'an answer', run: async () => new Response('{}') },
  {
    end: 'a failure',
    run: async () => {
      throw new Error('refused');
    },
  },
  {
    end: 'a failure before there is a promise',
    run: () => {
      throw new Error('refused');
    },
  },
];

describe.each(KINDS)('$what', ({ call }) => {
  it.each(ENDS)('that ends by $end leaves no timer, and its signal never aborts', async ({ run }) => {
    const signals: AbortSignal[] = [];
    const onAbort = vi.fn();
    await call((signal) => {
      signals.push(signal);
      signal.addEventListener('abort', onAbort);
      return run(signal);
    }).catch(() => {});
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10 * LIMIT_MS);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    expect(onAbort).not.toHaveBeenCalled();
  });

  it('that hangs is aborted when its time is up, not before, and leaves no timer', async () => {
    const signals: AbortSignal[] = [];
    const hanging = call((signal) => {
      signals.push(signal);
      return Promise.race([
        NEVER,
        new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]);
    }).catch(() => {});
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await hanging;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('withTimeLimit', () => {
  it('gives what comes in time, and undefined for what does not', async () => {
    expect(await withTimeLimit(realClock, LIMIT_MS, async () => 'here')).toEqual({ result: 'here' });
    const hanging = withTimeLimit(realClock, LIMIT_MS, () => NEVER);
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    expect(await hanging).toBeUndefined();
  });

  it('hands over what comes too late, once, and nothing else', async () => {
    const tooLate = vi.fn();
    await withTimeLimit(realClock, LIMIT_MS, async () => 'in time', tooLate);
    const slow = Promise.withResolvers<string>();
    const late = withTimeLimit(realClock, LIMIT_MS, () => slow.promise, tooLate);
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    expect(await late).toBeUndefined();
    slow.resolve('late');
    await vi.runAllTimersAsync();
    expect(tooLate.mock.calls).toEqual([['late']]);
  });

  it('lets what fails too late go', async () => {
    const slow = Promise.withResolvers<string>();
    const late = withTimeLimit(realClock, LIMIT_MS, () => slow.promise);
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    slow.reject(new Error('late'));
    await vi.runAllTimersAsync();
    expect(await late).toBeUndefined();
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'never both answers and aborts: the answer and the end of its time %i turns apart',
    async (apart) => {
      for (const first of ['answer', 'time'] as const) {
        const wake = Promise.withResolvers<void>();
        const answer = Promise.withResolvers<string>();
        const signals: AbortSignal[] = [];
        const call = withTimeLimit({ now: () => 0, sleep: () => wake.promise }, LIMIT_MS, (signal) => {
          signals.push(signal);
          return answer.promise;
        });
        const events = [() => answer.resolve('here'), () => wake.resolve()];
        const [one, other] = first === 'answer' ? events : events.toReversed();
        one?.();
        for (let turn = 0; turn < apart; turn++) await Promise.resolve();
        other?.();
        const aborted = (await call) === undefined;
        expect(signals.map((signal) => signal.aborted)).toEqual([aborted]);
      }
    },
  );
});
