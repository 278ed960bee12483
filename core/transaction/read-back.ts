import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { signerOfDigest } from '#core/curve.ts';
import { canonicalText } from '#schemas/canonical.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Fees } from './fees.ts';
import { decodeRlp, encodeRlp, type RlpItem } from './rlp.ts';
import { numberBytes } from './serialize.ts';
import type { Recovered } from './sign.ts';

/** What signed bytes must say. */
export interface Approved {
  readonly request: TransactionRequest;
  readonly nonce: bigint;
  readonly fees: Fees;
  /** The wallet's address, EIP-55. */
  readonly from: string;
}

/** Every field of signed bytes, as text: hex in lower case, numbers in decimal. */
type Fields = Readonly<Record<(typeof NAMES)[number], string>>;

const NAMES = [
  'type',
  'chainId',
  'nonce',
  'maxPriorityFeePerGas',
  'maxFeePerGas',
  'gasLimit',
  'to',
  'value',
  'data',
  'accessList',
  'from',
] as const;

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

const bytesOf = (item: RlpItem | undefined): Uint8Array => {
  if (!(item instanceof Uint8Array)) throw new RangeError('bytes are missing');
  return item;
};

const uintOf = (item: RlpItem | undefined): bigint => {
  const bytes = bytesOf(item);
  if (bytes[0] === 0 || bytes.length > 32) throw new RangeError('no number of at most 256 bits');
  return bytes.length === 0 ? 0n : BigInt(hex(bytes));
};

const listOf = (item: RlpItem | undefined): readonly RlpItem[] => {
  if (item === undefined || item instanceof Uint8Array) throw new RangeError('a list is missing');
  return item;
};

const sized = (item: RlpItem | undefined, length: number): string => {
  const bytes = bytesOf(item);
  if (bytes.length !== length) throw new RangeError(`not ${length} bytes`);
  return hex(bytes);
};

/** EIP-2930; "" for none, as a request says it. */
const accessListText = (item: RlpItem | undefined): string => {
  const list = listOf(item).map((entry) => {
    const [address, keys, ...more] = listOf(entry);
    if (more.length > 0) throw new RangeError('an entry with more than two parts');
    return { address: sized(address, 20), storageKeys: listOf(keys).map((key) => sized(key, 32)) };
  });
  return list.length === 0 ? '' : canonicalText(list);
};

const HALF_ORDER = secp256k1.Point.Fn.ORDER / 2n;

/** The sender by the signature over some bytes. Throws where there is none, or where s is in the upper half (EIP-2). */
type SenderOf = (signedOver: Uint8Array, yParity: bigint, rs: readonly [bigint, bigint]) => string;

/** Recovers the key, unless it is known already who signed these very bytes with this very signature. */
const sendersBy =
  (known: Recovered | undefined): SenderOf =>
  (signedOver, yParity, [r, s]) => {
    if (yParity !== 0n && yParity !== 1n) throw new RangeError('no parity');
    if (s > HALF_ORDER) throw new RangeError('s is high');
    const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'));
    const signature = concatBytes(word(r), word(s), Uint8Array.of(Number(yParity)));
    const digest = keccak_256(signedOver);
    if (known !== undefined && bytesToHex(digest) === known.digest && bytesToHex(signature) === known.signature)
      return known.address;
    const sender = signerOfDigest(digest, signature);
    if (sender === undefined) throw new RangeError('no signature');
    return sender;
  };

/** EIP-155: v holds the chain id, which is signed in place of a signature. */
const legacyFields = (items: readonly RlpItem[], senderOf: SenderOf): Fields => {
  const [nonce, price, gas, to, value, data, v, r, s] = items;
  if (items.length !== 9) throw new RangeError('not nine fields');
  const chainId = (uintOf(v) - 35n) / 2n;
  if (chainId < 1n) throw new RangeError('signed for every chain');
  const signedOver = encodeRlp([...items.slice(0, 6), numberBytes(chainId), new Uint8Array(), new Uint8Array()]);
  return {
    ...common({ type: '0', chainId, nonce, gas, to, value, data }),
    maxPriorityFeePerGas: `${uintOf(price)}`,
    maxFeePerGas: `${uintOf(price)}`,
    accessList: '',
    from: senderOf(signedOver, (uintOf(v) - 35n) % 2n, [uintOf(r), uintOf(s)]),
  };
};

