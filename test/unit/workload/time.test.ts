import { afterEach, describe, expect, test, vi } from 'vitest';
import { monotonicClock, realClock } from '#adapters/clock.ts';
import type { Attestation, Clock } from '#core/ports.ts';
import { thrownBy } from '#test/support/code.ts';
import { MemoryLog } from '#test/support/ports.ts';
import { issuedAt, MAX_SKEW_MS, trustedClock } from '#workload/trusted-time.ts';

const START = Date.parse('2027-01-01T00:00:00Z');
const part = (claims: unknown): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
const tokenOf = (claims: unknown): string => ['e30', part(claims), 'c2ln'].join('.');

/** A machine whose clock stands still but for the round trips (ms each, the last for ever), and a service that is `ahead` (ms). */
const timeFixture = ({ ahead = 0, trips = [0] }: { ahead?: number; trips?: readonly number[] }) => {
  let now = START;
  const asked: { audience: string; nonce: string; type: string }[] = [];
  const slept: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
  const attestation: Attestation = {
    token: async (asking) => {
      asked.push(asking);
      now += trips[asked.length - 1] ?? trips.at(-1) ?? 0;
      return tokenOf({ iat: (now + ahead) / 1000 });
    },
  };
  const log = new MemoryLog();
  return { clock, attestation, log, asked, slept, advance: (ms: number) => (now += ms), now: () => now };
};
type TimeFixture = ReturnType<typeof timeFixture>;
const trusted = ({ attestation, clock, log }: TimeFixture): Promise<Clock> => trustedClock(attestation, clock, log);

describe('a clock that is never behind the attestation service', () => {
  test.each<[string, number, number]>([
    ['the service is a minute ahead: the shift makes up for it', 60_000, 60_000],
    ['the very limit ahead', MAX_SKEW_MS, MAX_SKEW_MS],
    ['both agree', 0, 0],
    ['the service is a minute behind: the shift is never negative', -60_000, 0],
    ['the very limit behind', -MAX_SKEW_MS, 0],
  ])('%s', async (_, ahead, shift) => {
    const w = timeFixture({ ahead });
    const clock = await trusted(w);
    expect(clock.now() - w.now()).toBe(shift);
    expect(w.log.lines).toEqual([{ level: 'info', event: 'turn.time', fields: { shiftMs: shift } }]);
  });

  test.each([
    ['ahead', MAX_SKEW_MS + 1000, /is 121 s ahead of this machine/],
    ['behind', -MAX_SKEW_MS - 1000, /is -121 s ahead of this machine/],
  ])('more than two minutes %s: CLOCK_SKEW, at once', async (_, ahead, words) => {
    const w = timeFixture({ ahead });
    await expect(trusted(w)).rejects.toMatchObject({ code: 'CLOCK_SKEW', message: expect.stringMatching(words) });
    expect(w.asked).toHaveLength(1);
  });

  test('a slow round trip says nothing, and is made again, with a nonce of its own', async () => {
    const w = timeFixture({ ahead: 5000, trips: [30_001, 30_001, 30_000] });
    const clock = await trusted(w);
    expect(clock.now() - w.now()).toBe(5000);
    expect(w.asked).toHaveLength(3);
    expect(w.asked.every(({ audience, type }) => audience === 'keyturn/v1/time' && type === 'OIDC')).toBe(true);
    expect(new Set(w.asked.map(({ nonce }) => nonce)).size).toBe(3);
    for (const { nonce } of w.asked) expect(nonce).toMatch(/^[0-9a-f]{64}$/);
  });

  test('one that stays slow: CLOCK_SKEW after three', async () => {
    const w = timeFixture({ trips: [30_001] });
    await expect(trusted(w)).rejects.toMatchObject({ code: 'CLOCK_SKEW', message: expect.stringMatching(/too long/) });
    expect(w.asked).toHaveLength(3);
  });

  test('a token issued while its round trip lasts is no skew: the shift is counted from its end', async () => {
    const w = timeFixture({ ahead: -20_000, trips: [25_000] });
    expect((await trusted(w)).now()).toBe(START + 25_000);
  });

  test('it goes on with the machine, and sleeps as the machine does', async () => {
    const w = timeFixture({ ahead: 7000 });
    const clock = await trusted(w);
    w.advance(3000);
    expect(clock.now()).toBe(START + 10_000);
    await clock.sleep(250);
    expect(w.slept).toEqual([250]);
  });
});

describe('iat', () => {
  test('in seconds, here in ms', () => {
    expect(issuedAt(tokenOf({ iat: 1_700_000_000 }))).toBe(1_700_000_000_000);
  });

  test.each<[string, string]>([
    ['missing', tokenOf({ exp: 1 })],
    ['a text', tokenOf({ iat: '1700000000' })],
    ['null', tokenOf({ iat: null })],
    ['infinite', ['e30', Buffer.from('{"iat":1e999}').toString('base64url'), 'c2ln'].join('.')],
    ['in claims that are a list', tokenOf([1_700_000_000])],
    ['in claims that are null', tokenOf(null)],
    ['in claims that are no JSON', ['e30', 'bm90IGpzb24', 'c2ln'].join('.')],
    ['in a token of one part', 'token'],
    ['in no token at all', ''],
  ])('%s: CLOCK_SKEW, without a word of the token', (_, token) => {
    const error = thrownBy(() => issuedAt(token));
    expect([error.code, error.message, error.cause]).toEqual([
      'CLOCK_SKEW',
      'the attestation token has no iat',
      undefined,
    ]);
  });
});

describe('monotonicClock', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("counts on from the start by what has passed: a step of the machine's clock moves nothing", () => {
    const wall = vi.spyOn(Date, 'now').mockReturnValue(START);
    const passed = vi.spyOn(performance, 'now').mockReturnValue(5000);
    const clock = monotonicClock();
    expect(clock.now()).toBe(START);
    passed.mockReturnValue(6500);
    for (const step of [-86_400_000, 0, 86_400_000]) {
      wall.mockReturnValue(START + step);
      expect(clock.now()).toBe(START + 1500);
    }
  });

  test('gives whole ms: times in texts and names have no fractions', () => {
    vi.spyOn(Date, 'now').mockReturnValue(START);
    const passed = vi.spyOn(performance, 'now').mockReturnValue(0.25);
    const clock = monotonicClock();
    passed.mockReturnValue(10.75);
    expect(clock.now()).toBe(START + 11);
  });

  test.each([
    ['it', monotonicClock()],
    ['realClock', realClock],
  ])('%s tells the time, and its sleep ends with its signal, before or meanwhile', async (_, clock) => {
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
    await clock.sleep(3_600_000, AbortSignal.abort());
    const stop = new AbortController();
    const asleep = clock.sleep(3_600_000, stop.signal);
    stop.abort();
    await asleep;
    await clock.sleep(1);
  });
});
