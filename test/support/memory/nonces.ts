import { secp256k1 } from '@noble/curves/secp256k1.js';
import { getBytes } from 'ethers';
import { rungsOf } from '#core/transaction/transaction.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Sought } from './scan.ts';

const { Fn } = secp256k1.Point;

/** The nonce of RFC 6979, from a signature by another library and the key: k = (z + r·d) / s. The low s may have turned its sign. */
const nonceOf = (digest: Uint8Array, key: Uint8Array): Uint8Array => {
  const signature = secp256k1.Signature.fromBytes(secp256k1.sign(digest, key, { prehash: false }));
  const sum = Fn.add(
    Fn.create(BigInt(`0x${Buffer.from(digest).toString('hex')}`)),
    Fn.mul(signature.r, Fn.fromBytes(key)),
  );
  return Fn.toBytes(Fn.div(sum, signature.s));
};
const negated = (bytes: Uint8Array): Uint8Array => Fn.toBytes(Fn.neg(Fn.fromBytes(bytes)));

/** The nonce of each rung: whoever has one, and the signature, has the key. */
export const noncesOf = (request: TransactionRequest, nonce: bigint, key: Uint8Array): readonly Sought[] =>
  rungsOf(request, nonce).flatMap(({ unsignedHash }, n) => {
    const secret = nonceOf(getBytes(unsignedHash), key);
    return [
      { name: `nonce ${n}`, bytes: secret },
      { name: `nonce ${n} turned`, bytes: negated(secret) },
    ];
  });
