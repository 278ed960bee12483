import { allCalls, type CallNode } from '#core/calls/call-tree.ts';
import type { AbiValue } from '#core/calls/decode.ts';
import { sum } from '#core/sum.ts';
import type { AssetAmount } from '#schemas/assets.ts';
import type { Movement, Movements } from './transfers.ts';

/**
 * Where what moved is not what was approved. `NOT_MOVED`: a transfer that was asked for left no trace. The token returned false, or a call
 * within was allowed to fail. `OTHER_AMOUNT`: the payee got another amount, as of a token that takes a fee. `MORE_LEFT`: more left the wallet
 * than the call could move and allow at most.
 */
export type DeviationCode = 'NOT_MOVED' | 'OTHER_AMOUNT' | 'MORE_LEFT';

export interface Deviation {
  readonly code: DeviationCode;
  readonly asset: Pick<Movement, 'standard' | 'address' | 'tokenId'>;
  /** Base units. */
  readonly expected: bigint;
  readonly actual: bigint;
}

/** What a number in a call means: how much, or which piece. */
type Kind = 'amount' | 'piece';

/** A transfer that a call asks a token for. `either`: only the token's standard can tell what its number is. */
interface Asked<K extends Kind | 'either' = Kind> {
  readonly token: string;
  readonly to: string;
  readonly is: K;
  /** "" but for ERC-1155. */
  readonly ofMany: string;
  readonly number: bigint;
}

/** What is not read as it should be is not asked for: the decoder has seen to that. */
const asked = (
  to: AbiValue | undefined,
  number: AbiValue | undefined,
  how: Omit<Asked<Kind | 'either'>, 'to' | 'number'>,
): readonly Asked<Kind | 'either'>[] =>
  typeof to === 'string' && typeof number === 'bigint' ? [{ ...how, to, number }] : [];

const list = (value: AbiValue | undefined): readonly AbiValue[] => (Array.isArray(value) ? value : []);

const askedOf = (node: CallNode): readonly Asked<Kind | 'either'>[] => {
  if (node.content.kind !== 'known') return [];
  const { function: called, values } = node.content;
  const token = { token: node.to, ofMany: '' };
  switch (called.known) {
    case 'transfer':
      return asked(values[0], values[1], { ...token, is: 'amount' });
    case 'transferFrom':
      return asked(values[1], values[2], { ...token, is: 'either' });
    case 'safeTransferFrom':
    case 'safeTransferFromWithData':
      return asked(values[1], values[2], { ...token, is: 'piece' });
    case 'safeTransferFromOfMany':
      return asked(values[1], values[3], { ...token, is: 'amount', ofMany: String(values[2]) });
    case 'safeBatchTransferFrom':
      return list(values[2]).flatMap((id, n) =>
        asked(values[1], list(values[3])[n], { ...token, is: 'amount', ofMany: String(id) }),
      );
    default:
      return [];
  }
};

/**
 * Of one call, whatever others of the bundle ask of the same token. `transferFrom` is of both ERC-20 and ERC-721: what the token logged, or
 * what the seal says of it, tells which it is.
 */
const kindOf = (
  { is, token }: Asked<Kind | 'either'>,
  movements: readonly Movement[],
  assets: readonly AssetAmount[],
): Kind => {
  if (is !== 'either') return is;
  const tellsPiece = ({ address, standard }: Pick<Movement, 'address' | 'standard'>) =>
    address === token && standard === 'erc721';
  return movements.some(tellsPiece) || assets.some(tellsPiece) ? 'piece' : 'amount';
};

const keyOf = ({ token, to, is, ofMany, number }: Asked): string =>
  [token, to, ofMany, is === 'piece' ? number : ''].join();

/** One asset to one payee: all calls that ask for it, against all logs that tell of it. */
const compare = (group: readonly Asked[], movements: readonly Movement[]): readonly Deviation[] => {
  const [first] = group;
  if (first === undefined) return [];
  const { token, to, is, ofMany, number } = first;
  const isPiece = is === 'piece';
  const standard = isPiece ? 'erc721' : ofMany === '' ? 'erc20' : 'erc1155';
  const tokenId = isPiece ? number.toString() : ofMany;
  const told = movements.filter((moved) => moved.address === token && moved.to === to && moved.tokenId === tokenId);
  const actual = sum(told.map(({ amount }) => amount));
  const expected = isPiece ? 1n : sum(group.map((each) => each.number));
  if (actual === expected || (isPiece && actual > 0n)) return [];
  return [
    {
      code: actual === 0n ? 'NOT_MOVED' : 'OTHER_AMOUNT',
      asset: { standard, address: token, tokenId },
      expected,
      actual,
    },
  ];
};

const moreThanSealed = (
  { movements }: Movements,
  assets: readonly AssetAmount[],
  wallet: string,
): readonly Deviation[] => {
  const left = movements.filter(({ from, to }) => from === wallet && to !== wallet);
  return [...Map.groupBy(left, ({ address }) => address)].flatMap(([address, all]): readonly Deviation[] => {
    const [{ standard } = { standard: 'native' as const }] = all;
    const { leaves = '0', allows = '0' } = assets.find((asset) => asset.address === address) ?? {};
    const most = BigInt(leaves) + BigInt(allows);
    const actual = sum(all.map(({ amount }) => amount));
    return actual > most
      ? [{ code: 'MORE_LEFT', asset: { standard, address, tokenId: '' }, expected: most, actual }]
      : [];
  });
};

/** What was approved: the call as it is decoded, and what the seal says could leave at most. */
export interface Approved {
  readonly wallet: string;
  readonly tree: CallNode;
  readonly tokensJudged: 'no' | 'yes';
  readonly assets: readonly AssetAmount[];
}

/** Of a transaction that succeeded: one that was reverted moved nothing. Where a call was not decoded, only those that were are compared. */
export const deviationsOf = (
  moved: Movements,
  { wallet, tree, tokensJudged, assets }: Approved,
): readonly Deviation[] => {
  const { movements } = moved;
  const transfers = allCalls(tree)
    .flatMap(askedOf)
    .map((each): Asked => ({ ...each, is: kindOf(each, movements, assets) }));
  return [
    ...[...Map.groupBy(transfers, keyOf).values()].flatMap((group) => compare(group, movements)),
    ...(tokensJudged === 'yes' ? moreThanSealed(moved, assets, wallet) : []),
  ];
};
