import { N, Signature, toBeHex } from 'ethers';
import { KeyturnError } from '#schemas/codes.ts';

/** As it counts: 65 bytes r, s, v in lower-case hex digits; v 27 or 28; s at most half the group order (EIP-2). */
const isSpelled = (text: string): boolean => {
  const [, r, s] = /^0x([0-9a-f]{64})([0-9a-f]{64})(?:1b|1c)$/.exec(text) ?? [];
  if (r === undefined || s === undefined) return false;
  const [x, y] = [BigInt(`0x${r}`), BigInt(`0x${s}`)];
  return x > 0n && x < N && y > 0n && y <= N / 2n;
};

/**
 * The one spelling of a signature that another tool spells otherwise. That is upper case, v as 0 or 1, the larger s, or 64 bytes (EIP-2098).
 * Undefined where it is no signature. The same key made it, over the same digest.
 */
export const respelled = (text: string): string | undefined => {
  const lower = text.toLowerCase();
  if (isSpelled(lower)) return lower;
  try {
    if (/^0x[0-9a-f]{128}$/.test(lower)) return Signature.from(lower).serialized;
    const [, r, s = '', v = ''] = /^0x([0-9a-f]{64})([0-9a-f]{64})(1b|1c|00|01)$/.exec(lower) ?? [];
    if (r === undefined) return undefined;
    const isOdd = v === '1c' || v === '01';
    const isLow = BigInt(`0x${s}`) <= N / 2n;
    const low = isLow ? `0x${s}` : toBeHex(N - BigInt(`0x${s}`), 32);
    // Mirroring s mirrors the point, and so its parity.
    const whole = Signature.from({ r: `0x${r}`, s: low, v: isOdd === isLow ? 28 : 27 });
    return isSpelled(whole.serialized) ? whole.serialized : undefined;
  } catch {
    return undefined;
  }
};

const whyNot = (text: string): string => {
  if (/^0x[0-9a-fA-F]{128}$/.test(text)) return 'this one has 64 bytes (EIP-2098)';
  if (text !== text.toLowerCase()) return 'this one has upper-case digits';
  return /(?:1b|1c)$/.test(text) ? 'the s of this one is the larger of two' : 'the last byte of this one is another';
};

/** The signature, where it is spelled as it counts. Throws USAGE naming the option, with the right spelling where there is one. */
export const typedSignature = (text: string, option: string): string => {
  if (isSpelled(text)) return text;
  const right = respelled(text);
  const rule = `${option}: must be 0x and 130 lower-case hex digits, v 27 or 28 at the end, s at most half the group order (EIP-2)`;
  throw new KeyturnError('USAGE', right === undefined ? rule : `${rule}; ${whyNot(text)}. It is, rightly: ${right}`, {
    field: 'signature',
  });
};
