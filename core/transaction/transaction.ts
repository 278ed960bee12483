import { dataLength, keccak256, Transaction } from 'ethers';
import { KeyturnError } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { ceilingOf, type Fees, rungFees } from './fees.ts';
import { accessListOf } from './gas-schedule.ts';

/** One transaction of the ladder, before it is signed. */
export interface UnsignedRung {
  readonly fees: Fees;
  /** RLP (EIP-155) or typed envelope (EIP-2718), `0x…`, without signature. */
  readonly unsigned: string;
  /** The 32 bytes that are signed, `0x…`. */
  readonly unsignedHash: string;
}

export interface SignedRung {
  /** Transaction hash, `0x…`. */
  readonly hash: string;
  /** Signed bytes, `0x…`: a bearer instrument. */
  readonly raw: string;
}

const refuse = (field: string, message: string): never => {
  throw new KeyturnError('BAD_FIELD', message, { field });
};

const transactionOf = (request: TransactionRequest, nonce: bigint, fees: Fees): Transaction =>
  Transaction.from({
    type: Number(request.type),
    chainId: BigInt(request.chainId),
    nonce: Number(nonce),
    to: request.to === '' ? null : request.to,
    value: BigInt(request.value),
    data: request.data,
    gasLimit: BigInt(request.gasLimit),
    ...(request.type === '2'
      ? { maxFeePerGas: fees.maxFeePerGas, maxPriorityFeePerGas: fees.maxPriorityFeePerGas }
      : { gasPrice: fees.maxFeePerGas }),
    ...(request.type === '0' ? {} : { accessList: accessListOf(request) }),
  });

/**
 * The ladder of a request at a nonce, lowest fee first: types "0" (with EIP-155), "1" (EIP-2930) and "2" (EIP-1559). Throws BAD_FIELD for a
 * chain id of 0, since every chain would admit that transaction. Throws it too for a nonce above 2^53 − 1, which no library here can write.
 */
export const rungsOf = (request: TransactionRequest, nonce: bigint): readonly UnsignedRung[] => {
  if (BigInt(request.chainId) === 0n) refuse('chainId', 'must not be 0: the transaction could be replayed anywhere');
  if (nonce < 0n || nonce > BigInt(Number.MAX_SAFE_INTEGER)) refuse('nonce', 'must not exceed 2^53-1');
  return rungFees(request).map((fees) => {
    const { unsignedSerialized, unsignedHash } = transactionOf(request, nonce, fees);
    return { fees, unsigned: unsignedSerialized, unsignedHash };
  });
};

/** Bytes that a nonce takes in a transaction: one where it is 0, and seven at 2^53 − 1. */
const NONCE_BYTES = 8;

const lengths = new WeakMap<TransactionRequest, number>();

/** Bytes of the unsigned transaction at the approved ceiling, whatever its nonce: at most. Worked out once for each request. */
export const unsignedBytes = (request: TransactionRequest): number => {
  const known =
    lengths.get(request) ?? dataLength(transactionOf(request, 0n, ceilingOf(request)).unsignedSerialized) + NONCE_BYTES;
  lengths.set(request, known);
  return known;
};

/** Whether the bytes are those of the hash: what lies in a bucket is believed for nothing. */
export const rawMatches = ({ hash, raw }: SignedRung): boolean => keccak256(raw) === hash;
