import { describe, expect, test } from 'vitest';
import { added, addressOfSecret, multiplied, publicKeyOf, signatureOf, signerOfDigest } from '#core/curve.ts';
import { attachesAsEthers, signsAsOthers, writesAsEthers } from '#test/support/curve-agreement.ts';

test('libsecp256k1 signs what ethers and noble sign', () => signsAsOthers(200));
test('each rung has the bytes that ethers writes', () => writesAsEthers(300));
test('a signed rung has the bytes that ethers writes', () => attachesAsEthers(100));

describe('what is no key, no digest or no signature gives nothing', () => {
  const ORDER = Buffer.from('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141', 'hex');
  const good = new Uint8Array(32).fill(7);
  const bad = [
    ['zero', new Uint8Array(32)],
    ['the order', ORDER],
    ['all ones', new Uint8Array(32).fill(255)],
    ['31 bytes', good.subarray(1)],
    ['33 bytes', Uint8Array.of(...good, 1)],
    ['nothing', new Uint8Array()],
  ] as const;

  test.each(bad)('a key of %s', (_, key) => {
    expect([publicKeyOf(key), addressOfSecret(key), signatureOf(good, key), multiplied(key, good)]).toEqual(
      new Array(4).fill(undefined),
    );
  });

  test.each(bad)('a factor of %s', (_, factor) => {
    expect(multiplied(good, factor)).toBeUndefined();
  });

  test.each(bad)('a term of %s', (_, term) => {
    expect(added(good, term)).toBeUndefined();
  });

  test('a sum of zero', () => {
    const minus = Buffer.from(ORDER);
    minus[31] = 0x40;
    expect(added(Uint8Array.of(...new Uint8Array(31), 1), minus)).toBeUndefined();
  });

  const signature = signatureOf(good, good) ?? new Uint8Array();
  test.each([
    ['64 bytes', signature.subarray(0, 64)],
    ['66 bytes', Uint8Array.of(...signature, 0)],
    ['parity 2', signature.with(64, 2)],
    ['r of zero', Uint8Array.of(...new Uint8Array(32), ...signature.subarray(32))],
    ['s of zero', Uint8Array.of(...signature.subarray(0, 32), ...new Uint8Array(32), 0)],
  ])('a signature of %s', (_, wrong) => {
    expect(signerOfDigest(good, signature)).toBe(addressOfSecret(good));
    expect(signerOfDigest(good, wrong)).toBeUndefined();
  });

  test('a digest of 31 bytes', () => {
    expect([signatureOf(good.subarray(1), good), signerOfDigest(good.subarray(1), signature)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
