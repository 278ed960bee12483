import { decimalText } from '#cli/app/units.ts';
import { isEndless } from '#core/calls/moves.ts';
import type { Token } from '#schemas/tokens.ts';

/**
 * What the policy counts of a token (core/calls/moves.ts), in words. Of pieces it counts how many, and never which: the number is no id of a piece.
 * `contract`: EIP-55.
 */
export const countedText = (units: bigint, contract: string, tokens: readonly Token[]): string => {
  const token = tokens.find(({ address }) => address === contract);
  if (isEndless(units)) return `ANY AMOUNT of ${token?.symbol ?? contract}`;
  if (token === undefined) return `${units} smallest units of ${contract}`;
  if (token.standard === 'erc20') return `${decimalText(units, token.decimals)} ${token.symbol}`;
  return `${units} ${units === 1n ? 'piece' : 'pieces'} of ${token.symbol}`;
};
