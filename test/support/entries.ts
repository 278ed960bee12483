import canonicalize from 'canonicalize';
import { keccak256, SigningKey, TypedDataEncoder, toUtf8Bytes } from 'ethers';
import { sha256Hex } from '#schemas/canonical.ts';
import { HOT, LAW_HASH, REGISTER, requestFact } from './given.ts';
import { secretOf } from './law.ts';

/**
 * Entries of the register as formats.md has them, made without the code that makes them in the image. JSON in canonical form, signed by
 * EIP-712 with the key of wallet `hot`.
 */
type Json = Readonly<Record<string, unknown>>;

export const LOG = { chainId: '31337', address: HOT.address, registerBucket: REGISTER };
/** The key of wallet `hot`, and one that is nobody's. */
export const KEY = new SigningKey(secretOf(1));
export const OTHER_KEY = new SigningKey(secretOf(2));

const SEAL = {
  Seal: [
    { name: 'seq', type: 'uint256' },
    { name: 'previous', type: 'bytes32' },
    { name: 'content', type: 'bytes32' },
  ],
};

export const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalize(value) ?? '');

/** Twelve digits of 10^12 - 1 - seq. */
export const entryName = (seq: bigint): string =>
  `seals/31337/${HOT.address}/${(999_999_999_999n - seq).toString().padStart(12, '0')}`;

const APPROVAL = {
  coSigner: 'alice',
  object: 'alice/shares/1',
  generation: '17',
  sha256: 'a'.repeat(64),
  prediction: '',
};

/** One item of a seal: the plain request with what differs in it, at a nonce. Its id is the digest. */
export const itemJson = (nonce: bigint, fields: Json = {}, over: Json = {}): Json => {
  const { id, request } = requestFact(fields);
  const rungs = [`0x${nonce.toString(16).padStart(64, '0')}`];
  // Value and gasLimit × maxFeePerGas: what a plain payment takes out at most.
  const leaves = BigInt(request.value) + BigInt(request.gasLimit) * BigInt(request.maxFeePerGas);
  const coin = {
    chainId: request.chainId,
    standard: 'native',
    address: '',
    tokenId: '',
    leaves: `${leaves}`,
    allows: '0',
  };
  return {
    ...{ id, nonce: `${nonce}`, request, rungs, approvals: [APPROVAL], verdict: 'allowed', rule: 'any' },
    ...{ tokensJudged: 'yes', assets: [coin], delay: null },
    ...over,
  };
};

export const contentJson = (seq: bigint, items: readonly Json[], over: Json = {}): Json => ({
  ...{ version: 2, kind: 'seal', chainId: '31337', address: HOT.address, seq: `${seq}` },
  ...{ previous: '0'.repeat(64), lawHash: LAW_HASH, checkpoint: null, items },
  ...over,
});

/** The 32 bytes that the wallet signs, `0x…`. */
export const digestToSign = (content: Json): string =>
  TypedDataEncoder.hash(
    { name: 'keyturn', version: '2', chainId: 31337, salt: keccak256(toUtf8Bytes(`gs://${REGISTER}`)) },
    SEAL,
    { seq: content.seq, previous: `0x${content.previous}`, content: `0x${sha256Hex(bytesOf(content))}` },
  );

/** `after`: what somebody changes once it is signed. */
export const signedSeal = (content: Json, { key = KEY, after = {} }: { key?: SigningKey; after?: Json } = {}) =>
  bytesOf({ ...content, signature: key.sign(digestToSign(content)).serialized, evidence: 'evidence', ...after });

export const closeJson = (ids: readonly string[], over: Json = {}): Json => ({
  version: 1,
  kind: 'close',
  items: ids.map((id) => ({ id, code: 'REJECTED', reason: 'by somebody' })),
  ...over,
});
