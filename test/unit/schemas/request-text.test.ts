import { describe, expect, test } from 'vitest';
import { parseRequest } from '#schemas/request.ts';
import { expectRefusal } from '#test/support/code.ts';
import { DESTINATION, PLAIN_REQUEST } from '#test/support/law.ts';

const WITH = (over: Record<string, unknown>) => () => parseRequest({ ...PLAIN_REQUEST, ...over });

describe('memo', () => {
  test.each([
    ['new line', 'a\nb'],
    ['tab', 'a\tb'],
    ['NUL', 'a\u0000'],
    ['escape', '\u001b[31mred'],
    ['delete', '\u007f'],
    ['C1 control', '\u009b31m'],
    ['right-to-left override', 'pay \u202e001'],
    ['left-to-right isolate', '\u2066x'],
    ['Arabic letter mark', '\u061c'],
    ['zero-width space', 'a\u200bb'],
    ['zero-width joiner', 'a\u200db'],
    ['byte order mark', '\ufeffa'],
    ['line separator', 'a\u2028b'],
    ['paragraph separator', 'a\u2029b'],
    ['tag character', 'a\u{e0041}'],
    ['lone surrogate', 'a\ud800'],
  ])('with %s', (_, memo) => {
    expectRefusal(WITH({ memo }), 'BAD_FIELD', 'memo', /^must not hold control or formatting characters$/);
  });

  test('counts bytes, not letters', () => {
    expect(WITH({ memo: 'é'.repeat(512) })().memo).toHaveLength(512);
    expectRefusal(WITH({ memo: `${'é'.repeat(512)}a` }), 'BAD_FIELD', 'memo', /^must not exceed 1024 bytes$/);
  });
});

describe('validUntil', () => {
  test.each([
    ['30 February', '2030-02-30T00:00:00Z'],
    ['29 February of a common year', '2030-02-29T00:00:00Z'],
    ['31 April', '2030-04-31T00:00:00Z'],
    ['month 13', '2030-13-01T00:00:00Z'],
    ['day 0', '2030-01-00T00:00:00Z'],
    ['24:00:00', '2030-01-01T24:00:00Z'],
    ['a leap second', '2030-06-30T23:59:60Z'],
    ['minute 60', '2030-01-01T00:60:00Z'],
    ['fractional seconds', '2030-01-01T00:00:00.000Z'],
    ['no seconds', '2030-01-01T00:00Z'],
    ['+00:00', '2030-01-01T00:00:00+00:00'],
    ['an offset', '2030-01-01T01:00:00+01:00'],
    ['no zone', '2030-01-01T00:00:00'],
    ['lower case', '2030-01-01t00:00:00z'],
    ['a space', '2030-01-01 00:00:00Z'],
    ['a date', '2030-01-01'],
    ['a year of five digits', '+012030-01-01T00:00:00Z'],
    ['seconds', '1893456000'],
    ['nothing', ''],
    ['something after', '2030-01-01T00:00:00Z\n'],
    ['Arabic digits', '٢٠٣٠-01-01T00:00:00Z'],
  ])('%s', (_, validUntil) => {
    expectRefusal(WITH({ validUntil }), 'BAD_FIELD', 'validUntil', /^must be a real instant written YYYY-MM-DDTHH/);
  });

  test('29 February of a leap year is one', () => {
    expect(WITH({ validUntil: '2032-02-29T23:59:59Z' })().validUntil).toBe('2032-02-29T23:59:59Z');
  });
});

describe('accessList', () => {
  const key = `0x${'01'.repeat(32)}`;
  const listOf = (entry: string) => `[${entry}]`;
  const good = `{"address":"${DESTINATION}","storageKeys":["${key}"]}`;

  test.each([
    ['an empty list', '[]'],
    ['no JSON', '['],
    ['an object', good],
    ['white space', `[ ${good}]`],
    ['keys in another order', listOf(`{"storageKeys":[],"address":"${DESTINATION}"}`)],
    ['a key twice', listOf(`{"address":"${DESTINATION}","address":"${DESTINATION}","storageKeys":[]}`)],
    ['a further key', listOf(`{"address":"${DESTINATION}","extra":"","storageKeys":[]}`)],
    ['no keys', listOf(`{"address":"${DESTINATION}"}`)],
    ['null', '[null]'],
    ['a text', '["x"]'],
    ['an array', '[[]]'],
    ['a number as address', listOf('{"address":1,"storageKeys":[]}')],
    ['a text for the keys', listOf(`{"address":"${DESTINATION}","storageKeys":"${key}"}`)],
    ['a short key', listOf(`{"address":"${DESTINATION}","storageKeys":["0x01"]}`)],
    ['an upper-case key', listOf(`{"address":"${DESTINATION}","storageKeys":["0x${'AB'.repeat(32)}"]}`)],
    ['an escaped letter', listOf(good.replace('address', '\\u0061ddress'))],
    ['257 entries', `[${Array(257).fill(good).join()}]`],
  ])('%s', (_, accessList) => {
    expectRefusal(WITH({ accessList }), 'BAD_FIELD', 'accessList', /^must be "" or canonical JSON/);
  });

  test('an address in lower case', () => {
    const lower = '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed';
    const accessList = listOf(`{"address":"${lower}","storageKeys":[]}`);
    expectRefusal(WITH({ accessList }), 'BAD_FIELD', 'accessList', /an address must carry the EIP-55 checksum/);
  });

  test('256 entries are taken', () => {
    const accessList = `[${Array(256).fill(good).join()}]`;
    expect(WITH({ accessList })().accessList).toBe(accessList);
  });
});
