import { secp256k1 } from '@noble/curves/secp256k1.js';
import { computeAddress, getBytes, hexlify, SigningKey, Transaction } from 'ethers';
import { expect } from 'vitest';
import { addressOfSecret, publicKeyOf, signatureOf, signerOfDigest } from '#core/curve.ts';
import { unsignedRung } from '#core/transaction/serialize.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { signRung } from '#test/support/sign.ts';
import { DESTINATION, requestOf } from './law.ts';
import fc from './properties.ts';

const ORDER = secp256k1.Point.Fn.ORDER;
const word = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bytesOf = (value: bigint): Uint8Array => getBytes(`0x${value.toString(16).padStart(64, '0')}`);
/** Any key; the smallest and the largest often. */
const key = fc
  .oneof(
    { weight: 20, arbitrary: fc.bigInt({ min: 1n, max: ORDER - 1n }) },
    { weight: 1, arbitrary: fc.constantFrom(1n, 2n, ORDER / 2n, ORDER - 2n, ORDER - 1n) },
  )
  .map(bytesOf);

/** Ethers and noble, two libraries by others, make the same public key, signature and address of so many random keys and digests. */
export const signsAsOthers = (numRuns: number): void =>
  fc.assert(
    fc.property(key, word, (secret, digest) => {
      const ours = signatureOf(digest, secret) ?? new Uint8Array();
      const ethers = new SigningKey(secret).sign(digest);
      expect(hexlify(ours)).toBe(`${ethers.r}${ethers.s.slice(2)}0${ethers.yParity}`);
      const noble = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
      expect(hexlify(ours)).toBe(hexlify(Uint8Array.of(...noble.subarray(1), noble[0] ?? 9)));
      expect(publicKeyOf(secret)).toEqual(secp256k1.getPublicKey(secret));
      const address = computeAddress(new SigningKey(secret)).toLowerCase();
      expect([addressOfSecret(secret), signerOfDigest(digest, ours)]).toEqual([address, address]);
    }),
    { numRuns },
  );

const uint = (bits: bigint) =>
  fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }));
const lists = fc.array(
  fc.record({
    address: fc.constantFrom('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', DESTINATION),
    storageKeys: fc.array(word.map(hexlify), { maxLength: 3 }),
  }),
  { maxLength: 3 },
);
const request = fc
  .record({
    type: fc.constantFrom('0', '1', '2'),
    chainId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    to: fc.constantFrom('', DESTINATION),
    value: uint(256n),
    gas: uint(64n),
    fees: fc.tuple(uint(256n), uint(256n)).map(([a, b]) => (a < b ? { tip: a, fee: b } : { tip: b, fee: a })),
    data: fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 400 })),
    accessList: lists,
  })
  .map(({ type, chainId, to, value, gas, fees, data, accessList }) =>
    requestOf({
      ...{ type, to, chainId: `${chainId}`, value: `${value}`, gasLimit: `${gas}`, maxFeePerGas: `${fees.fee}` },
      maxPriorityFeePerGas: type === '2' ? `${fees.tip}` : '',
      data: to === '' && data.length === 0 ? '0x00' : hexlify(data),
      accessList: type === '0' || accessList.length === 0 ? '' : canonicalText(accessList),
    }),
  );

/** Every rung of so many random requests has the bytes that ethers writes, and signed the hash that ethers reads. */
export const writesAsEthers = (numRuns: number): void =>
  fc.assert(
    fc.property(request, uint(53n), (asked, nonce) => {
      for (const { fees, unsigned } of rungsOf(asked, nonce))
        expect(hexlify(unsignedRung(asked, nonce, fees))).toBe(unsigned);
    }),
    { numRuns },
  );

/** The signed bytes of the lowest rung are those of ethers. */
export const attachesAsEthers = (numRuns: number): void =>
  fc.assert(
    fc.property(request, uint(53n), key, (asked, nonce, secret) => {
      const [rung] = rungsOf(asked, nonce);
      if (rung === undefined) throw new Error('no rung');
      const theirs = Transaction.from(rung.unsigned);
      theirs.signature = new SigningKey(secret).sign(rung.unsignedHash);
      const { raw, hash } = signRung(rung, secret, computeAddress(new SigningKey(secret)));
      expect({ raw, hash }).toEqual({ raw: theirs.serialized, hash: theirs.hash });
    }),
    { numRuns },
  );
