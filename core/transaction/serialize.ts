import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Fees } from './fees.ts';
import { decodeRlp, encodeRlp, type RlpItem } from './rlp.ts';

/**
 * What is signed, written from the request itself and without ethers. `rungsOf` writes the same with ethers, and the two must agree byte by
 * byte before a signature counts. A test compares them over 10,000 random requests.
 */
const accessList = z.array(z.object({ address: z.string(), storageKeys: z.array(z.string()) }));

const hexBytes = (text: string): Uint8Array => hexToBytes(text.slice(2).toLowerCase());

/** A number without leading zeros; zero is no byte at all. */
export const numberBytes = (value: bigint): Uint8Array => {
  if (value === 0n) return new Uint8Array();
  const digits = value.toString(16);
  return hexToBytes(digits.length % 2 === 0 ? digits : `0${digits}`);
};

const listItems = ({ accessList: text }: TransactionRequest): RlpItem[] =>
  text === ''
    ? []
    : accessList
        .parse(JSON.parse(text))
        .map(({ address, storageKeys }) => [hexBytes(address), storageKeys.map((key) => hexBytes(key))]);

/**
 * Bytes of one rung without its signature: RLP with EIP-155 (type "0"), or an envelope of EIP-2718 (EIP-2930, EIP-1559). Throws RangeError for
 * another type.
 */
export const unsignedRung = (request: TransactionRequest, nonce: bigint, fees: Fees): Uint8Array => {
  const { type, gasLimit, to, value, data } = request;
  const chainId = numberBytes(BigInt(request.chainId));
  const call = [
    numberBytes(BigInt(gasLimit)),
    to === '' ? new Uint8Array() : hexBytes(to),
    numberBytes(BigInt(value)),
    hexBytes(data),
  ];
  const price = numberBytes(fees.maxFeePerGas);
  switch (type) {
    case '0':
      return encodeRlp([numberBytes(nonce), price, ...call, chainId, new Uint8Array(), new Uint8Array()]);
    case '1':
      return concatBytes(
        Uint8Array.of(1),
        encodeRlp([chainId, numberBytes(nonce), price, ...call, listItems(request)]),
      );
    case '2': {
      const tip = numberBytes(fees.maxPriorityFeePerGas);
      return concatBytes(
        Uint8Array.of(2),
        encodeRlp([chainId, numberBytes(nonce), tip, price, ...call, listItems(request)]),
      );
    }
    default:
      throw new RangeError('no such type of transaction');
  }
};

const itemsOf = (bytes: Uint8Array): readonly RlpItem[] => {
  const item = decodeRlp(bytes);
  if (item instanceof Uint8Array) throw new RangeError('no transaction');
  return item;
};

const withoutZeros = (word: Uint8Array): Uint8Array => word.subarray(word.findIndex((byte) => byte !== 0));

/** The unsigned bytes with their signature: r, s and parity, 65 bytes. Throws RangeError where the bytes are no transaction. */
export const signedBytes = (unsigned: Uint8Array, signature: Uint8Array): Uint8Array => {
  const [r, s] = [withoutZeros(signature.subarray(0, 32)), withoutZeros(signature.subarray(32, 64))];
  const parity = BigInt(signature[64] ?? 0);
  const [type = 0] = unsigned;
  if (type < 0xc0)
    return concatBytes(
      unsigned.subarray(0, 1),
      encodeRlp([...itemsOf(unsigned.subarray(1)), numberBytes(parity), r, s]),
    );
  const items = itemsOf(unsigned);
  const chainId = items[6];
  if (items.length !== 9 || !(chainId instanceof Uint8Array)) throw new RangeError('no transaction');
  const v = chainId.reduce((number, byte) => number * 256n + BigInt(byte), 0n) * 2n + 35n + parity;
  return encodeRlp([...items.slice(0, 6), numberBytes(v), r, s]);
};
