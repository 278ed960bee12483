import { describe, expect, test } from 'vitest';
import type { ListedEntry, RegisterView } from '#core/register/rules.ts';
import { type Outlay, overfilled, overfilledBy } from '#core/register/windows.ts';
import { requestOf } from '#test/support/law.ts';
import { PLAIN } from '#test/support/receipt.ts';

const SECOND = 1000;
const windows = [{ name: 'an-hour', seconds: 3600, maxWei: '100' }];
const chain = { chainId: '31337', tokens: [] };
const outlay = (key: string, wei: bigint, seconds: number): Outlay => ({
  key,
  wei,
  units: new Map(),
  at: seconds * SECOND,
});

describe('a window of 100 wei an hour', () => {
  test.each([
    { what: 'nothing before', others: [], cost: 100n, full: false },
    { what: 'one wei too many by itself', others: [], cost: 101n, full: true },
    { what: 'exactly the rest', others: [outlay('0', 40n, 7_000)], cost: 60n, full: false },
    { what: 'one wei more than the rest', others: [outlay('0', 40n, 7_000)], cost: 61n, full: true },
    { what: 'what is exactly an hour old is out', others: [outlay('0', 40n, 6_400)], cost: 100n, full: false },
    { what: 'a millisecond younger is in', others: [{ ...outlay('0', 40n, 0), at: 6_400_001 }], cost: 61n, full: true },
    { what: 'what is dated later counts too', others: [outlay('0', 40n, 20_000)], cost: 61n, full: true },
    {
      what: 'at one nonce only the dearest counts',
      others: [outlay('0', 40n, 9_000), outlay('0', 30n, 9_500)],
      cost: 60n,
      full: false,
    },
    {
      what: 'a replacement counts only beyond what it replaces',
      others: [outlay('7', 90n, 9_000)],
      cost: 95n,
      full: false,
      key: '7',
    },
    {
      what: 'and is refused where it alone is too dear',
      others: [outlay('7', 90n, 9_000)],
      cost: 101n,
      full: true,
      key: '7',
    },
  ])('$what', ({ others, cost, full, key = 'own' }) => {
    expect(overfilled(outlay(key, cost, 10_000), others, { windows, chain })?.name).toBe(full ? 'an-hour' : undefined);
  });

  test('what adds nothing passes, however full a window is since the law became stricter', () => {
    const before = [outlay('7', 500n, 9_000)];
    expect(overfilled(outlay('7', 3n, 10_000), before, { windows, chain })).toBeUndefined();
    expect(overfilled(outlay('8', 3n, 10_000), before, { windows, chain })?.name).toBe('an-hour');
  });

  test('the first of several windows that is full is named', () => {
    const day = { name: 'a-day', seconds: 86_400, maxWei: '50' };
    const others = [outlay('0', 45n, 0)];
    expect(overfilled(outlay('own', 10n, 10_000), others, { windows: [...windows, day], chain })?.name).toBe('a-day');
  });
});

describe('the second read', () => {
  const request = requestOf({ value: '60', gasLimit: '21000', maxFeePerGas: '0', maxPriorityFeePerGas: '0' });
  const item = (id: string, nonce: bigint) => ({ id, nonce, request, rungs: [], approvals: [], rule: 'any', ...PLAIN });
  const seal = (seq: bigint, seconds: number, ...items: ReturnType<typeof item>[]): ListedEntry => ({
    name: `seals/${seq}`,
    generation: '1',
    seq,
    timeCreated: seconds * SECOND,
    early: true,
    entry: {
      kind: 'seal',
      seq,
      lawHash: '',
      checkpoint: null,
      items,
      evidence: '',
      rawHash: `${seq} ${items.map(({ id }) => id).join()}`,
    },
  });
  const by = (own: ListedEntry, which: number, ...others: ListedEntry[]) => byLaw('', own, which, ...others);
  const byLaw = (lawHash: string, own: ListedEntry, which: number, ...others: ListedEntry[]) => {
    const view: RegisterView = { entries: [own, ...others], taken: new Set(), at: 0, since: 0 };
    const items = own.entry.kind === 'seal' ? own.entry.items : [];
    const judged = items[which];
    return judged === undefined ? 'no item' : overfilledBy(judged, own, view, { windows, chain, lawHash })?.name;
  };

  test('of two seals that do not fit together, the lower one is released and the upper one is not', () => {
    const [lower, upper] = [seal(4n, 100, item('a', 0n)), seal(5n, 101, item('b', 1n))];
    expect(by(lower, 0, upper)).toBeUndefined();
    expect(by(upper, 0, lower)).toBe('an-hour');
  });

  test('one that was made earlier counts at whatever place it stands', () => {
    expect(by(seal(4n, 100, item('a', 0n)), 0, seal(5n, 99, item('b', 1n)))).toBe('an-hour');
  });

  test('within one entry, the items before count and those after do not', () => {
    const both = seal(4n, 100, item('a', 0n), item('b', 1n));
    expect([by(both, 0), by(both, 1)]).toEqual([undefined, 'an-hour']);
  });

  test('a seal of another law is not undone by this one', () => {
    const [lower, upper] = [seal(4n, 100, item('a', 0n)), seal(5n, 101, item('b', 1n))];
    expect(byLaw('other', upper, 0, lower)).toBeUndefined();
  });

  test('what stood at its name before somebody archived it counts', () => {
    const [archived, live] = [seal(4n, 100, item('a', 0n)), seal(4n, 101, item('b', 1n))];
    expect(by(live, 0, archived)).toBe('an-hour');
  });

  test('an older seal of the same request, which was kept in, makes no room for it', () => {
    const [released, keptIn, again] = [
      seal(4n, 100, item('a', 0n)),
      seal(5n, 101, item('b', 1n)),
      seal(6n, 102, item('b', 1n), item('c', 2n)),
    ];
    expect(by(again, 0, released, keptIn)).toBe('an-hour');
  });

  test('another generation of its own entry is itself', () => {
    const own = seal(4n, 100, item('a', 0n));
    expect(by(own, 0, { ...own, generation: '0', timeCreated: 1 })).toBeUndefined();
  });
});
