import { getAddress } from 'ethers';
import { z } from 'zod';

/** One spelling per value (docs/formats.md, "Spellings"). Each check returns what is wrong, in words for the sender, or undefined. */
export type Spelling = (text: string) => string | undefined;

const matching =
  (pattern: RegExp, words: string): Spelling =>
  (text) =>
    pattern.test(text) ? undefined : words;

const LARGEST_UINT256 = 2n ** 256n - 1n;
const LARGEST_UINT64 = 2n ** 64n - 1n;

const uintUpTo =
  (largest: bigint, name: string): Spelling =>
  (text) => {
    if (!/^(0|[1-9][0-9]{0,77})$/.test(text))
      return 'must be a decimal integer without sign, fraction or leading zeros';
    return BigInt(text) <= largest ? undefined : `must not exceed ${name}`;
  };

export const uint256 = uintUpTo(LARGEST_UINT256, '2^256-1');
export const uint64 = uintUpTo(LARGEST_UINT64, '2^64-1');

/** EIP-55; an all-lower-case address is refused, because a typing error would go unnoticed. */
export const address: Spelling = (text) => {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return 'must be 0x and 40 hex digits';
  return getAddress(text.toLowerCase()) === text ? undefined : 'must carry the EIP-55 checksum';
};

/** EIP-55 of an address that a machine wrote without one: all lower case. Anything else stays as it is, so that a wrong checksum is refused. */
export const withChecksum = (text: string): string => (/^0x[0-9a-f]{40}$/.test(text) ? getAddress(text) : text);

export const data = matching(
  /^0x([0-9a-f]{2})*$/,
  'must be 0x and an even number of lower-case hex digits (empty: 0x)',
);
export const transactionHash = matching(/^0x[0-9a-f]{64}$/, 'must be 0x and 64 lower-case hex digits');
export const hex64 = matching(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits without 0x');

/** Is this a request's id (its EIP-712 digest)? `replaces` holds one, or is empty, or names a skipped nonce. */
export const isRequestId = (text: string): boolean => hex64(text) === undefined;

/** A requester that goes by an address, however it is written, claims a key, and can sign; any other name is a mere claim. */
export const isSigner = (requester: string): boolean => /^0[xX][0-9a-fA-F]{40}$/.test(requester);
export const name = matching(/^[a-z][a-z0-9-]{0,30}$/, 'must be a lower-case letter, then up to 30 of a-z, 0-9 and -');
export const token = matching(/^[A-Za-z0-9._:@-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ : @ -');
export const signature = matching(/^0x[0-9a-f]{130}$/, 'must be 0x and 130 lower-case hex digits');

/** ms since the epoch of `YYYY-MM-DDTHH:MM:SSZ`; undefined where it is no such instant (30 February, 24:00:00). */
export const timeMs = (text: string): number | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || timeText(ms) !== text ? undefined : ms;
};

/** The one spelling of an instant, from ms since the epoch; fractions of a second are cut off. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The day of an instant (ms) in UTC, YYYY-MM-DD. */
export const dayText = (ms: number): string => timeText(ms).slice(0, 10);

/** ms, 00:00 UTC of a real day written YYYY-MM-DD; undefined of anything else. */
export const dayMs = (text: string): number | undefined => timeMs(`${text}T00:00:00Z`);

export const time: Spelling = (text) =>
  timeMs(text) === undefined ? 'must be a real instant written YYYY-MM-DDTHH:MM:SSZ' : undefined;

export const either =
  (...spellings: Spelling[]): Spelling =>
  (text) => {
    const problems = spellings.map((spelling) => spelling(text));
    return problems.includes(undefined) ? undefined : problems.join(', or ');
  };

export const exactly =
  (...values: string[]): Spelling =>
  (text) =>
    values.includes(text) ? undefined : `must be ${values.map((value) => JSON.stringify(value)).join(' or ')}`;

/** A text in one of the spellings, for zod: the issue says what is wrong in the spelling's own words. */
export const spelled = (spelling: Spelling) =>
  z.string().superRefine((text, context) => {
    const problem = spelling(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
