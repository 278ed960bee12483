import { createHash } from 'node:crypto';
import crc32c from 'fast-crc32c';
import { describe, expect, test } from 'vitest';
import { canonicalBytes, canonicalText, hashOf, sha256Hex } from '#schemas/canonical.ts';

// RFC 8785, sections 3.2.2, 3.2.3 and appendix B: https://www.rfc-editor.org/rfc/rfc8785
describe('RFC 8785', () => {
  test('3.2.2 and 3.2.3: the worked example', () => {
    const sample: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(canonicalText(sample as never)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('3.2.3: keys are sorted by UTF-16 code units', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalText(sample)))).toHaveLength(7);
    expect(canonicalText(sample)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  // Appendix B: IEEE 754 bits and their text.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: %s', (bits, text) => {
    expect(canonicalText(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('appendix B: %s has no form', (value) => {
    expect(() => canonicalText(value)).toThrow();
  });

  test('a lone surrogate has no form (3.2.2.2)', () => {
    expect(() => canonicalText('\udead')).toThrow();
  });
});

// FIPS 180-4 example values: "abc" and the empty message
test('sha256 in hex', () => {
  expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(sha256Hex(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('hashOf is sha256 of the canonical UTF-8, whatever the order of keys', () => {
  const wanted = createHash('sha256').update('{"a":"é","b":[1,2]}').digest('hex');
  expect(hashOf({ b: [1, 2], a: 'é' })).toBe(wanted);
  expect(Buffer.from(canonicalBytes({ b: [1, 2], a: 'é' })).toString()).toBe('{"a":"é","b":[1,2]}');
});

// RFC 3720, appendix B.4, and the check value of the CRC catalogue ("123456789")
test.each([
  ['123456789', 0xe3069283],
  [Buffer.alloc(32), 0x8a9136aa],
  [Buffer.alloc(32, 0xff), 0x62a8ab43],
  [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
])('crc32c of %o', (bytes, value) => {
  expect(crc32c.calculate(Buffer.from(bytes))).toBe(value);
});
