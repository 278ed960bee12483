import { describe, expect, test } from 'vitest';
import type { SealItem } from '#core/register/entry.ts';
import { leastToReplace, replacementProblem } from '#core/register/replacement.ts';
import type { RegisterView } from '#core/register/rules.ts';
import { requestOf } from '#test/support/law.ts';
import { PLAIN } from '#test/support/receipt.ts';

const TARGET = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const ID = 'c'.repeat(64);
const GWEI = 10n ** 9n;

const item = (id: string, nonce: bigint, over: object = {}): SealItem => ({
  id,
  nonce,
  request: requestOf({ maxFeePerGas: `${30n * GWEI}`, maxPriorityFeePerGas: `${2n * GWEI}`, ...over }),
  rungs: [],
  approvals: [],
  rule: 'any',
  ...PLAIN,
});

const viewOf = (...items: readonly SealItem[]): RegisterView => ({
  entries: items.map((one, n) => ({
    name: `${n}`,
    generation: '1',
    seq: BigInt(n),
    timeCreated: 0,
    early: true,
    entry: { kind: 'seal', seq: BigInt(n), lawHash: '', checkpoint: null, items: [one], evidence: '', rawHash: '' },
  })),
  taken: new Set(),
  at: 0,
  since: 0,
});

const problemOf = (id: string, request: ReturnType<typeof requestOf>, view: RegisterView, out = [TARGET, OTHER, ID]) =>
  replacementProblem(id, request, view, new Set(out));

describe('what a pool takes in place of another (11/10 in both fees, and more)', () => {
  test.each([
    [100n, 10n, 110n, 11n],
    [101n, 11n, 112n, 13n],
    [1n, 0n, 2n, 1n],
    [0n, 0n, 1n, 1n],
    [5n, 5n, 6n, 6n],
    [10n ** 30n, 9n, 11n * 10n ** 29n, 10n],
  ])('of %d and %d wei: %d and %d', (maxFeePerGas, maxPriorityFeePerGas, fee, tip) => {
    expect(leastToReplace({ maxFeePerGas, maxPriorityFeePerGas })).toEqual({
      maxFeePerGas: fee,
      maxPriorityFeePerGas: tip,
    });
  });
});

describe('a replacement that can never take its target’s place', () => {
  const replaces = (maxFee: bigint, tip: bigint, over: object = {}) =>
    requestOf({
      nonce: '7',
      replaces: TARGET,
      maxFeePerGas: `${maxFee}`,
      maxPriorityFeePerGas: `${tip}`,
      ...over,
    });
  const target = viewOf(item(TARGET, 7n));

  test.each<[string, bigint, bigint, boolean]>([
    ['the same ceilings', 30n * GWEI, 2n * GWEI, false],
    ['a fee one wei short', 33n * GWEI - 1n, 3n * GWEI, false],
    ['a tip one wei short', 40n * GWEI, (22n * GWEI) / 10n - 1n, false],
    ['a tenth more in both', 33n * GWEI, (22n * GWEI) / 10n, true],
    ['more than half as much again', 46n * GWEI, 4n * GWEI, true],
  ])('%s', (_what, fee, tip, isFine) => {
    const problem = problemOf(ID, replaces(fee, tip), target);
    expect(problem === undefined).toBe(isFine);
    if (!isFine) expect(problem).toContain(`${33n * GWEI}`);
  });

  test('a gas price stands in both fees', () => {
    const legacy = { type: '0', maxFeePerGas: `${33n * GWEI}`, maxPriorityFeePerGas: '' };
    expect(problemOf(ID, replaces(0n, 0n, legacy), target)).toBeUndefined();
  });

  test('everything sealed at that nonce is in the way, also an earlier replacement; other nonces, and its own seal, are not', () => {
    const dear = { maxFeePerGas: `${90n * GWEI}`, maxPriorityFeePerGas: `${6n * GWEI}` };
    const request = replaces(46n * GWEI, 4n * GWEI);
    expect(problemOf(ID, request, viewOf(item(TARGET, 7n), item(OTHER, 7n, dear)))).toContain(OTHER);
    expect(problemOf(ID, request, viewOf(item(TARGET, 7n), item(OTHER, 8n, dear)))).toBeUndefined();
    expect(problemOf(ID, request, viewOf(item(TARGET, 7n), item(ID, 7n, dear)))).toBeUndefined();
  });

  describe('whose rung is the very transaction of another (one mined, two booked)', () => {
    const half = [45n * GWEI, 3n * GWEI] as const;
    test.each<[string, bigint, bigint, object, boolean]>([
      // Its second rung from above is its target's ceiling.
      ['the same, with half as much again in both fees', ...half, {}, false],
      ['the same, a thousand wei higher', half[0] + 1000n, half[1], {}, true],
      ['the same, in the tip', half[0], half[1] + 1000n, {}, true],
      ['another value', ...half, { value: '2' }, true],
      ['other gas', ...half, { gasLimit: '30000' }, true],
      ['another memo and reference, which no chain sees', ...half, { memo: 'x', reference: 'other' }, false],
    ])('%s', (_what, fee, tip, over, isFine) => {
      const problem = problemOf(ID, replaces(fee, tip, over), target);
      expect(problem === undefined).toBe(isFine);
      if (!isFine) expect(problem).toContain(`the very transaction of ${TARGET}`);
    });

    test('two replacements of one request, alike but for their references: the second is never sealed', () => {
      const first = { nonce: '7', replaces: TARGET, to: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' };
      const fees = { maxFeePerGas: `${46n * GWEI}`, maxPriorityFeePerGas: `${4n * GWEI}` };
      const view = viewOf(item(TARGET, 7n), item(OTHER, 7n, { ...first, ...fees }));
      const second = requestOf({ ...first, ...fees, reference: 'again' });
      expect(problemOf(ID, second, view)).toContain(OTHER);
    });
  });

  test('what never came out need not be outbid, yet must not be signed twice', () => {
    const equal = replaces(30n * GWEI, 2n * GWEI, { value: '2' });
    expect(problemOf(ID, equal, target)).toBeDefined();
    expect(problemOf(ID, equal, target, [])).toBeUndefined();
    expect(problemOf(ID, replaces(30n * GWEI, 2n * GWEI), target, [])).toContain('the very transaction');
  });

  test('what replaces no request is not judged', () => {
    const plain = requestOf({ nonce: '7', maxFeePerGas: '1', maxPriorityFeePerGas: '1' });
    expect(problemOf(ID, plain, target)).toBeUndefined();
    expect(problemOf(ID, replaces(1n, 1n, { replaces: 'foreign' }), target)).toBeUndefined();
  });
});
