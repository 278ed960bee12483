import { describe, expect, test } from 'vitest';
import { afterRefusal, dueRung, refusedTooLong } from '#core/decide/fee-bump.ts';
import { nonceOutcome } from '#core/decide/nonce-outcome.ts';
import { chainWait } from '#core/decide/nonce-wait.ts';
import { relaunchAt } from '#core/decide/relaunch.ts';
import { badTries, deathsInARow, turnsIn } from '#core/facts/turns.ts';
import { rungFees } from '#core/transaction/fees.ts';
import { turnClosedObject, turnObject, turnTriedObject } from '#schemas/names.ts';
import { requestOf } from '#test/support/law.ts';

const GWEI = 10n ** 9n;

describe('the rung that is due', () => {
  const fees = rungFees(requestOf());
  const at = { fees, submittedAt: 0, bumpMs: 60_000, baseFeePerGas: GWEI, isNext: true };
  test.each([
    [0, GWEI, true, 0],
    [59_999, GWEI, true, 0],
    [60_000, GWEI, true, 1],
    [180_000, GWEI, true, 3],
    [9e9, GWEI, true, 4],
    [-5000, GWEI, true, 0],
    [600_000, GWEI, false, 0],
    [0, 15n * GWEI, true, 3],
    [60_000, 15n * GWEI, true, 4],
    [600_000, 100n * GWEI, false, 4],
  ])('after %d ms at a base fee of %d wei, next in line %s: rung %d', (now, baseFeePerGas, isNext, rung) => {
    expect(dueRung({ ...at, now, baseFeePerGas, isNext })).toBe(rung);
  });

  test.each([
    ['known', 'done', 'done'],
    ['nonce-too-low', 'done', 'done'],
    // What lies in the pool is its own rung, but for a replacement its target's.
    ['replacement-underpriced', 'done', 'higher'],
    ['underpriced', 'higher', 'higher'],
    ['insufficient-funds', 'stuck', 'stuck'],
    ['gas', 'stuck', 'stuck'],
    ['busy', 'later', 'later'],
    ['refused', 'later', 'later'],
    [undefined, 'later', 'later'],
  ])('refused as %s: %s, a replacement %s', (refusal, next, ofReplacement) => {
    expect(afterRefusal(refusal, false)).toBe(next);
    expect(afterRefusal(refusal, true)).toBe(ofReplacement);
  });

  test.each([
    [0, false],
    [240_000, false],
    [240_001, true],
    [-1, false],
  ])('put off for %d ms: a person is told: %s', (now, told) => {
    expect(refusedTooLong(0, now, 60_000)).toBe(told);
  });
});

describe('what the chain’s count makes wait (threat 9, 12)', () => {
  test.each([
    ['', '', 5n, 5n, undefined],
    ['', '', 4n, 5n, undefined],
    ['', '', 6n, 5n, 'CHAIN_AHEAD'],
    ['foreign', '6', 6n, 5n, undefined],
    ['foreign', '5', 6n, 5n, 'CHAIN_AHEAD'],
    ['foreign', '7', 6n, 5n, 'NONCE_AHEAD'],
    ['foreign', '5', 0n, 5n, undefined],
  ])('replaces %j nonce %j, count %d, next %d: %s', (replaces, nonce, count, next, code) => {
    expect(chainWait({ ...requestOf(), replaces, nonce }, count, next)).toBe(code);
  });
});

describe('the marks of turns', () => {
  const ID = 'a'.repeat(64);
  const object = (name: string, timeCreated: number, metadata = {}) => ({
    bucket: 'b',
    name,
    generation: '1',
    metageneration: '1',
    size: 0,
    timeCreated,
    metadata,
    live: true,
  });
  const marks = turnsIn([
    object(turnObject('hot', 1n), 100),
    object(turnTriedObject('hot', 1n, ID), 110),
    object(turnObject('hot', 2n), 200),
    object(turnTriedObject('hot', 2n, ID), 210),
    object(turnClosedObject('hot', 2n), 300),
    object(turnObject('hot', 3n), 400),
    object(turnClosedObject('hot', 3n), 401, { exhausted: 'true' }),
    object(turnTriedObject('hot', 4n, ID), 500),
  ]);

  test('a try is bad only if its turn died; a mark without a claim is no turn', () => {
    expect(marks.map(({ turn }) => turn)).toEqual([3n, 2n, 1n]);
    expect([badTries(ID, marks, undefined), badTries(ID, marks, 1n)]).toEqual([1, 0]);
  });

  test('a pause that doubles with each turn since the approval, closed or dead, full zones aside', () => {
    expect(relaunchAt(marks, 50, 1000)).toBe(300 + 2000);
    expect(relaunchAt(marks, 150, 1000)).toBe(300 + 1000);
    expect(relaunchAt(marks, 250, 1000)).toBe(250);
    const many = turnsIn(
      [1n, 2n, 3n, 4n].flatMap((n) => [object(turnObject('hot', n), 0), object(turnClosedObject('hot', n), 10)]),
    );
    expect(relaunchAt(many, 0, 1000)).toBe(10 + 8000);
    const dead = turnsIn([1n, 2n, 3n].map((n) => object(turnObject('hot', n), 100 * Number(n))));
    expect(relaunchAt(dead, 0, 1000)).toBe(300 + 4000);
  });

  test('deaths in a row: up to the newest turn, back to one that ended in order', () => {
    const claims = (...turns: bigint[]) => turns.map((n) => object(turnObject('hot', n), 100 * Number(n)));
    const row = turnsIn([...claims(1n, 2n, 3n, 4n), object(turnClosedObject('hot', 2n), 250)]);
    expect(deathsInARow(row, 0, undefined)).toBe(2);
    expect(deathsInARow(row, 0, 4n)).toBe(1);
    expect(deathsInARow(row, 350, undefined)).toBe(1);
    expect(deathsInARow(turnsIn([...claims(1n), object(turnClosedObject('hot', 1n), 150)]), 0, undefined)).toBe(0);
    expect(deathsInARow(marks, 0, undefined)).toBe(0);
  });
});

test('a nonce that nobody is seen to have used, or not finally, decides nothing', () => {
  const look = { entries: [], taken: new Set<bigint>(), at: 0, since: 0 };
  const own = { id: 'a', transactionHashes: [] };
  expect(nonceOutcome(own, undefined, 9n, look)).toEqual({ kind: 'open' });
  expect(nonceOutcome(own, { hash: '0x1', blockNumber: 10n }, 9n, look)).toEqual({ kind: 'open' });
});
