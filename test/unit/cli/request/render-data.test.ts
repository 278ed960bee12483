import { Interface } from 'ethers';
import { expect, test } from 'vitest';
import { type Line, printable } from '#cli/app/output.ts';
import { accessLines, dataLines, entriesNotShown, notShown, quoted } from '#cli/request/render-data.ts';
import type { RequestField } from '#schemas/request.ts';
import { BOB, requestOf, TOKEN } from '#test/support/cli/people.ts';

const plain = (line: Line): string =>
  (typeof line === 'string' || 'text' in line ? [line] : line)
    .map((span) => printable(typeof span === 'string' ? span : span.text))
    .join('');
const dataOf = (over: Partial<Record<RequestField, string>>, full = false): string[] =>
  dataLines(requestOf(over), full).map(plain);
const transfer = new Interface(['function transfer(address,uint256)']).encodeFunctionData('transfer', [BOB, 1n]);

test('a long memo cannot fake another line', () => {
  const lines = quoted(`thanks${' '.repeat(80)}policy  allowed by rule any`).map(plain);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^“.{1,60}”$/);
});

test.each([
  ['wide letters', `${'東'.repeat(40)}policy  allowed by rule any`],
  ['a language without spaces', '株式会社山田商店への三月分の支払い、請求書番号第七号。'.repeat(3)],
  ['emoji', '👍🏽'.repeat(30)],
  ['escapes', `${'\u{e000}'.repeat(20)}policy  allowed by rule any`],
  ['marks', `${'a\u0301\u0301\u0301\u0301'.repeat(20)}policy  allowed by rule any`],
])('a memo of %s is cut by the columns that it takes', (_, memo) => {
  const lines = quoted(memo).map(plain);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    const columns = [...line.replace(/\p{M}/gu, '')].reduce((sum, c) => sum + (c > '\u2fff' ? 2 : 1), 0);
    expect(columns).toBeLessThanOrEqual(62);
  }
});

test('all of the data of an unknown call is shown, selector and words', () => {
  const hidden = '35'.repeat(20);
  const data = `0x12345678${'ab'.repeat(32)}${'00'.repeat(12)}${hidden}ff`;
  expect(dataOf({ to: TOKEN, data })).toEqual([
    '“0x12345678”',
    `“${'ab'.repeat(32)}”`,
    `“${'00'.repeat(12)}${hidden}”`,
    '“ff”',
  ]);
  expect(dataOf({ to: '', data: `0x${'60'.repeat(40)}` })).toEqual([`“0x${'60'.repeat(32)}”`, `“${'60'.repeat(8)}”`]);
});

test('data that is explained, or shown whole already, is not repeated', () => {
  expect(dataOf({})).toEqual([]);
  expect(dataOf({ to: TOKEN, data: transfer })).toEqual([]);
  expect(dataOf({ to: TOKEN, data: `0x12345678${'ab'.repeat(32)}` })).toEqual([]);
});

test.each([
  [2048, 0, 64],
  [2049, 1, 65],
  [24_576, 22_528, 65],
])('of %i bytes %i are not shown, which is said', (size, hidden, lines) => {
  const request = { to: '', data: `0x${'60'.repeat(size)}` };
  const shown = dataOf(request);
  expect(shown).toHaveLength(lines);
  expect(shown.at(-1)?.startsWith('NOT SHOWN: ')).toBe(hidden > 0);
  expect(notShown(requestOf(request), false)).toBe(hidden);
  expect(notShown(requestOf(request), true)).toBe(0);
  const whole = dataOf(request, true).map((line) => line.replace(/[“”]/g, ''));
  expect(whole.join('')).toBe(request.data);
});

test('an access list is shown with its addresses', () => {
  const accessList = JSON.stringify([
    { address: BOB, storageKeys: [`0x${'0'.repeat(64)}`] },
    { address: TOKEN, storageKeys: [] },
  ]);
  expect(accessLines(requestOf({ accessList }), false).map(plain)).toEqual([
    `${BOB}, 1 storage key`,
    `${TOKEN}, 0 storage keys`,
  ]);
});

test.each([
  [8, 0],
  [9, 1],
  [64, 56],
])('of %i entries of an access list %i are not shown, which is said', (size, hidden) => {
  const accessList = JSON.stringify(Array.from({ length: size }, () => ({ address: BOB, storageKeys: [] })));
  const request = requestOf({ accessList });
  const shown = accessLines(request, false).map(plain);
  expect(shown).toHaveLength(Math.min(size, 9));
  expect(shown.at(-1)?.startsWith(`NOT SHOWN: ${hidden} more `)).toBe(hidden > 0);
  expect(entriesNotShown(request, false)).toBe(hidden);
  expect(entriesNotShown(request, true)).toBe(0);
  expect(accessLines(request, true)).toHaveLength(size);
});
