import type { KnownName } from '#schemas/known-functions.ts';
import type { Token } from '#schemas/tokens.ts';
import type { AbiValue } from './decode.ts';

/** More than any cap that a law can hold: approvals without end. */
export const UNLIMITED = 2n ** 256n;

/** From half of all there can be, an approval means "any amount": some tokens never count such a one down. */
export const isEndless = (amount: bigint): boolean => amount >= UNLIMITED / 2n;

const ZERO = `0x${'0'.repeat(40)}`;

/** A number that the decoder has read. Anything else counts as all there is. */
const numberOf = (value: AbiValue | undefined): bigint => (typeof value === 'bigint' ? value : UNLIMITED);

/** Of one token: smallest units, or pieces. `leaves`: what the call itself can move away. `allows`: what others may move later. */
export interface Units {
  readonly leaves: bigint;
  readonly allows: bigint;
}

/** All of it counts, whoever moves it. */
export const counted = ({ leaves, allows }: Units): bigint => leaves + allows;

const leaves = (amount: bigint): Units => ({ leaves: amount, allows: 0n });

const allows = (amount: bigint): Units => ({ leaves: 0n, allows: isEndless(amount) ? UNLIMITED : amount });

const NOTHING = leaves(0n);

/**
 * How much of the token that is called the call may move or allow. An approval counts in full, and so does a transfer between others.
 * Undefined where the function is not one of a token.
 */
export const unitsOf = (
  known: KnownName,
  values: readonly AbiValue[],
  standard: Token['standard'],
): Units | undefined => {
  switch (known) {
    case 'transfer':
      return leaves(numberOf(values[1]));
    case 'transferFrom':
      return leaves(standard === 'erc721' ? 1n : numberOf(values[2]));
    case 'approve':
      // ERC-721 approves one piece; to the zero address it takes the approval back.
      if (standard === 'erc721') return values[0] === ZERO ? NOTHING : allows(1n);
      return allows(numberOf(values[1]));
    case 'increaseAllowance':
      return allows(numberOf(values[1]));
    case 'permit':
      return allows(numberOf(values[2]));
    case 'permitAllowed':
      return values[4] === false ? NOTHING : allows(UNLIMITED);
    case 'setApprovalForAll':
      return values[1] === false ? NOTHING : allows(UNLIMITED);
    case 'decreaseAllowance':
      return NOTHING;
    case 'safeTransferFrom':
    case 'safeTransferFromWithData':
      return leaves(1n);
    case 'safeTransferFromOfMany':
      return leaves(numberOf(values[3]));
    case 'safeBatchTransferFrom': {
      const amounts = values[3];
      return leaves(Array.isArray(amounts) ? amounts.reduce((sum, one) => sum + numberOf(one), 0n) : UNLIMITED);
    }
    case 'aggregate':
    case 'blockAndAggregate':
    case 'tryAggregate':
    case 'tryBlockAndAggregate':
    case 'aggregate3':
    case 'aggregate3Value':
    case 'multicall':
    case 'multicallUntil':
    case 'execTransaction':
    case 'multiSend':
      return undefined;
    /* v8 ignore next -- the compiler sees to it that no function is left @preserve */
    default:
      return known satisfies never;
  }
};
