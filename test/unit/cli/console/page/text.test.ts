import { describe, expect, test } from 'vitest';
import { groupsOf, leftMs, partsOfAmount, piecesOf, whenText } from '#cli/console/page/text.ts';

const ADDRESS = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';

describe('texts of a request', () => {
  test('an address stands in groups of four, and loses no digit', () => {
    expect(groupsOf(ADDRESS)).toEqual([
      ...['0x3C44', 'CdDd', 'B6a9', '00fa', '2b58', '5dd2', '99e0', '3d12', 'FA42', '93BC'],
    ]);
    expect(groupsOf('ab12c')).toEqual(['ab12', 'c']);
  });

  test.each([
    `SEND 0.5 ETH to ${ADDRESS}`,
    `${ADDRESS} and ${'a'.repeat(64)} at 2026-03-01T12:00:00Z.`,
    'nothing of it',
    '',
    `<img src=x onerror=alert(1)> \\u{202e} ${ADDRESS}`,
    `x${ADDRESS} ${ADDRESS}0`,
  ])('the pieces of a text are that text: %s', (text) => {
    expect(
      piecesOf(text)
        .map((piece) => (piece.kind === 'hex' ? piece.groups.join('') : piece.text))
        .join(''),
    ).toBe(text);
  });

  test('addresses, hashes and times alone are told apart from the rest', () => {
    const kinds = (text: string): string =>
      piecesOf(text)
        .map(({ kind }) => kind)
        .join();
    expect(kinds(`to ${ADDRESS} (“shop”)`)).toBe('plain,hex,plain');
    expect(kinds('a'.repeat(64))).toBe('hex');
    expect(kinds(`0x${'b'.repeat(64)}`)).toBe('hex');
    expect(kinds('until 2026-03-01T12:00:00Z (')).toBe('plain,time,plain');
    // Longer and shorter ones are data, and no address of which people compare the end.
    expect(kinds(`${ADDRESS}00`)).toBe('plain');
    expect(kinds('0x12345678')).toBe('plain');
  });
});

describe('amounts and times', () => {
  test('an amount is cut at its point, and keeps each digit', () => {
    expect(partsOfAmount('12480500.05')).toEqual({ whole: '12\u202f480\u202f500', fraction: '.05' });
    expect(partsOfAmount('7')).toEqual({ whole: '7', fraction: '' });
    expect(partsOfAmount('0.000000000000000001')).toEqual({ whole: '0', fraction: '.000000000000000001' });
  });

  test('an instant is told in the zone of its reader, and in UTC beside it', () => {
    const now = Date.parse('2026-07-10T20:00:00Z');
    const place = { locale: 'en-GB', timeZone: 'Asia/Tokyo' };
    // 20:00 UTC is the next day in Tokyo, nine hours ahead.
    expect(whenText('2026-07-10T20:00:05Z', now, place)).toEqual({ text: '05:00:05', utc: '2026-07-10 20:00:05 UTC' });
    expect(whenText('2026-07-10T14:59:59Z', now, place).text).toBe('10 Jul 2026, 23:59:59');
    expect(whenText('no time', now, place).text).toBe('no time');
  });

  test('what is left is told by the second in the last five minutes alone', () => {
    const now = Date.parse('2026-07-10T20:00:00Z');
    expect(leftMs('2026-07-10T20:12:34Z', now)).toBe(720_000);
    expect(leftMs('2026-07-10T20:04:59Z', now)).toBe(299_000);
    expect(leftMs('2026-07-10T20:00:00Z', now)).toBe(0);
    expect(leftMs('2026-07-10T19:00:00Z', now)).toBe(0);
    expect(leftMs('nonsense', now)).toBe(0);
  });
});
