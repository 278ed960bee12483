import { dataLength, Transaction } from 'ethers';

/** A transaction as a node reads it. */
export interface Sent {
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly gas: bigint;
  readonly value: bigint;
  readonly to: string | null;
  readonly data: string;
  readonly type: number;
  readonly chainId: bigint;
  /** Of the unsigned transaction. */
  readonly bytes: number;
}

const read = new Map<string, Sent>();

/** The same bytes are always the same transaction: read once for all histories. */
export const readRaw = (raw: string): Sent => {
  const known = read.get(raw);
  if (known !== undefined) return known;
  const transaction = Transaction.from(raw);
  const { hash, from, nonce, maxFeePerGas, maxPriorityFeePerGas, gasPrice, gasLimit, value, to, data, type, chainId } =
    transaction;
  const sent = {
    hash: hash ?? '',
    from: from ?? '',
    nonce,
    maxFee: maxFeePerGas ?? gasPrice ?? 0n,
    tip: maxPriorityFeePerGas ?? gasPrice ?? 0n,
    gas: gasLimit,
    value,
    to,
    data,
    type: type ?? 0,
    chainId,
    bytes: dataLength(transaction.unsignedSerialized),
  };
  read.set(raw, sent);
  return sent;
};
