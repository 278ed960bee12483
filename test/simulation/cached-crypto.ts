import { createRequire, syncBuiltinESMExports } from 'node:module';
import { SigningKey, TypedDataEncoder } from 'ethers';
import type { Random } from './random.ts';

/** Pure and slow: the same arguments give the same answer for ever, so each is worked out once for all histories of this process. */
const remembered = <A extends unknown[], R>(
  run: (...args: A) => R,
  keyOf: (...args: A) => string,
): ((...args: A) => R) => {
  const known = new Map<string, R>();
  return (...args) => {
    const key = keyOf(...args);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size > 200_000) known.clear();
    const value = run(...args);
    known.set(key, value);
    return value;
  };
};

const spell = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)) ?? '';

/** Caches recovery of public keys and EIP-712 hashes by content. */
export const cacheSignatureChecks = (): void => {
  SigningKey.recoverPublicKey = remembered(SigningKey.recoverPublicKey, (digest, signature) =>
    spell([
      typeof digest === 'string' ? digest : Buffer.from(digest).toString('hex'),
      typeof signature === 'string' ? signature : 'serialized' in signature ? signature.serialized : signature,
    ]),
  );
  TypedDataEncoder.hash = remembered(TypedDataEncoder.hash, (...args) => spell(args));
};

let source: Random | undefined;
const drawn = (): Random => {
  if (source === undefined) throw new Error('randomness outside of a history');
  return source;
};

/** Whatever asks Node for randomness inside a history gets the history's own: else its seed would not replay. */
export const drawFrom = (random: Random): void => {
  source = random;
};

export const replaceRandomness = (): void => {
  const crypto = createRequire(import.meta.url)('node:crypto');
  crypto.randomInt = (low: number, high?: number) =>
    high === undefined ? drawn().int(low) : drawn().between(low, high - 1);
  crypto.randomBytes = (length: number) => Buffer.from(drawn().hex(length), 'hex');
  crypto.randomUUID = () =>
    `${drawn().hex(4)}-${drawn().hex(2)}-4${drawn().hex(2).slice(1)}-8${drawn().hex(2).slice(1)}-${drawn().hex(6)}`;
  syncBuiltinESMExports();
  Math.random = () => drawn().unit();
};
