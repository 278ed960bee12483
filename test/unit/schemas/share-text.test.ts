import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseShareText, shareText } from '#schemas/share-text.ts';
import { expectRefusal, thrownBy } from '#test/support/code.ts';

const HEX = '0123456789abcdef'.repeat(4);
const LINE = `keyturn-share/v1/hot/1/2/${HEX}`;
const bytesOf = (text: string) => new TextEncoder().encode(text);

test('a line is read, and written again, byte by byte', () => {
  const share = parseShareText(bytesOf(LINE));
  expect(share).toEqual({ wallet: 'hot', epoch: 1, index: 2, scalar: Uint8Array.from(Buffer.from(HEX, 'hex')) });
  expect(new TextDecoder().decode(shareText(share))).toBe(LINE);
});

test('the scalar is a copy: wiping the text leaves it, and the other way round', () => {
  const text = bytesOf(LINE);
  const { scalar } = parseShareText(text);
  text.fill(0);
  expect(Buffer.from(scalar).toString('hex')).toBe(HEX);
});

test.each([`${LINE}\n`, `  ${LINE}`, `\t\r\n ${LINE} \r\n\t`])('white space at the ends: %j', (text) => {
  expect(parseShareText(bytesOf(text)).index).toBe(2);
});

test.each([`\uFEFF${LINE}`, `\uFEFF${LINE}\r\n`])('a byte order mark before it: %j', (text) => {
  expect(parseShareText(bytesOf(text)).index).toBe(2);
});

test.each([`${LINE}\uFEFF`, `\uFEFF\uFEFF${LINE}`, ` \uFEFF${LINE}`])('no byte order mark elsewhere: %j', (text) => {
  expect(thrownBy(() => parseShareText(bytesOf(text))).code).toBe('SHARE_TEXT');
});

test.each([
  ['a share of epoch 999999 and index 16', `keyturn-share/v1/${'w'.repeat(31)}/999999/16/${HEX}`],
  ['a scalar that is out of range: Feldman tells, not the text', `keyturn-share/v1/hot/1/1/${'f'.repeat(64)}`],
])('%s', (_, line) => {
  expect(new TextDecoder().decode(shareText(parseShareText(bytesOf(line))))).toBe(line);
});

describe('SHARE_TEXT', () => {
  const one = /^the plaintext is not one share line$/;
  const head = /^the plaintext does not begin keyturn-share\/v1\//;
  const scalar = /^the scalar is not 64 lower-case hex digits$/;

  test.each([
    ['nothing', '', one],
    ['white space', ' '.repeat(100), one],
    ['the scalar alone', HEX, head],
    ['63 digits', LINE.slice(0, -1), head],
    ['65 digits', `${LINE}0`, head],
    ['upper-case digits', LINE.toUpperCase().replace(/^.*\//, 'keyturn-share/v1/hot/1/2/'), scalar],
    ['a letter that is no digit', `${LINE.slice(0, -1)}g`, scalar],
    ['a NUL at the end', `${LINE.slice(0, -1)}\u0000`, scalar],
    ['white space within', `${LINE.slice(0, -2)} 0`, scalar],
    ['two lines', `${LINE}\n${LINE}`, one],
    ['version 2', LINE.replace('v1', 'v2'), head],
    ['another word', LINE.replace('keyturn-share', 'keyturn'), head],
    ['no wallet', LINE.replace('/hot/', '//'), head],
    ['a wallet in upper case', LINE.replace('/hot/', '/Hot/'), head],
    ['a wallet of 32 letters', LINE.replace('/hot/', `/${'h'.repeat(32)}/`), head],
    ['epoch 0', LINE.replace('/1/2/', '/0/2/'), head],
    ['epoch 01', LINE.replace('/1/2/', '/01/2/'), head],
    ['epoch 1000000', LINE.replace('/1/2/', '/1000000/2/'), head],
    ['index 0', LINE.replace('/1/2/', '/1/0/'), head],
    ['index 17', LINE.replace('/1/2/', '/1/17/'), head],
    ['index 02', LINE.replace('/1/2/', '/1/02/'), head],
    ['a negative index', LINE.replace('/1/2/', '/1/-1/'), head],
    ['a wallet with a letter beyond ASCII', LINE.replace('/hot/', '/höt/'), head],
    ['a no-break space before', `\u00a0${LINE}`, head],
    ['8 KiB', 'a'.repeat(8192), one],
  ])('%s', (_, text, words) => {
    expectRefusal(() => parseShareText(bytesOf(text)), 'SHARE_TEXT', undefined, words);
  });

  test('the message never quotes the text, however near it came', () => {
    for (const text of [`${LINE.slice(0, -1)}g`, LINE.replace('/2/', '/99/')]) {
      const error = thrownBy(() => parseShareText(bytesOf(text)));
      expect(`${error.message}${String(error.cause)}`).not.toContain(HEX.slice(0, 8));
    }
  });
});

describe('a line that is refused near its end', () => {
  afterEach(() => vi.unstubAllGlobals());

  test.each([
    ['the last digit mistyped', `${LINE.slice(0, -1)}g`],
    ['one in the middle', `${LINE.slice(0, -20)}x${LINE.slice(-19)}`],
  ])('leaves no part of the scalar in memory: %s', (_, line) => {
    const made: Uint8Array[] = [];
    const text = bytesOf(line);
    const Real = Uint8Array;
    vi.stubGlobal(
      'Uint8Array',
      new Proxy(Real, {
        construct: (target, args, newTarget) => {
          const bytes: Uint8Array = Reflect.construct(target, args, newTarget);
          made.push(bytes);
          return bytes;
        },
      }),
    );
    expect(() => parseShareText(text)).toThrow('the scalar is not 64 lower-case hex digits');
    expect(made.flatMap((bytes) => [...bytes]).every((byte) => byte === 0)).toBe(true);
    expect(parseShareText(bytesOf(LINE)).scalar).toBe(made.at(-1));
  });
});
