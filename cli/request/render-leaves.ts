import { type Line, warn } from '#cli/app/output.ts';
import { inEther } from '#cli/app/units.ts';
import { allCalls, type CallNode } from '#core/calls/call-tree.ts';
import { UNLIMITED } from '#core/calls/moves.ts';
import type { Token } from '#schemas/tokens.ts';
import { countedText } from './counted.ts';

const etherLine = (wei: bigint): Line =>
  wei >= UNLIMITED ? warn('ANY AMOUNT of ETH') : `${inEther(wei)} (${wei} wei)`;

/**
 * What leaves the wallet at most, one line for each token, by our own decoding: the amounts that the policy and its windows count. What others may
 * take later is told apart from what the transaction itself moves.
 */
export const leavesLines = (tree: CallNode, tokens: readonly Token[]): readonly Line[] => {
  const amount = (units: bigint, token: string): string => countedText(units, token, tokens);
  const moved = [...tree.units].flatMap(([token, { leaves, allows }]): Line[] => [
    ...(leaves > 0n ? [amount(leaves, token)] : []),
    ...(allows > 0n ? [warn(`others may take later: ${amount(allows, token)}`)] : []),
  ]);
  const isDark = allCalls(tree).some(
    ({ content: { kind } }) => kind === 'unknown' || kind === 'refused' || kind === 'creation',
  );
  const lines = [...(tree.moves > 0n ? [etherLine(tree.moves)] : []), ...moved];
  return [
    ...(lines.length === 0 && !isDark ? ['nothing but the fee'] : lines),
    ...(isDark ? [warn('what a call moves that nobody decodes is not known')] : []),
  ];
};
