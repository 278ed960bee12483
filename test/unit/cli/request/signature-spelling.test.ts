import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { recoverAddress, SigningKey } from 'ethers';
import { describe, expect, test } from 'vitest';
import { respelled, typedSignature } from '#cli/request/signature-spelling.ts';

const N = secp256k1.Point.Fn.ORDER;
const hex = (value: bigint) => value.toString(16).padStart(64, '0');

/** Signatures of both parities, each by another key. */
const SIGNATURES = Array.from({ length: 8 }, (_, i) => {
  const digest = `0x${String(i + 1).repeat(64)}`;
  const key = new SigningKey(`0x${'3'.repeat(63)}${i + 1}`);
  const { r, s, v, serialized } = key.sign(digest);
  return { r: r.slice(2), s: BigInt(s), v, serialized, digest, address: recoverAddress(digest, serialized) };
});

test('both parities are among the cases', () => {
  expect(new Set(SIGNATURES.map(({ v }) => v))).toEqual(new Set([27, 28]));
});

describe.each(SIGNATURES)('v $v', ({ r, s, v, serialized, digest, address }) => {
  const tail = (last: number) => last.toString(16).padStart(2, '0');
  const mirrored = hex(N - s);
  const twin = v === 27 ? 28 : 27;
  const others = {
    'upper case': `0x${serialized.slice(2).toUpperCase()}`,
    'v as 0 or 1': `0x${r}${hex(s)}${tail(v - 27)}`,
    'the larger s': `0x${r}${mirrored}${tail(twin)}`,
    'the larger s, v as 0 or 1': `0x${r}${mirrored}${tail(twin - 27)}`,
    '64 bytes (EIP-2098)': `0x${r}${hex(s | (BigInt(v - 27) << 255n))}`,
  };

  test('in its one spelling it is taken as it is', () => {
    expect(typedSignature(serialized, '--signature')).toBe(serialized);
    expect(respelled(serialized)).toBe(serialized);
  });

  test.each(Object.entries(others))('%s is refused, and the right spelling told', (_, text) => {
    expect(respelled(text)).toBe(serialized);
    expect(recoverAddress(digest, respelled(text) ?? '')).toBe(address);
    expect(() => typedSignature(text, '--signature')).toThrow(`It is, rightly: ${serialized}`);
  });

  test('noble reads the mirrored pair as a signature by the same key', () => {
    const whole = secp256k1.Signature.fromBytes(hexToBytes(`${r}${mirrored}`), 'compact').addRecoveryBit(twin - 27);
    const point = whole.recoverPublicKey(hexToBytes(digest.slice(2)));
    const own = secp256k1.Signature.fromBytes(hexToBytes(`${r}${hex(s)}`), 'compact').addRecoveryBit(v - 27);
    expect(point.toHex()).toBe(own.recoverPublicKey(hexToBytes(digest.slice(2))).toHex());
  });
});

test.each([
  ['nothing', ''],
  ['no hex', 'signature'],
  ['a digit less', `0x${'1'.repeat(129)}`],
  ['a digit more', `0x${'1'.repeat(131)}`],
  ['without 0x', '1'.repeat(130)],
  ['v of a chain (EIP-155)', `0x${'1'.repeat(128)}25`],
  ['r of zero', `0x${'0'.repeat(64)}${'1'.repeat(64)}1b`],
  ['s of zero', `0x${'1'.repeat(64)}${'0'.repeat(64)}1b`],
  ['s of the group order', `0x${'1'.repeat(64)}${hex(N)}1b`],
])('%s is no signature in any spelling', (_, text) => {
  expect(() => typedSignature(text, '--signature')).toThrow(/must be 0x and 130 lower-case hex digits.*\(EIP-2\)$/);
});