interface Common {
  readonly type: string;
  readonly chainId: bigint;
  readonly nonce: RlpItem | undefined;
  readonly gas: RlpItem | undefined;
  readonly to: RlpItem | undefined;
  readonly value: RlpItem | undefined;
  readonly data: RlpItem | undefined;
}

const common = ({ type, chainId, nonce, gas, to, value, data }: Common) => ({
  type,
  chainId: `${chainId}`,
  nonce: `${uintOf(nonce)}`,
  gasLimit: `${uintOf(gas)}`,
  to: bytesOf(to).length === 0 ? '' : sized(to, 20),
  value: `${uintOf(value)}`,
  data: hex(bytesOf(data)),
});

/** EIP-2718: the type, then its fields (EIP-2930, EIP-1559). */
const typedFields = (type: '1' | '2', items: readonly RlpItem[], senderOf: SenderOf): Fields => {
  const unsigned = items.slice(0, -3);
  const [yParity, r, s] = items.slice(-3);
  if (items.length !== (type === '1' ? 11 : 12)) throw new RangeError('another number of fields');
  const [chainId, nonce, tip, ...rest] = unsigned;
  const [price, gas, to, value, data, list] = type === '1' ? [tip, ...rest] : rest;
  const signedOver = concatBytes(Uint8Array.of(Number(type)), encodeRlp(unsigned));
  return {
    ...common({ type, chainId: uintOf(chainId), nonce, gas, to, value, data }),
    maxPriorityFeePerGas: `${uintOf(tip)}`,
    maxFeePerGas: `${uintOf(price)}`,
    accessList: accessListText(list),
    from: senderOf(signedOver, uintOf(yParity), [uintOf(r), uintOf(s)]),
  };
};

const fieldsOf = (raw: string, senderOf: SenderOf): Fields => {
  const bytes = hexToBytes(raw.slice(2));
  const [first = 0] = bytes;
  if (first >= 0xc0) return legacyFields(listOf(decodeRlp(bytes)), senderOf);
  if (first !== 1 && first !== 2) throw new RangeError('another type');
  return typedFields(first === 1 ? '1' : '2', listOf(decodeRlp(bytes.subarray(1))), senderOf);
};

const expected = ({ request, nonce, fees, from }: Approved): Fields => ({
  type: request.type,
  chainId: request.chainId,
  nonce: `${nonce}`,
  maxPriorityFeePerGas: `${request.type === '2' ? fees.maxPriorityFeePerGas : fees.maxFeePerGas}`,
  maxFeePerGas: `${fees.maxFeePerGas}`,
  gasLimit: request.gasLimit,
  to: request.to.toLowerCase(),
  value: request.value,
  data: request.data,
  accessList: request.accessList.toLowerCase().replaceAll('storagekeys', 'storageKeys'),
  from: from.toLowerCase(),
});

/**
 * Reads signed bytes by a parser that shares no code with the library that wrote their fields. Compares each field with what was approved.
 * Names the first field that differs, or `form` where the bytes are no such transaction. Undefined where all is as approved. `known`: who
 * signed what, where that was recovered before.
 */
export const signedBytesProblem = (raw: string, approved: Approved, known?: Recovered): string | undefined => {
  let found: Fields;
  try {
    found = fieldsOf(raw, sendersBy(known));
  } catch {
    return 'form';
  }
  const wanted = expected(approved);
  return NAMES.find((name) => found[name] !== wanted[name]);
};
