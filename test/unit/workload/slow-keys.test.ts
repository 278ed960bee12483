import { describe, expect, test } from 'vitest';
import type { ReleaseKeys } from '#core/key-ports.ts';
import type { Signer } from '#core/signing/signer.ts';
import { turnClosedObject } from '#schemas/names.ts';
import { type Pipeline, START, stage } from '#test/support/stage.ts';
import { REQUEST_DEADLINE_MS } from '#workload/gather-batch.ts';
import { SLOW_LOOK_MS } from '#workload/turn.ts';

/** ms from the moment that a request is complete to its seal. */
const WITHIN = 2_000;

const asked = async (s: Pipeline, reference: string): Promise<string> => {
  const id = await s.ask({ reference });
  await s.approve(id);
  return id;
};

/** Alice's key takes so long for these. */
const slowFor = (s: Pipeline, ids: readonly string[], ms: number): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad) => {
    if (coSigner === 'alice' && ids.some((id) => aad.includes(id))) await s.clock.sleep(ms);
    return s.keys.decrypt(coSigner, ciphertext, aad);
  },
});

/** ms since the start of the test at which each seal was created, by what is in it. */
const sealTimes = async (s: Pipeline): Promise<ReadonlyMap<string, number>> => {
  const times = new Map<string, number>();
  for (const name of s.seals()) {
    const stored = await s.storage.stat(s.buckets.register, name);
    const { items } = s.storage.json(s.buckets.register, name) as { readonly items: readonly { id: string }[] };
    for (const { id } of items) times.set(id, (stored?.timeCreated ?? Number.NaN) - START);
  }
  return times;
};
const blamed = (s: Pipeline): string[] =>
  s.storage.names(s.buckets.results, 'requests/').filter((name) => name.includes('bad-share'));

describe('a slow release key holds up no request but its own (threat 33)', () => {
  test('what is complete is sealed within two seconds; the slow one follows when its key has answered', async () => {
    const s = stage();
    const slow = await asked(s, 'slow');
    const fine = [await asked(s, 'a'), await asked(s, 'b')];
    const before = s.clock.now() - START;
    await s.turn(1n, { releaseKeys: slowFor(s, [slow], 20_000) });
    const times = await sealTimes(s);
    for (const id of fine) expect((times.get(id) ?? Number.NaN) - before).toBeLessThanOrEqual(WITHIN);
    const late = (times.get(slow) ?? Number.NaN) - before;
    expect(late).toBeGreaterThanOrEqual(20_000);
    expect(late).toBeLessThanOrEqual(20_000 + 2 * WITHIN + SLOW_LOOK_MS);
    expect([blamed(s), s.log.codes('alarm')]).toEqual([[], []]);
  });

  test('what is asked while only a slow one is there is sealed within two seconds of the next look', async () => {
    const s = stage();
    const slow = await asked(s, 'slow');
    let id = '';
    let at = 0;
    const later = s.clock.sleep(30_000).then(async () => {
      id = await asked(s, 'later');
      at = s.clock.now() - START;
    });
    await s.turn(1n, { releaseKeys: slowFor(s, [slow], 60_000) });
    await later;
    const times = await sealTimes(s);
    expect((times.get(id) ?? Number.NaN) - at).toBeLessThanOrEqual(SLOW_LOOK_MS + WITHIN);
    expect(times.has(slow)).toBe(true);
  });

  test('no share of another request is open while a slow key is waited for', async () => {
    const s = stage();
    const slow = await asked(s, 'slow');
    const fine = await asked(s, 'fine');
    const { signer } = s.turnContext(1n, { releaseKeys: slowFor(s, [slow], 60_000) });
    const sessions: { readonly ids: Set<string>; endedAt: number }[] = [];
    const watched: Signer = {
      begin: () => {
        const session = signer.begin();
        const about = { ids: new Set<string>(), endedAt: Number.NaN };
        sessions.push(about);
        return {
          ...session,
          open: (one) => {
            about.ids.add(one.id);
            return session.open(one);
          },
          end: () => {
            if (Number.isNaN(about.endedAt)) about.endedAt = s.clock.now() - START;
            session.end();
          },
        };
      },
    };
    const before = s.clock.now() - START;
    await s.turn(1n, { signer: watched });
    const [first, second] = sessions.filter(({ ids }) => ids.size > 0);
    expect([[...(first?.ids ?? [])].sort(), [...(second?.ids ?? [])]]).toEqual([[slow, fine].sort(), [slow]]);
    expect((first?.endedAt ?? Number.NaN) - before).toBeLessThanOrEqual(WITHIN);
    expect(sessions.every(({ endedAt }) => !Number.isNaN(endedAt))).toBe(true);
  });

  test('a key that never answers: an alarm after its deadline, nobody is blamed, and all else goes on', async () => {
    const s = stage();
    const slow = await asked(s, 'slow');
    const fine = await asked(s, 'fine');
    s.keys.hanging.add(`keyturn/v1/${slow}/alice`);
    await s.turn(1n);
    const times = await sealTimes(s);
    expect([times.has(slow), times.has(fine)]).toEqual([false, true]);
    const late = s.log.lines.filter(({ event }) => event === 'turn.late').map(({ fields }) => fields.id);
    expect(new Set(late)).toEqual(new Set([slow]));
    expect(blamed(s)).toEqual([]);
  });

  test('two slow keys: the second group waits for the first, without blame, and both are sealed', async () => {
    const s = stage();
    const [first, second] = [await asked(s, 'first'), await asked(s, 'second')];
    const releaseKeys: ReleaseKeys = {
      decrypt: async (coSigner, ciphertext, aad) => {
        if (coSigner === 'alice' && aad.includes(first)) await s.clock.sleep(5_000);
        if (coSigner === 'alice' && aad.includes(second)) await s.clock.sleep(30_000);
        return s.keys.decrypt(coSigner, ciphertext, aad);
      },
    };
    await s.turn(1n, { releaseKeys, operations: { ...s.config.operations, idleSeconds: 120 } });
    const times = await sealTimes(s);
    expect(times.get(first)).toBeLessThan(15_000);
    expect(times.has(second)).toBe(true);
    expect([blamed(s), s.log.codes('alarm')]).toEqual([[], []]);
  });

  test('the last pass waits for it too: no later turn was launched for what was approved while this one closed', async () => {
    const s = stage();
    const slow = await s.ask({ reference: 'slow' });
    s.storage.before = { call: 'create', prefix: turnClosedObject('hot', 1n), run: () => s.approve(slow) };
    await s.turn(1n, { releaseKeys: slowFor(s, [slow], 20_000) });
    expect((await sealTimes(s)).has(slow)).toBe(true);
    expect([blamed(s), s.log.codes('alarm')]).toEqual([[], []]);
  });

  test('a key that never answers does not keep the last pass up', async () => {
    const s = stage();
    const slow = await s.ask({ reference: 'slow' });
    s.keys.hanging.add(`keyturn/v1/${slow}/alice`);
    let closed = 0;
    const run = async () => {
      await s.approve(slow);
      closed = s.clock.now();
    };
    s.storage.before = { call: 'create', prefix: turnClosedObject('hot', 1n), run };
    await s.turn(1n);
    expect((await sealTimes(s)).has(slow)).toBe(false);
    expect(s.clock.now() - closed).toBeLessThan(2 * (REQUEST_DEADLINE_MS + WITHIN + SLOW_LOOK_MS));
  });
});
