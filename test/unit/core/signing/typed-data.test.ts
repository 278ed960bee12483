import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestId, statementDigest } from '#core/signing/typed-data.ts';
import { checkpointDigest, digestOf, sealDigest } from '#schemas/digest.ts';
import { SIGNED_FIELDS } from '#schemas/typed-data.ts';
import { requestOf } from '#test/support/law.ts';

/** ethers is the other implementation here: `schemas/digest.ts` writes with it. */
const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const hex32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);
const bucket = fc.stringMatching(/^[a-z][a-z0-9-]{1,40}$/);
const chain = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);

test('an id that is worked out without ethers is that of ethers, whatever the fields hold', () => {
  fc.assert(
    fc.property(
      fc.record(Object.fromEntries(SIGNED_FIELDS.map((field) => [field, fc.string({ unit: 'grapheme' })]))),
      chain,
      bucket,
      (fields, chainId, registerBucket) => {
        const request = { ...requestOf(), ...fields, chainId };
        expect(requestId(request, ADDRESS, registerBucket)).toBe(digestOf(request, ADDRESS, registerBucket));
      },
    ),
  );
});

test('so is what is signed of a seal', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      hex32,
      hex32,
      chain,
      bucket,
      (seq, previous, content, chainId, registerBucket) => {
        const own = statementDigest({ kind: 'seal', chainId, seq, previous, content }, registerBucket);
        expect(bytesToHex(own)).toBe(bytesToHex(sealDigest(chainId, registerBucket, { seq, previous, content })));
      },
    ),
  );
});

test('so is that of a checkpoint', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      fc.tuple(hex32, hex32, hex32),
      chain,
      bucket,
      (seq, [lawHash, set, content], chainId, registerBucket) => {
        const told = { seq, lawHash, set, content };
        const own = statementDigest({ kind: 'checkpoint', chainId, ...told }, registerBucket);
        expect(bytesToHex(own)).toBe(bytesToHex(checkpointDigest(chainId, registerBucket, told)));
      },
    ),
  );
});

test.each([
  ['a number of more than 256 bits', { seq: 2n ** 256n }],
  ['a number below zero', { seq: -1n }],
  ['a hash of 31 bytes', { previous: '11'.repeat(31) }],
  ['a hash of 33 bytes', { content: '11'.repeat(33) }],
])('%s is no statement', (_, over) => {
  const statement = { kind: 'seal', chainId: '1', seq: 1n, previous: '0'.repeat(64), content: '0'.repeat(64) } as const;
  expect(() => statementDigest({ ...statement, ...over }, 'lab-register')).toThrow();
});
