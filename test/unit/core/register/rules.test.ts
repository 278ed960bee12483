import { describe, expect, test } from 'vitest';
import type { Limits } from '#core/register/limits.ts';
import { planBatch } from '#core/register/plan.ts';
import {
  closeBelieved,
  conflictWith,
  judgeNonce,
  type ListedEntry,
  mayRelease,
  nextNonce,
  nextSeq,
  type RegisterView,
  readSince,
} from '#core/register/rules.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { requestOf } from '#test/support/law.ts';
import { PLAIN } from '#test/support/receipt.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T = Date.parse('2027-01-02T00:00:00Z');
const limits: Limits = { maxValidity: DAY, slack: 2 * HOUR, retention: 9 * DAY };
const id = (n: number): string => n.toString(16).padStart(64, '0');
const [R1, R2, R3, R4, R5] = [1, 2, 3, 4, 5].map(id) as [string, string, string, string, string];

const request = (n: number, fields: Record<string, unknown> = {}): TransactionRequest =>
  requestOf({ reference: `ref-${n}`, ...fields });
type SealedTuple = readonly [id: string, nonce: bigint, request: TransactionRequest];

const sealed = (seq: bigint, items: readonly SealedTuple[], timeCreated = T): ListedEntry => ({
  name: `s${seq}`,
  generation: '1',
  seq,
  timeCreated,
  early: true,
  entry: {
    kind: 'seal',
    seq,
    lawHash: '',
    checkpoint: null,
    evidence: '',
    rawHash: `h${seq}`,
    items: items.map(([one, nonce, asked]) => ({
      id: one,
      nonce,
      request: asked,
      rungs: [],
      approvals: [],
      rule: '',
      ...PLAIN,
    })),
  },
});
const closed = (seq: bigint, one: string, timeCreated = T, early = true): ListedEntry => ({
  name: `s${seq}`,
  generation: '1',
  seq,
  timeCreated,
  early,
  entry: { kind: 'close', rawHash: `h${seq}`, items: [{ id: one, code: 'REJECTED', reason: 'no' }] },
});
const viewOf = (entries: readonly ListedEntry[], over: Partial<RegisterView> = {}): RegisterView => ({
  entries,
  taken: new Set(entries.map(({ seq }) => seq)),
  at: T,
  since: T - DAY - 2 * HOUR,
  ...over,
});

describe('which entries conflict, place and order aside', () => {
  const replacing = request(4, { nonce: '0', replaces: R1 });
  test.each<[string, SealedTuple, readonly ListedEntry[], string | undefined]>([
    ['nothing', [R1, 0n, request(1)], [], undefined],
    ['itself at its nonce', [R1, 0n, request(1)], [sealed(0n, [[R1, 0n, request(1)]])], undefined],
    ['itself at another nonce', [R1, 0n, request(1)], [sealed(3n, [[R1, 1n, request(1)]])], 'id'],
    ['another id of its reference', [R1, 0n, request(1)], [sealed(0n, [[R2, 1n, request(1)]])], 'reference'],
    ['another id of its nonce', [R1, 0n, request(1)], [sealed(9n, [[R2, 0n, request(2)]])], 'nonce'],
    ['a close of it, above a gap', [R1, 0n, request(1)], [closed(700n, R1)], 'close'],
    ['a close of another', [R1, 0n, request(1)], [closed(0n, R2)], undefined],
    ['what it replaces, at its nonce', [R4, 0n, replacing], [sealed(0n, [[R1, 0n, request(1)]])], undefined],
    ['what it replaces, elsewhere', [R4, 0n, replacing], [sealed(0n, [[R1, 1n, request(1)]])], 'id'],
    [
      'a replacement of what it replaces too, under one reference',
      [R5, 0n, request(1, { nonce: '0', replaces: R4 })],
      [sealed(0n, [[R1, 0n, request(1)]]), sealed(1n, [[R4, 0n, request(1, { nonce: '0', replaces: R1 })]])],
      undefined,
    ],
  ])('%s: %4$s', (_, [one, nonce, asked], entries, by) => {
    expect(conflictWith({ id: one, nonce, request: asked }, viewOf(entries))?.by).toBe(by);
  });
});

