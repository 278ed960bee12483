import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { leaksIn, type Place } from '#test/support/leaks/scan.ts';

const WIDTH = 32;
/** As hashes, ids and ciphertexts lie around it. */
const before = Buffer.concat([Buffer.from('{"level":"INFO","text":"'), randomBytes(31)]);
const after = Buffer.concat([randomBytes(33), Buffer.from('","more":true}')]);
const wrapped = (text: string): string => (text.match(/.{1,76}/g) ?? []).join('\r\n');

/** The secret among other bytes, `offset` bytes into a group of three, encoded together with them. */
const among = (secret: Buffer, offset: number): Buffer =>
  Buffer.concat([randomBytes(30 + offset), secret, randomBytes(20)]);
const decimalOf = (secret: Buffer): string => secret.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n).toString(10);
const hexOf = (secret: Buffer): string => [...secret].map((byte) => byte.toString(16).padStart(2, '0')).join('');

type Way = readonly [name: string, form: string, show: (secret: Buffer) => Buffer | string];
/** Each way in which a program shows 32 bytes, written by what Node has for it, or by hand. */
const WAYS: readonly Way[] = [
  ['raw', 'raw bytes', (secret) => secret],
  ['raw, read as Latin-1 and written as UTF-8', 'raw bytes read as text', (secret) => secret.toString('latin1')],
  ['hex', 'hex', hexOf],
  ['hex in capitals', 'hex', (secret) => hexOf(secret).toUpperCase()],
  ['hex with 0x', 'hex', (secret) => `0x${hexOf(secret)}`],
  ['hex as a number', 'hex', (secret) => BigInt(`0x${hexOf(secret)}`).toString(16)],
  ['hex in JSON in JSON', 'hex', (secret) => JSON.stringify(JSON.stringify({ share: hexOf(secret) }))],
  ['the dump of a Buffer', 'hex', (secret) => inspect(secret)],
  ...[0, 1, 2].flatMap((offset): readonly Way[] => [
    [`base64 at ${offset}`, 'base64', (secret) => among(secret, offset).toString('base64')],
    [`base64url at ${offset}`, 'base64', (secret) => among(secret, offset).toString('base64url')],
    [`base64 at ${offset} in short lines`, 'base64', (secret) => wrapped(among(secret, offset).toString('base64'))],
    [
      `base64 at ${offset} in a url`,
      'base64',
      (secret) => encodeURIComponent(among(secret, offset).toString('base64')),
    ],
    [
      `base64 at ${offset} of a text with hex`,
      'base64 of hex',
      (secret) => Buffer.from(`${'x'.repeat(offset)}{"share":"${hexOf(secret)}"}`).toString('base64'),
    ],
    [
      `base64 at ${offset} of a text with hex in capitals`,
      'base64 of HEX',
      (secret) => Buffer.from(`${'x'.repeat(offset)} ${hexOf(secret).toUpperCase()}`).toString('base64'),
    ],
    [
      `base64 at ${offset} of a decimal`,
      'base64 of decimal',
      (secret) => Buffer.from(`${'x'.repeat(offset)} ${decimalOf(secret)}`).toString('base64'),
    ],
  ]),
  ['hex of a text with hex', 'hex of hex', (secret) => Buffer.from(`key ${hexOf(secret)}`).toString('hex')],
  ['decimal', 'decimal', decimalOf],
  ['a BigInt in a dump', 'decimal', (secret) => inspect({ scalar: BigInt(decimalOf(secret)) })],
  ['a JSON list', 'a list of bytes', (secret) => JSON.stringify([...secret])],
  ['a JSON list over many lines', 'a list of bytes', (secret) => JSON.stringify([...secret], null, 2)],
  ['a Buffer as JSON', 'a list of bytes', (secret) => JSON.stringify(secret)],
  ['the dump of a Uint8Array', 'a list of bytes', (secret) => inspect(new Uint8Array(secret))],
  [
    'the dump of a Uint8Array in JSON',
    'a list of bytes',
    (secret) => JSON.stringify({ error: inspect(new Uint8Array(secret)) }),
  ],
  ['a Uint8Array as JSON', 'bytes by their places', (secret) => JSON.stringify(new Uint8Array(secret))],
  [
    'a Uint8Array as JSON in JSON',
    'bytes by their places',
    (secret) => JSON.stringify({ said: JSON.stringify({ scalar: new Uint8Array(secret) }) }),
  ],
];

const planted = (shown: Buffer | string): Place => ({
  where: 'here',
  bytes: Buffer.concat([before, Buffer.from(shown), after]),
});

const fresh = (name: string) => ({ name, bytes: randomBytes(WIDTH) });

