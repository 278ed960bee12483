import { describe, expect, test } from 'vitest';
import { parseRequest, REQUEST_FIELDS } from '#schemas/request.ts';
import { LARGEST_MESSAGE, parseRequestBytes } from '#schemas/request-bytes.ts';
import { expectRefusal } from '#test/support/code.ts';
import { DESTINATION, PLAIN_REQUEST } from '#test/support/law.ts';

const WITH = (over: Record<string, unknown>) => () => parseRequest({ ...PLAIN_REQUEST, ...over });
const bytesOf = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const NUMBER = /^must be a decimal integer without sign, fraction or leading zeros/;

describe('a value that is no request object', () => {
  test.each([
    ['null', null],
    ['undefined', undefined],
    ['an array', [PLAIN_REQUEST]],
    ['a string', 'request'],
    ['a number', 1],
  ])('%s: MALFORMED', (_, value) => {
    expectRefusal(() => parseRequest(value), 'MALFORMED', undefined, /^the request is not a JSON object$/);
  });
});

describe('fields', () => {
  test.each(REQUEST_FIELDS)('%s missing', (field) => {
    const { [field]: _, ...rest } = PLAIN_REQUEST;
    expectRefusal(() => parseRequest(rest), 'MISSING_FIELD', field, /^is missing$/);
  });

  test.each(REQUEST_FIELDS)('%s that is no string', (field) => {
    for (const value of [1, null, true, ['1'], { a: '1' }, 1e21])
      expectRefusal(WITH({ [field]: value }), 'BAD_FIELD', field, /^must be a string$/);
  });

  test.each(['gas', 'Wallet', 'maxFeePerGas ', '__proto__', 'constructor', ''])('unknown field "%s"', (field) => {
    const value: unknown = JSON.parse(JSON.stringify(PLAIN_REQUEST).replace('{', `{${JSON.stringify(field)}:"1",`));
    expectRefusal(() => parseRequest(value), 'UNKNOWN_FIELD', field, /^is not a field of a request$/);
  });

  test('a long unknown name is cut before it is repeated', () => {
    expectRefusal(WITH({ ['x'.repeat(5000)]: '' }), 'UNKNOWN_FIELD', 'x'.repeat(64), /not a field/);
  });

  test('what an object inherits is not given', () => {
    const heir: unknown = Object.create(PLAIN_REQUEST);
    expectRefusal(() => parseRequest(heir), 'MISSING_FIELD', 'wallet', /missing/);
  });
});

describe('numbers', () => {
  const bad: [string, string][] = [
    ['negative', '-1'],
    ['with a plus', '+1'],
    ['fractional', '1.5'],
    ['fractional zero', '1.0'],
    ['exponent', '1e18'],
    ['leading zero', '01'],
    ['two zeros', '00'],
    ['hex', '0x10'],
    ['space before', ' 1'],
    ['space after', '1 '],
    ['new line after', '1\n'],
    ['separated', '1_000'],
    ['with commas', '1,000'],
    ['Arabic digits', '١٢٣'],
    ['full-width digits', '１２'],
    ['superscript', '²'],
    ['a word', 'NaN'],
    ['infinity', 'Infinity'],
    ['79 digits', '1'.repeat(79)],
  ];
  test.each(bad)('%s: %j', (_, text) => {
    for (const field of ['chainId', 'value', 'gasLimit', 'maxFeePerGas', 'maxPriorityFeePerGas', 'nonce'])
      expectRefusal(WITH({ [field]: text }), 'BAD_FIELD', field, NUMBER);
  });

  test('empty where a number must be', () => {
    for (const field of ['chainId', 'value', 'gasLimit', 'maxFeePerGas'])
      expectRefusal(WITH({ [field]: '' }), 'BAD_FIELD', field, NUMBER);
  });

  test.each(['value', 'maxFeePerGas'] as const)('%s: 2^256 - 1 is the largest', (field) => {
    expect(WITH({ [field]: (2n ** 256n - 1n).toString() })()[field]).toBe((2n ** 256n - 1n).toString());
    expectRefusal(WITH({ [field]: (2n ** 256n).toString() }), 'BAD_FIELD', field, /^must not exceed 2\^256-1$/);
  });

  test.each(['chainId', 'gasLimit', 'nonce'] as const)('%s: 2^64 - 1 is the largest', (field) => {
    expect(WITH({ [field]: (2n ** 64n - 1n).toString() })()[field]).toBe((2n ** 64n - 1n).toString());
    expectRefusal(WITH({ [field]: (2n ** 64n).toString() }), 'BAD_FIELD', field, /^must not exceed 2\^64-1/);
  });
});

