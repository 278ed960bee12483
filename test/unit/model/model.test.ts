import { describe, expect, test } from 'vitest';
import { type JOBS, MUTANTS } from '#test/model/jobs.ts';
import { PROTOCOL } from '#test/model/protocol.ts';
import { report, surpriseIn } from '#test/model/report.ts';
import { type Scenario, scenario } from '#test/model/scenarios.ts';
import { search } from '#test/model/search.ts';
import { decode, encode, startOf } from '#test/model/state.ts';

/** The short version of `npm run model`: small scenarios to their last state, and each mutant up to what it breaks first. */
const SMALL: Readonly<Record<string, Scenario>> = {
  'one reference, archiving, a close': scenario(['R1', 'R2'], { archives: 1, closes: 1, names: 3, gens: 2 }),
  'junk as well': scenario(['R1', 'R3'], { archives: 1, closes: 1, junk: 1, names: 3, gens: 2 }),
  'a replacement': scenario(['R1', 'R4'], { archives: 1, closes: 1, names: 3, gens: 2 }),
  'lapsed retention': scenario(['R1', 'R0'], {
    archives: 1,
    closes: 1,
    deletes: 1,
    time: true,
    start: 'R0',
    names: 3,
    gens: 2,
  }),
  'three requests': scenario(['R1', 'R2', 'R3'], { closes: 1, names: 3, gens: 2 }),
  'listings in pages': scenario(['R1', 'R2'], { pages: true, archives: 1, names: 3, gens: 2 }),
  'seals of two requests': scenario(['R1', 'R3'], { batches: true, archives: 1, closes: 1, names: 3, gens: 2 }),
  checkpoints: scenario(['R1', 'R2'], { checkpoints: true, archives: 1, closes: 1, names: 3, gens: 2 }),
  'checkpoints under two laws': scenario(['R3', 'R6'], { checkpoints: true, window: true, junk: 1, names: 3, gens: 2 }),
  'copied seals': scenario(['R1', 'R2'], { copies: 1, archives: 1, names: 3, gens: 2 }),
};
/** Breaks something only beyond what a test has time for: `npm run model` runs it. */
const SLOW = 'mutant: second read asks for the nonce and closes only [replacement]';

describe('the register', () => {
  test.each(Object.entries(SMALL))('keeps every promise, whatever the order of steps: %s', (_, where) => {
    const { broken, complete, reached } = search({ protocol: PROTOCOL, scenario: where, maxStates: 100_000 });
    expect([...broken.values()]).toEqual([]);
    expect(complete).toBe(true);
    // Against vacuity: each of these requests is released somewhere.
    for (const id of where.ids.filter((each) => each !== 'R0')) expect(reached).toContain(`${id}@`);
  });

  test.each(MUTANTS.filter(({ name }) => name !== SLOW))('$name breaks what it should', (job) => {
    const until = job.expected.kind === 'breaks' ? job.expected.invariants.slice(0, 1) : [];
    const { broken } = search({ ...job, maxStates: 100_000, until });
    expect([...broken.keys()]).toEqual(expect.arrayContaining(until));
    expect(until).toHaveLength(1);
  });

  test('the slow one is among the jobs', () => {
    expect(MUTANTS.map(({ name }) => name)).toContain(SLOW);
  });
});

test('a counterexample is a shortest way, step by step', () => {
  const job = MUTANTS.find(({ name }) => name.includes('close outside the register'));
  const found = job && search({ ...job, maxStates: 10_000, until: ['I3'] }).broken.get('I3');
  expect(found).toEqual({
    how: 'R1 was announced as closed, and its bytes are released',
    trace: [
      'turn A reads the log, plans seal{R1@0} at seq 0',
      'reconcile reads the log (R1 is not sealed), creates close{R1} elsewhere, and announces it; from here a reader believes the close of R1',
      'turn A creates seal{R1@0} at seq 0 (generation 1)',
      'turn B finds seal{R1@0} at seq 0 (generation 1) unreleased, reads again: it may be released',
      'turn B releases the bytes of R1@0',
    ],
  });
});

test('a state is read back as it was written', () => {
  const start = startOf(scenario(['R1', 'R0'], { start: 'R0', names: 3 }));
  const checkpoint = { place: 2, counts: [1, 3], law: 1 };
  const state = { ...start, released: 37, believed: 1, outside: 2, late: 1, hour: 1, checkpoint };
  expect(decode(encode(state), scenario(['R1', 'R0'], { names: 3 }))).toEqual(state);
});

describe('the verdict on a job', () => {
  const small = { protocol: PROTOCOL, scenario: scenario(['R1'], { names: 2 }), maxStates: 1000 };
  const found = search(small);
  const broken = { ...found, broken: new Map([['I3' as const, { how: 'how', trace: ['first', 'second'] }]]) };
  const job = (expected: (typeof JOBS)[number]['expected']) => ({ name: 'job', ...small, expected });

  test.each([
    [{ kind: 'holds' } as const, undefined, 'breaks I3'],
    [{ kind: 'shows' } as const, undefined, undefined],
    [{ kind: 'breaks', invariants: [] } as const, 'breaks nothing', undefined],
    [{ kind: 'breaks', invariants: ['I1'] } as const, 'breaks nothing', 'does not break I1'],
  ])('%j', (expected, where, there) => {
    expect(surpriseIn(job(expected), found)).toBe(where);
    expect(surpriseIn(job(expected), broken)).toBe(there);
  });

  test('of a mutant that was cut short by who asked for it, none', () => {
    const cut = { ...found, complete: false };
    expect(surpriseIn(job({ kind: 'breaks', invariants: ['I1'] }), cut)).toBeUndefined();
    expect(surpriseIn({ ...job({ kind: 'breaks', invariants: ['I1'] }), maxStates: 1 }, cut)).toBe(
      'breaks nothing as far as searched',
    );
  });

  test('is told with its shortest trace', () => {
    const text = report(job({ kind: 'holds' }), broken);
    expect(text.split('\n')[0]).toBe('job: BROKEN I3');
    expect(text).toContain('    I3: how\n      1. first\n      2. second');
  });
});
