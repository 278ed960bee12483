import { getAddress, getBytes } from 'ethers';
import { decodeArguments } from '#core/calls/decode.ts';
import type { TransactionLog } from '#core/ports.ts';
import { type AbiParameter, abiFunction } from '#schemas/abi.ts';
import type { Standard } from '#schemas/assets.ts';
import { addressIn } from './topic.ts';

/** An asset that moved from one address to another. Addresses are in EIP-55. */
export interface Movement {
  readonly standard: Standard;
  /** The token's contract; "" for the coin of the chain. */
  readonly address: string;
  /** Decimal; "" where the asset has none. */
  readonly tokenId: string;
  readonly from: string;
  readonly to: string;
  /** Base units; 1 for a piece of ERC-721. */
  readonly amount: bigint;
  /** Of its log in the block; undefined where there was none. */
  readonly index: bigint | undefined;
}

/** `unread`: some log has the name of a transfer and not the form of one. */
export interface Movements {
  readonly movements: readonly Movement[];
  readonly unread: boolean;
}

/** The first topics: keccak256 of the events' signatures (ERC-20 and ERC-721 share one; ERC-1155 has two). */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const TRANSFER_SINGLE = '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62';
const TRANSFER_BATCH = '0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb';

/** What to ask a node for, by event. */
export const TRANSFER_TOPICS = { one: TRANSFER, single: TRANSFER_SINGLE, batch: TRANSFER_BATCH };

/** Whom the chain itself names as the emitter where ether moves (EIP-7708). No contract can log in its name. */
export const SYSTEM = getAddress('0xfffffffffffffffffffffffffffffffffffffffe');

const SINGLE = abiFunction('single(uint256 id, uint256 amount)').inputs;
const BATCH = abiFunction('batch(uint256[] ids, uint256[] amounts)').inputs;
const AMOUNT = abiFunction('amount(uint256 amount)').inputs;

const valuesOf = (inputs: readonly AbiParameter[], data: string) => {
  const decoded = decodeArguments(inputs, getBytes(data));
  return decoded.kind === 'decoded' ? decoded.values : undefined;
};

type Way = Pick<Movement, 'from' | 'to' | 'address' | 'index'>;

const plainTransfer = ({ topics, data }: TransactionLog, way: Way): readonly Movement[] | undefined => {
  const [, , , piece] = topics;
  // Four topics and no data: ERC-721. The coin of the chain has the form of ERC-20.
  if (piece !== undefined)
    return data === '0x' && way.address !== SYSTEM
      ? [{ ...way, standard: 'erc721', tokenId: BigInt(piece).toString(), amount: 1n }]
      : undefined;
  const [amount] = valuesOf(AMOUNT, data) ?? [];
  if (typeof amount !== 'bigint') return undefined;
  return way.address === SYSTEM
    ? [{ ...way, standard: 'native', address: '', tokenId: '', amount }]
    : [{ ...way, standard: 'erc20', tokenId: '', amount }];
};

const ofMany = (way: Way, ids: readonly unknown[], amounts: readonly unknown[]): readonly Movement[] | undefined => {
  if (ids.length !== amounts.length) return undefined;
  return ids.flatMap((id, n): readonly Movement[] => {
    const amount = amounts[n];
    return typeof id === 'bigint' && typeof amount === 'bigint'
      ? [{ ...way, standard: 'erc1155', tokenId: id.toString(), amount }]
      : [];
  });
};

const wayOf = ({ address, index }: TransactionLog, fromTopic: string | undefined, toTopic: string | undefined) => {
  const [from, to] = [addressIn(fromTopic), addressIn(toTopic)];
  return from === undefined || to === undefined ? undefined : { address, index, from, to };
};

/** What one log says moved; undefined where it has the name of a transfer and not its form. Any contract can log any of this. */
const movedBy = (log: TransactionLog): readonly Movement[] | undefined => {
  const [name, first, second, third] = log.topics;
  switch (name) {
    case TRANSFER: {
      const way = wayOf(log, first, second);
      return way && plainTransfer(log, way);
    }
    case TRANSFER_SINGLE:
    case TRANSFER_BATCH: {
      // The first of the three is the operator, who moved it.
      const way = wayOf(log, second, third);
      if (way === undefined) return undefined;
      const [ids, amounts] = valuesOf(name === TRANSFER_SINGLE ? SINGLE : BATCH, log.data) ?? [];
      if (typeof ids === 'bigint' && typeof amounts === 'bigint') return ofMany(way, [ids], [amounts]);
      return Array.isArray(ids) && Array.isArray(amounts) ? ofMany(way, ids, amounts) : undefined;
    }
    default:
      return [];
  }
};

/** What the request's own value moved, where no log tells it. */
export interface OwnValue {
  readonly from: string;
  /** Of a creation: the contract that was made. */
  readonly to: string;
  readonly wei: bigint;
}

/**
 * What moved in a transaction, by its logs, in their order. Ether of the request itself has a log only on chains with EIP-7708; elsewhere it is
 * put in front. So it is never counted twice. Ether that contracts send on has no log elsewhere, and is not told.
 */
export const movementsIn = (logs: readonly TransactionLog[], { from, to, wei }: OwnValue): Movements => {
  const told = logs.map(movedBy);
  const movements = told.flatMap((one) => one ?? []);
  const unread = told.includes(undefined);
  if (wei === 0n || from === to || movements.some(({ standard }) => standard === 'native'))
    return { movements, unread };
  const own: Movement = { standard: 'native', address: '', tokenId: '', from, to, amount: wei, index: undefined };
  return { movements: [own, ...movements], unread };
};