describe('which nonce', () => {
  const log = viewOf([sealed(0n, [[R1, 7n, request(1)]]), sealed(1n, [[R2, 8n, request(2)]])]);
  test.each<[string, Record<string, unknown>, object]>([
    ['none given', {}, { kind: 'seal', nonce: 9n }],
    ['the next', { nonce: '9' }, { kind: 'seal', nonce: 9n }],
    ['above', { nonce: '10' }, { kind: 'wait', code: 'NONCE_AHEAD' }],
    ['below', { nonce: '8' }, { kind: 'close', code: 'NONCE_TAKEN' }],
    ['foreign above', { nonce: '12', replaces: 'foreign' }, { kind: 'seal', nonce: 12n }],
    ['foreign below', { nonce: '8', replaces: 'foreign' }, { kind: 'close', code: 'NONCE_TAKEN' }],
    ['replaces, right nonce', { nonce: '7', replaces: R1 }, { kind: 'seal', nonce: 7n }],
    ['replaces, wrong nonce', { nonce: '8', replaces: R1 }, { kind: 'close', code: 'REPLACES_UNKNOWN' }],
    ['replaces what is not sealed', { nonce: '7', replaces: R3 }, { kind: 'close', code: 'REPLACES_UNKNOWN' }],
    ['a used reference', { reference: 'ref-2' }, { kind: 'close', code: 'REFERENCE_USED' }],
  ])('%s', (_, fields, verdict) => {
    expect(judgeNonce(R4, request(4, fields), log, 0n)).toMatchObject(verdict);
  });

  test('an id that is sealed at two nonces cannot be replaced', () => {
    const torn = viewOf([sealed(0n, [[R1, 7n, request(1)]]), sealed(1n, [[R1, 8n, request(1)]])]);
    expect(judgeNonce(R4, request(4, { nonce: '7', replaces: R1 }), torn, 0n)).toMatchObject({
      code: 'REPLACES_UNKNOWN',
    });
  });

  test('threat 10: the highest sealed nonce counts, not that of the newest seal; first comes startNonce', () => {
    const after = viewOf([...log.entries, sealed(2n, [[R4, 7n, request(4, { nonce: '7', replaces: R1 })]])]);
    expect([nextNonce(after, 0n), nextNonce(viewOf([]), 42n)]).toEqual([9n, 42n]);
  });

  test('the place is the first above the newest seal that never had a generation; closes hold only their own name', () => {
    expect(nextSeq(viewOf([closed(5n, R1)]))).toBe(0n);
    expect(nextSeq(viewOf([sealed(0n, []), closed(1n, R1)], { taken: new Set([0n, 1n, 2n]) }))).toBe(3n);
  });

  test('a batch: nonces count on, and only what is sealed closes a request', () => {
    const items = [
      { id: R3, request: request(3) },
      { id: R4, request: request(4, { nonce: '9' }) },
      { id: R5, request: request(5, { nonce: '1' }) },
      { id: R1, request: request(1) },
    ];
    const plan = planBatch(items, log, 0n, 20);
    expect(plan.seal.map(({ id: one, nonce }) => [one, nonce])).toEqual([[R3, 9n]]);
    expect(plan.close.map(({ id: one, code }) => [one, code])).toEqual([[R5, 'NONCE_TAKEN']]);
  });
});

describe('threat 3, 6: when a close is believed', () => {
  const until = T + HOUR;
  const believed = (entries: readonly ListedEntry[], over: Partial<RegisterView> = {}, by: Limits = limits) =>
    closeBelieved(R1, until, viewOf(entries, over), by)?.code;
  const OLD = T - 3 * DAY;

  test.each<[string, string | undefined, string | undefined]>([
    ['seen, no seal', believed([closed(0n, R1)]), 'REJECTED'],
    ['a seal in any generation', believed([closed(9n, R1), sealed(0n, [[R1, 0n, request(1)]])]), undefined],
    ['a close of another', believed([closed(0n, R2)]), undefined],
    ['made too early to outlive its request', believed([closed(0n, R1, until - DAY - 1)]), undefined],
    ['come while the pages were read', believed([closed(0n, R1, T, false)]), undefined],
    ['a read that does not go back far enough', believed([closed(0n, R1)], { since: until - DAY + 1 }), undefined],
    ['what could conflict with it may have lapsed', believed([closed(0n, R1)], { at: until + 8 * DAY + 1 }), undefined],
    [
      'an unlocked lab promises nothing',
      believed([closed(0n, R1)], { at: until + 9 * DAY }, { ...limits, retention: undefined }),
      'REJECTED',
    ],
    [
      'below an old seal, where a read may have ended',
      believed([closed(0n, R1), sealed(1n, [[R2, 0n, request(2)]], OLD)]),
      undefined,
    ],
    ['below a young seal', believed([closed(0n, R1), sealed(1n, [[R2, 0n, request(2)]])]), 'REJECTED'],
    ['above an old seal', believed([sealed(0n, [[R2, 0n, request(2)]], OLD), closed(1n, R1)]), 'REJECTED'],
  ])('%s: %s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});

describe('threat 17: until when bytes may be released', () => {
  const until = T + HOUR;
  test.each([
    ['before validUntil', { at: T }, true],
    ['within the slack', { at: until + 2 * HOUR }, true],
    ['beyond the slack', { at: until + 2 * HOUR + 1 }, false],
    ['a read that is too short', { since: until - DAY + 1 }, false],
  ])('%s', (_, over, expected) => {
    expect(mayRelease(viewOf([], over), until, limits)).toBe(expected);
  });

  test('a read that shall decide goes back beyond all that could conflict', () => {
    expect(mayRelease(viewOf([], { since: readSince(until, T, limits) }), until, limits)).toBe(true);
    expect(readSince(until, until + 5 * HOUR, limits)).toBe(until - DAY - 2 * HOUR);
  });
});
