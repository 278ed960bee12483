import { expect, test } from 'vitest';
import { canonicalText, hashOf, type Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import {
  badShareObject,
  badShareOf,
  keyObjectOf,
  openObject,
  openOf,
  predictionObject,
  referenceAttemptOf,
  referenceObject,
  rejectionObject,
  sealObject,
  sealSeqOf,
  shareFolder,
  turnClosedObject,
  turnObject,
  turnOf,
  turnTriedObject,
  vmName,
  vmTurnOf,
} from '#schemas/names.ts';
import { parseRequest, REQUEST_FIELDS } from '#schemas/request.ts';
import { parseRequestBytes } from '#schemas/request-bytes.ts';
import { timeMs, timeText, uint64, uint256 } from '#schemas/spellings.ts';
import { DESTINATION, PLAIN_REQUEST } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';

const id = fc.stringMatching(/^[0-9a-f]{64}$/);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
const sequence = fc.bigInt({ min: 0n, max: 10n ** 12n - 1n });

const refusal = (run: () => unknown): KeyturnError | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof KeyturnError) return error;
    throw error;
  }
};

test('no value at all makes parseRequest throw anything but a KeyturnError', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
      expect(refusal(() => parseRequest(value))).toBeInstanceOf(KeyturnError);
    }),
    { numRuns: 500 },
  );
});

test('no bytes at all make parseRequestBytes throw anything but MALFORMED or a fault of a field', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (bytes) => {
        expect(['MALFORMED', 'UNKNOWN_FIELD', 'MISSING_FIELD', 'BAD_FIELD']).toContain(
          refusal(() => parseRequestBytes(bytes))?.code,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('one field with any text: taken as it is, or refused by a code that names a field', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...REQUEST_FIELDS),
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.stringMatching(/^[0-9]{1,80}$/),
        fc.stringMatching(/^0x[0-9a-f]{0,140}$/),
      ),
      (field, text) => {
        const given = { ...PLAIN_REQUEST, [field]: text };
        const error = refusal(() => parseRequest(given));
        if (error === undefined) expect(parseRequest(given)).toEqual(given);
        else {
          expect(error.code).toBe('BAD_FIELD');
          expect(REQUEST_FIELDS).toContain(error.field);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('a number is taken in the one spelling that BigInt writes, up to its largest', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 257n }), fc.constantFrom('', '0', '+', '-', ' '), (value, before) => {
      const text = `${before}${value}`;
      expect(uint256(text) === undefined).toBe(before === '' && value < 2n ** 256n);
      expect(uint64(text) === undefined).toBe(before === '' && value < 2n ** 64n);
    }),
  );
});

test('an instant is written and read back to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), fc.nat(999), (seconds, ms) => {
      expect(timeMs(timeText(seconds * 1000 + ms))).toBe(seconds * 1000);
    }),
  );
});

test('canonical text does not depend on the order of keys, and reads back as the same value', () => {
  const json = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>;
  const shuffled = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, member]) => [key, shuffled(member)]),
    );
  };
  fc.assert(
    fc.property(json, (value) => {
      expect(hashOf(shuffled(value))).toBe(hashOf(value));
      expect(JSON.stringify(JSON.parse(canonicalText(value)))).toBe(
        JSON.stringify(JSON.parse(canonicalText(JSON.parse(JSON.stringify(value))))),
      );
    }),
  );
});

test('names: every object name is read back to what it was made of', () => {
  fc.assert(
    fc.property(id, name, sequence, (hex, word, n) => {
      expect(openOf(openObject(word, hex))).toEqual({ wallet: word, id: hex });
      expect(badShareOf(badShareObject(hex, word, n.toString()))).toEqual({
        id: hex,
        coSigner: word,
        generation: n.toString(),
      });
      expect(referenceAttemptOf(referenceObject(hex, n))).toBe(n);
      expect(sealSeqOf(sealObject('1', DESTINATION, n))).toBe(n);
      expect(turnOf(turnObject(word, n))).toEqual({ kind: 'claim', wallet: word, turn: n });
      expect(turnOf(turnClosedObject(word, n))).toEqual({ kind: 'closed', wallet: word, turn: n });
      expect(turnOf(turnTriedObject(word, n, hex))).toEqual({ kind: 'tried', wallet: word, turn: n, id: hex });
      expect(vmTurnOf(vmName(word, n))).toEqual({ wallet: word, turn: n });
      expect(vmName(word, n).length).toBeLessThanOrEqual(63);
      expect(vmName(word, n)).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
    }),
  );
});

test('names: the newer of two lists first', () => {
  fc.assert(
    fc.property(sequence, sequence, (a, b) => {
      fc.pre(a !== b);
      const [older, newer] = a < b ? [a, b] : [b, a];
      expect(sealObject('1', DESTINATION, newer) < sealObject('1', DESTINATION, older)).toBe(true);
      expect(turnObject('hot', newer) < turnObject('hot', older)).toBe(true);
    }),
  );
});

test('names: shares and rejections are found below their location only', () => {
  const prefix = fc.constantFrom('', 'alice/', 'a/b/');
  fc.assert(
    fc.property(id, prefix, fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/), (hex, where, attempt) => {
      const at = { bucket: 'lab-keys', prefix: where };
      expect(keyObjectOf(at, shareFolder(at, hex))).toEqual({ kind: 'share', id: hex });
      expect(keyObjectOf(at, `${shareFolder(at, hex)}/${attempt}`)).toEqual({ kind: 'share', id: hex });
      expect(keyObjectOf(at, rejectionObject(at, hex))).toEqual({ kind: 'rejection', id: hex });
      expect(keyObjectOf(at, predictionObject(at, hex))).toEqual({ kind: 'prediction', id: hex });
      for (const other of [
        `${predictionObject(at, hex)}/${attempt}`,
        `x${where}shares/${hex}`,
        `${where}shares/${hex}/`,
        `${where}shares/${hex}/${attempt}/x`,
        `${where}rejections/${hex}/${attempt}`,
        `${where}shares/${hex}0`,
      ])
        expect(keyObjectOf(at, other)).toBeUndefined();
    }),
  );
});
