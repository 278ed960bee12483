import { expect, test, vi } from 'vitest';
import { MAX_DEATHS } from '#core/decide/relaunch.ts';
import { deathsInARow, type TurnMarks } from '#core/facts/turns.ts';
import { Tick } from '#functions/reconcile/tick.ts';
import { turnClosedObject, turnObject, turnTriedObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** Marks of turns are listed by the thousand, and a turn may leave one for each of hundreds of requests. */
const claim = (s: Pipeline, turn: number): void => {
  const fact = { wallet: 'hot', turn: String(turn), zone: 'zone-a', name: `turn-hot-${turn}` };
  s.storage.put(s.buckets.work, turnObject('hot', BigInt(turn)), Buffer.from(JSON.stringify(fact)));
};
const close = (s: Pipeline, turn: number): void =>
  void s.storage.put(s.buckets.work, turnClosedObject('hot', BigInt(turn)), new Uint8Array());
const tried = (s: Pipeline, turn: number, count: number): void => {
  for (let n = 0; n < count; n++)
    s.storage.put(
      s.buckets.work,
      turnTriedObject('hot', BigInt(turn), n.toString(16).padStart(64, '0')),
      new Uint8Array(),
    );
};
const marksOf = async (s: Pipeline): Promise<readonly TurnMarks[]> => (await new Tick(s.context).turns('hot')).marks;

test('turns that died over hundreds of requests each are counted all the same', async () => {
  const s = stage();
  for (let turn = 1; turn <= MAX_DEATHS + 3; turn++) {
    claim(s, turn);
    tried(s, turn, 300);
  }
  const marks = await marksOf(s);
  expect(deathsInARow(marks, 0, undefined)).toBeGreaterThanOrEqual(MAX_DEATHS);
  expect(deathsInARow(marks, 0, BigInt(MAX_DEATHS + 3))).toBeGreaterThanOrEqual(MAX_DEATHS);
  expect(new Set(marks.map((one) => one.tried.size))).toEqual(new Set([300]));
});

test('the oldest turn of a page, cut before its end, is not taken for dead', async () => {
  const s = stage();
  claim(s, 1);
  close(s, 1);
  claim(s, 2);
  tried(s, 2, 998);
  const marks = await marksOf(s);
  expect(marks.map(({ turn, closedAt }) => [turn, closedAt === undefined])).toEqual([
    [2n, true],
    [1n, false],
  ]);
  expect(deathsInARow(marks, 0, undefined)).toBe(1);
});

test('marks without a claim, which whoever may start machines can make, are not all read', async () => {
  const s = stage();
  tried(s, 9, 21_000);
  claim(s, 1);
  const list = vi.spyOn(s.storage, 'list');
  await marksOf(s);
  expect(list.mock.calls.filter(([, , options]) => options?.limit === 1000)).toHaveLength(20);
});
