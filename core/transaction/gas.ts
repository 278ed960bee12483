import { type AccessList, accessListify, dataLength, getBytes } from 'ethers';
import type { TransactionRequest } from '#schemas/request.ts';

/** The access list of a request as its parser admitted it; "" is none. */
export const accessListOf = (request: TransactionRequest): AccessList =>
  request.accessList === '' ? [] : accessListify(JSON.parse(request.accessList));

/**
 * What a transaction costs before its first instruction: 21000, and these. Calldata: 4 and 16 per zero and non-zero byte (EIP-2028).
 * Creation: 32000, and 2 per word of init code (EIP-2, EIP-3860). Access list: 2400 and 1900 (EIP-2930); entries that stand twice are paid
 * twice.
 */
export const intrinsicGas = (request: TransactionRequest): bigint => {
  const list = accessListOf(request);
  const keys = list.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0);
  const creation = request.to === '' ? 32_000 + 2 * Math.ceil(dataLength(request.data) / 32) : 0;
  return BigInt(21_000 + 4 * tokensOf(request.data) + creation + 2400 * list.length + 1900 * keys);
};

/** The least gas limit that a node admits: the intrinsic gas or the floor for calldata (EIP-7623, 10 per token), whichever is higher. */
export const leastGasLimit = (request: TransactionRequest): bigint => {
  const intrinsic = intrinsicGas(request);
  const floor = BigInt(21_000 + 10 * tokensOf(request.data));
  return intrinsic > floor ? intrinsic : floor;
};

/** EIP-7623: a zero byte is one token, any other four. */
const tokensOf = (data: string): number => getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 1 : 4), 0);

/**
 * What is wrong with `gasLimit`, in words for the sender, or undefined. The floor of EIP-7623 is asked for on every chain, though a chain
 * without Prague would accept less. It matters only for much calldata and little work.
 */
export const gasProblem = (request: TransactionRequest): string | undefined => {
  const least = leastGasLimit(request);
  return BigInt(request.gasLimit) < least ? `is below the intrinsic gas of ${least}` : undefined;
};