describe('a secret is found, with its form and its place', () => {
  test.each(WAYS)('%s', (_, form, show) => {
    for (let n = 0; n < 20; n++) {
      const secret = fresh('the key');
      const leaks = leaksIn(
        [{ where: 'there', bytes: randomBytes(500) }, planted(show(secret.bytes))],
        [fresh('another'), secret],
      );
      expect(leaks).toContainEqual({ secret: 'the key', form, where: 'here' });
      expect(leaks.every((leak) => leak.secret === 'the key' && leak.where === 'here')).toBe(true);
    }
  });

  test.each([
    ['a zero at its start', Buffer.concat([Buffer.alloc(1), Buffer.alloc(31, 0xa7)])],
    ['a nibble of zeros at its start', Buffer.concat([Buffer.from([0x0b]), Buffer.alloc(31, 0xa7)])],
    ['what text escapes within it', Buffer.from('0102030405060708\\n\\t%2b"\' 9a', 'latin1')],
  ])('with %s', (_, bytes) => {
    const secret = { name: 'the key', bytes };
    for (const [, form, show] of WAYS.filter(([name]) => !name.startsWith('raw, ')))
      expect(leaksIn([planted(show(bytes))], [secret])).toContainEqual({ secret: 'the key', form, where: 'here' });
  });

  test.each(['first', 'last'])('also where only the %s half of it stands', (which) => {
    const secret = fresh('the key');
    const half = which === 'first' ? secret.bytes.subarray(0, 16) : secret.bytes.subarray(16);
    for (const shown of [half, hexOf(half), half.toString('base64'), JSON.stringify([...half])])
      expect(leaksIn([planted(shown)], [secret])).toHaveLength(1);
  });

  test.each([
    ['letters', 'a'],
    ['white space', ' '],
    ['backslashes', '\\'],
    ['quotes', '"'],
    ['numbers', '1,'],
    ['zeros', '\0'],
  ])('behind two million bytes of %s', (_, filling) => {
    const secret = fresh('the key');
    const bytes = Buffer.concat([Buffer.alloc(2_000_000, filling), Buffer.from(`:${hexOf(secret.bytes)}`)]);
    expect(leaksIn([{ where: 'here', bytes }], [secret])).toEqual([{ secret: 'the key', form: 'hex', where: 'here' }]);
  });

  test.each(['ya29.local-', 'the start of a token'])('where only the start %j of a text is known', (start) => {
    const whole = `${start}${randomBytes(24).toString('hex')}`;
    for (const [shown, form] of [
      [`Authorization: Bearer ${whole}`, 'text'],
      [JSON.stringify(JSON.stringify({ token: whole })), 'text'],
      ...['', 'x', 'xx'].map((more) => [
        Buffer.from(`${more}{"token":"${whole}"}`).toString('base64'),
        'base64 of text',
      ]),
      [Buffer.from(whole).toString('hex'), 'hex of text'],
    ] as const)
      expect(leaksIn([planted(shown)], [{ name: 'a token', text: start }])).toEqual([
        { secret: 'a token', form, where: 'here' },
      ]);
  });

  test('in each place where it stands, once for each form', () => {
    const secret = fresh('the key');
    const twice = Buffer.from(`${hexOf(secret.bytes)} ${hexOf(secret.bytes)} ${decimalOf(secret.bytes)}`);
    const leaks = leaksIn(
      [
        { where: 'a', bytes: twice },
        { where: 'b', bytes: Buffer.from('nothing') },
        { where: 'c', bytes: twice },
      ],
      [secret],
    );
    expect(leaks.map(({ where, form }) => `${where} ${form}`)).toEqual(['a hex', 'a decimal', 'c hex', 'c decimal']);
  });
});

describe('nothing is found', () => {
  test('in random bytes, and in every spelling of them', () => {
    const places = Array.from({ length: 400 }, (_, n): Place => {
      const [, , show] = WAYS[n % WAYS.length] ?? WAYS[0] ?? [];
      const shown = show?.(randomBytes(WIDTH)) ?? '';
      return { where: `${n}`, bytes: Buffer.concat([randomBytes(1000), Buffer.from(shown)]) };
    });
    expect(leaksIn(places, [fresh('a'), fresh('b'), fresh('c')])).toEqual([]);
  });

  test('of a secret that two places hold between them: nobody can read across', () => {
    const secret = fresh('the key');
    const text = hexOf(secret.bytes);
    const parts = [text.slice(0, 20), text.slice(20, 44), text.slice(44)];
    expect(
      leaksIn(
        parts.map((part, n) => ({ where: `${n}`, bytes: Buffer.from(part) })),
        [secret],
      ),
    ).toEqual([]);
  });
});
