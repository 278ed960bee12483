import { describe, expect, test } from 'vitest';
import type { Wakes } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { SelfWindingClock } from '#test/support/clock.ts';
import { MemoryLog } from '#test/support/ports.ts';
import { stage } from '#test/support/stage.ts';
import { followWakes, LIST_MS, Wakeups } from '#workload/wakeups.ts';

const START = Date.UTC(2026, 0, 1);
const never: AbortSignal = new AbortController().signal;

/** What each pull answers in turn, then nothing for ever. */
const pulling = (...answers: readonly (number | Error)[]): Wakes & { pulls: number } => {
  const wakes = {
    pulls: 0,
    pull: async (stop: AbortSignal): Promise<number> => {
      const answer = answers[wakes.pulls];
      wakes.pulls += 1;
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return answer;
      await new Promise<void>((ended) => stop.addEventListener('abort', () => ended()));
      return 0;
    },
  };
  return wakes;
};

describe('an idle lane sleeps', () => {
  const asleep = () => {
    const clock = new SelfWindingClock(START);
    const wakeups = new Wakeups({ clock, signal: never });
    /** ms until it looks again. */
    const slept = async (until: number): Promise<number> => {
      const begun = clock.now();
      await wakeups.sleep(until);
      return clock.now() - begun;
    };
    return { clock, wakeups, slept };
  };

  test('15 s where nothing ends sooner, and no longer than it is told', async () => {
    const { clock, slept } = asleep();
    expect(await slept(Number.POSITIVE_INFINITY)).toBe(LIST_MS);
    expect(await slept(clock.now() + 700)).toBe(700);
    // Another lane is busy, and this one would have ended: it must not spin.
    expect(await slept(clock.now() - 5)).toBe(1_000);
  });

  test('not at all once it is woken; then it looks again soon, since the mark is written after the message', async () => {
    const { clock, wakeups, slept } = asleep();
    const sleeping = wakeups.sleep(Number.POSITIVE_INFINITY);
    wakeups.wake();
    await sleeping;
    expect(clock.now()).toBe(START);
    const looks: number[] = [];
    for (let n = 0; n < 4; n++) looks.push(await slept(Number.POSITIVE_INFINITY));
    expect(looks).toEqual([100, 400, 1_500, LIST_MS]);
  });
});

describe('what wakes it', () => {
  const followed = async (wakes: Wakes | undefined, until: (log: MemoryLog, woken: number) => boolean) => {
    const clock = new SelfWindingClock(START);
    const log = new MemoryLog();
    const stop = new AbortController();
    let woken = 0;
    const following = followWakes({ wakes, clock, log }, () => (woken += 1), stop.signal);
    for (let round = 0; round < 1_000 && !until(log, woken); round++) await new Promise((next) => setImmediate(next));
    const passed = clock.now() - START;
    stop.abort();
    await following;
    return { woken, passed, warned: log.lines.map(({ fields }) => fields.code) };
  };

  test('is each pull that brings something; one that brings nothing at once is not made again at once', async () => {
    const wakes = pulling(2, 0, 0, 1);
    const { woken, passed } = await followed(wakes, (_, count) => count === 2);
    expect([woken, passed, wakes.pulls >= 4]).toEqual([2, 2_250, true]);
  });

  test.each(['NOT_FOUND', 'PERMISSION_DENIED'] as const)('%s ends it, with one warning', async (code) => {
    const wakes = pulling(new KeyturnError(code, 'no'));
    const { woken, warned } = await followed(wakes, ({ lines }) => lines.length > 0);
    expect([woken, warned, wakes.pulls]).toEqual([0, [code], 1]);
  });

  test('other trouble is told once while it lasts, and tried again', async () => {
    const down = new KeyturnError('UNAVAILABLE', 'down');
    const { woken, warned } = await followed(pulling(down, down, down, 1), (_, count) => count === 1);
    expect([woken, warned]).toEqual([1, ['UNAVAILABLE']]);
  });

  test('is nothing where there is no subscription', async () => {
    expect(await followed(undefined, () => true)).toEqual({ woken: 0, passed: 0, warned: [] });
  });
});

describe('a turn that idles', () => {
  const seconds = (ms: number): number => Math.round(ms / 1_000);

  /** What comes 40 s after the turn began: when it was sealed (s), and how often marks were listed until the turn ended. */
  const late = async (wakes: Wakes | undefined, onWake: () => void = () => {}) => {
    const s = stage({ operations: { idleSeconds: 120 } });
    let lists = 0;
    const list = s.storage.list.bind(s.storage);
    s.storage.list = (bucket, prefix, options) => {
      if (prefix.startsWith('open/')) lists += 1;
      return list(bucket, prefix, options);
    };
    const begun = s.clock.now();
    let sealedAt = 0;
    const arriving = s.clock.sleep(40_000).then(async () => {
      await s.approve(await s.ask());
      onWake();
    });
    const token = s.attestation.token.bind(s.attestation);
    s.attestation.token = (asked) => {
      if (asked.audience === 'keyturn/v1/seal') sealedAt = s.clock.now() - begun;
      return token(asked);
    };
    await s.turn(1n, wakes === undefined ? {} : { wakes });
    await arriving;
    return { sealedAt: seconds(sealedAt), lists, seals: s.seals().length };
  };

  test('lists every 15 s where nothing wakes it', async () => {
    const { sealedAt, lists, seals } = await late(undefined);
    expect([sealedAt, seals]).toEqual([45, 1]);
    expect(lists).toBeLessThan(20);
  });

  test('and seals at once what a message wakes it for', async () => {
    const come = Promise.withResolvers<void>();
    let pulls = 0;
    const wakes: Wakes = {
      pull: async (stop) => {
        pulls += 1;
        const stopped = new Promise<number>((end) => stop.addEventListener('abort', () => end(0)));
        return pulls === 1 ? Promise.race([come.promise.then(() => 1), stopped]) : stopped;
      },
    };
    const { sealedAt, seals } = await late(wakes, come.resolve);
    expect([sealedAt, seals]).toEqual([40, 1]);
  });
});