describe('to', () => {
  test.each([
    ['all lower case', '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed', /must carry the EIP-55 checksum/],
    ['all upper case', '0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED', /must carry the EIP-55 checksum/],
    ['one letter in the wrong case', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed', /must carry the EIP-55 checksum/],
    ['39 digits', '0x535353535353535353535353535353535353535', /must be 0x and 40 hex digits/],
    ['41 digits', `${DESTINATION}3`, /must be 0x and 40 hex digits/],
    ['no 0x', DESTINATION.slice(2), /must be 0x and 40 hex digits/],
    ['0X', `0X${DESTINATION.slice(2)}`, /must be 0x and 40 hex digits/],
    ['a name', 'vitalik.eth', /must be 0x and 40 hex digits/],
    ['ICAP', 'XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS', /must be 0x and 40 hex digits/],
  ])('%s', (_, to, words) => {
    expectRefusal(WITH({ to }), 'BAD_FIELD', 'to', words);
  });

  test('empty only with init code of at most 48 KiB (EIP-3860)', () => {
    expectRefusal(WITH({ to: '' }), 'BAD_FIELD', 'data', /must hold init code/);
    expect(WITH({ to: '', data: `0x${'00'.repeat(49_152)}` })().to).toBe('');
    expectRefusal(WITH({ to: '', data: `0x${'00'.repeat(49_153)}` }), 'BAD_FIELD', 'data', /49152 bytes of init code/);
    expect(WITH({ data: `0x${'00'.repeat(49_153)}` })().to).toBe(DESTINATION);
  });
});

describe('data', () => {
  test.each(['', '0', 'x', '0x0', '0xabc', '0xAB', '0Xab', 'ab', '0xag', '0x ab', '0xab\n', '0x0x'])('%j', (data) => {
    expectRefusal(WITH({ data }), 'BAD_FIELD', 'data', /^must be 0x and an even number of lower-case hex digits/);
  });
});

describe('names and tokens', () => {
  test.each(['', 'Hot', '1hot', '-hot', 'hot_1', 'hot wallet', 'h'.repeat(32), 'höt', 'hot\n'])(
    'wallet %j',
    (wallet) => {
      expectRefusal(WITH({ wallet }), 'BAD_FIELD', 'wallet', /^must be a lower-case letter, then up to 30/);
    },
  );

  test.each(['reference', 'requester'] as const)('%s', (field) => {
    for (const text of ['', 'a b', 'a/b', 'a'.repeat(129), 'é', 'a\n', 'a\u0000', '<b>'])
      expectRefusal(WITH({ [field]: text }), 'BAD_FIELD', field, /^must be 1 to 128 of/);
    const largest = `${'A'.repeat(122)}z9._:@`;
    expect(WITH({ [field]: largest })()[field]).toBe(largest);
  });

  test.each(['', '3', '4', '02', '0x2', 'legacy'])('type %j', (type) => {
    expectRefusal(WITH({ type }), 'BAD_FIELD', 'type', /^must be "2" or "0" or "1"$/);
  });

  test.each(['0x', 'a'.repeat(63), 'A'.repeat(64), `0x${'a'.repeat(64)}`, 'Foreign'])('replaces %j', (replaces) => {
    expectRefusal(WITH({ replaces, nonce: '1' }), 'BAD_FIELD', 'replaces', /^must be 64 lower-case hex digits/);
  });

  test.each(['0x', `0x${'a'.repeat(128)}`, `0x${'A'.repeat(130)}`, 'a'.repeat(130)])(
    'requesterSignature %j',
    (text) => {
      expectRefusal(WITH({ requesterSignature: text }), 'BAD_FIELD', 'requesterSignature', /130 lower-case hex digits/);
    },
  );
});

describe('two fields together', () => {
  test.each([
    [{ maxPriorityFeePerGas: '' }, 'maxPriorityFeePerGas', /^must be a number for type "2"$/],
    [{ maxPriorityFeePerGas: '30000000001' }, 'maxPriorityFeePerGas', /^must not exceed maxFeePerGas/],
    [{ type: '0' }, 'maxPriorityFeePerGas', /^must be "" for types "0" and "1"/],
    [{ type: '1', maxPriorityFeePerGas: '0' }, 'maxPriorityFeePerGas', /^must be "" for types "0" and "1"/],
    [
      { type: '0', maxPriorityFeePerGas: '', accessList: `[{"address":"${DESTINATION}","storageKeys":[]}]` },
      'accessList',
      /^must be "" for type "0"$/,
    ],
    [{ replaces: 'foreign' }, 'nonce', /^must be given where replaces is$/],
    [{ replaces: 'a'.repeat(64) }, 'nonce', /^must be given where replaces is$/],
  ])('%o', (over, field, words) => {
    expectRefusal(WITH(over), 'BAD_FIELD', field, words);
  });
});

describe('bytes', () => {
  const plain = JSON.stringify(PLAIN_REQUEST);

  test('a good one: the same fields, frozen', () => {
    const request = parseRequestBytes(bytesOf(plain));
    expect(request).toEqual(PLAIN_REQUEST);
    expect(Object.keys(request)).toEqual([...REQUEST_FIELDS]);
    expect(Object.isFrozen(request)).toBe(true);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['half of it', bytesOf(plain.slice(0, 40))],
    ['something after it', bytesOf(`${plain}x`)],
    ['invalid UTF-8', Uint8Array.of(...bytesOf(plain).subarray(0, -2), 0xff, 0x22, 0x7d)],
    ['an overlong form', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, ...bytesOf(plain))],
    ['UTF-16', Uint8Array.from(Buffer.from(plain, 'utf16le'))],
    ['single quotes', bytesOf(plain.replaceAll('"', "'"))],
  ])('%s: MALFORMED', (_, bytes) => {
    expectRefusal(() => parseRequestBytes(bytes), 'MALFORMED', undefined, /^the message is not JSON in UTF-8$/);
  });

  test('an array of one: MALFORMED', () => {
    expectRefusal(() => parseRequestBytes(bytesOf(`[${plain}]`)), 'MALFORMED', undefined, /not a JSON object/);
  });

  test('128 KiB are read, one byte more is not', () => {
    const padded = bytesOf(plain + ' '.repeat(LARGEST_MESSAGE - plain.length));
    expect(parseRequestBytes(padded).wallet).toBe('hot');
    const words = /^the message has 131073 bytes$/;
    expectRefusal(() => parseRequestBytes(Buffer.concat([padded, Buffer.from(' ')])), 'TOO_LARGE', undefined, words);
  });
});
