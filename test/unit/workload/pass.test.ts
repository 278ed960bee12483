import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject, turnClosedObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** What one pass of a turn reads: the facts of marks that may have work for it, up to a bound (threat 57). */
const ROOM = { maxOpenPerWallet: 2000 };
const idOf = (n: number): string => n.toString(16).padStart(64, '0');
const asked = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};
const isSubmitted = (s: Pipeline, id: string): boolean => s.fact(id, 'submitted') !== undefined;
const callsOf = (s: Pipeline, start: string): string[] => s.storage.calls.filter((call) => call.startsWith(start));
const factCalls = (s: Pipeline): string[] => s.storage.calls.filter((call) => call.includes(' lab-results/requests/'));
const lies = (s: Pipeline, count: number, stageName: string): void => {
  for (let n = 0; n < count; n++)
    s.storage.put(s.buckets.work, openObject('hot', idOf(n)), new Uint8Array(), { metadata: { stage: stageName } });
};

describe('threat 57: given 1,000 open marks of one publisher', () => {
  test.each(['received', 'accepted', 'submitted', 'decided'])(
    'which say %s: no pass reads their facts, and what is approved is sealed at once',
    async (said) => {
      const s = stage({ limits: ROOM });
      lies(s, 1000, said);
      const id = await asked(s);
      s.storage.calls.length = 0;
      await s.turn();
      expect(isSubmitted(s, id)).toBe(true);
      expect(factCalls(s).filter((call) => !call.includes(id))).toEqual([]);
    },
  );

  test('which say approved and are not: each is read once in a turn, and the youngest, which is, is sealed in it', async () => {
    const s = stage({ limits: ROOM, operations: { idleSeconds: 30 } });
    lies(s, 1000, 'approved');
    const id = await asked(s);
    s.storage.calls.length = 0;
    await s.turn();
    expect(isSubmitted(s, id)).toBe(true);
    expect(factCalls(s).filter((call) => !call.includes(id))).toHaveLength(1000);
  });

  test('then between two listings no more than a bound is read', async () => {
    const s = stage();
    lies(s, 1000, 'approved');
    s.storage.calls.length = 0;
    await s.turn();
    let most = 0;
    let run = 0;
    for (const call of s.storage.calls) {
      run = call.startsWith('list lab-work/open/') ? 0 : run + Number(call.includes(' lab-results/requests/'));
      most = Math.max(most, run);
    }
    expect(most).toBeGreaterThan(0);
    // Two lanes may read at the same time.
    expect(most).toBeLessThanOrEqual(80);
  });
});

describe('given a request that can only wait', () => {
  test('then a turn that idles for half a minute does not read it again and again', async () => {
    const s = stage({ operations: { idleSeconds: 30 } });
    s.chain().funds = 0n;
    const id = await asked(s);
    s.storage.calls.length = 0;
    await s.turn();
    expect(isSubmitted(s, id)).toBe(false);
    // It rests after each try, for 1, 2, 4, … seconds; what does not rest is read again only after something was done about it.
    expect(factCalls(s).length).toBeLessThanOrEqual(6 * 3);
  });

  test('by its nonce, then it is sealed in the same turn once that comes', async () => {
    const s = stage({ operations: { idleSeconds: 5 } });
    const ahead = await asked(s, { reference: 'ahead', nonce: '1' });
    const first = await asked(s, { reference: 'first' });
    await s.turn();
    expect([ahead, first].map((id) => isSubmitted(s, id))).toEqual([true, true]);
  });
});

describe('the lanes of a turn', () => {
  test('share their listings: one a second, however many chains there are', async () => {
    const s = stage({ operations: { idleSeconds: 30 } });
    s.storage.calls.length = 0;
    await s.turn();
    expect(callsOf(s, 'list lab-work/open/').length).toBeLessThanOrEqual(33);
    expect(callsOf(s, 'get lab-work/paused')).toEqual([]);
  });

  test('each get their own', async () => {
    const s = stage();
    const one = await asked(s, { reference: 'one' });
    const other = await asked(s, { reference: 'other', chainId: '31338' });
    await s.turn();
    expect([one, other].map((id) => isSubmitted(s, id))).toEqual([true, true]);
  });
});

describe('marks are hints', () => {
  test('one that was read too early is read again when it is patched: also in the last pass, after the turn closed', async () => {
    const s = stage({ operations: { idleSeconds: 2 } });
    const id = await s.ask();
    // Says approved before it is: a function that is ahead of itself.
    await s.storage.setMetadata(s.buckets.work, openObject('hot', id), { stage: 'approved' });
    s.storage.before = { call: 'create', prefix: turnClosedObject('hot', 1n), run: () => s.approve(id) };
    await s.turn();
    expect(isSubmitted(s, id)).toBe(true);
  });

  test('one whose facts cannot be read now keeps nobody waiting, and comes again', async () => {
    const s = stage({ operations: { idleSeconds: 5 } });
    const sick = await asked(s, { reference: 'sick' });
    const sound = await asked(s, { reference: 'sound' });
    let failures = 3;
    s.storage.fault = (call, _, name) =>
      call === 'list' && name.includes(sick) && failures-- > 0
        ? new KeyturnError('UNAVAILABLE', 'for a test')
        : undefined;
    await s.turn();
    expect([sick, sound].map((id) => isSubmitted(s, id))).toEqual([true, true]);
  });

  test('whose facts never can be read does not keep the machine up', async () => {
    const s = stage({ operations: { idleSeconds: 5 } });
    const sick = await asked(s, { reference: 'sick' });
    s.storage.fault = (call, _, name) =>
      call === 'list' && name.includes(sick) ? new KeyturnError('UNAVAILABLE', 'for a test') : undefined;
    const before = s.clock.now();
    await s.turn();
    expect(s.clock.now() - before).toBeLessThan(20_000);
  });

  test('a mark that could not be patched after the bytes went out: nothing is sent twice, and the turn ends', async () => {
    const s = stage({ operations: { idleSeconds: 5 } });
    const id = await asked(s);
    s.storage.fault = (call) => (call === 'patch' ? new KeyturnError('PERMISSION_DENIED', 'for a test') : undefined);
    const before = s.clock.now();
    await s.turn();
    expect(isSubmitted(s, id)).toBe(true);
    expect(new Set(s.chain().sends).size).toBe(1);
    expect(s.clock.now() - before).toBeLessThan(20_000);
  });
});

// More than one pass holds: on a busy machine the signing alone takes half a minute.
const MANY = { timeout: 120_000 };
test('the last pass works off all that was approved while the turn closed, not one seal of it', MANY, async () => {
  const s = stage();
  const ids: string[] = [];
  s.storage.before = {
    call: 'create',
    prefix: 'turns/',
    run: async () => {
      for (let n = 0; n < 45; n++) ids.push(await asked(s, { reference: `late-${n}`, value: '1' }));
    },
  };
  await s.turn();
  expect(ids).toHaveLength(45);
  expect(ids.filter((id) => isSubmitted(s, id))).toHaveLength(45);
});
