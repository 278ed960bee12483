import { createMerkleProof, createMPT, createMPTFromProof } from '@ethereumjs/mpt';
import {
  decodeRlp,
  encodeRlp,
  getAddress,
  getBytes,
  hexlify,
  keccak256,
  Transaction,
  toBeArray,
  toBigInt,
} from 'ethers';
import type { BlockHead, MinedReceipt, TransactionLog } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { ChainFile } from './bundle.ts';

/** A transaction and its receipt, as the hash of their block commits to them. */
export interface Included {
  readonly transaction: Transaction;
  readonly receipt: MinedReceipt;
  readonly logs: readonly TransactionLog[];
  readonly block: BlockHead;
}

const bad = (message: string, cause?: unknown) => new KeyturnError('MALFORMED', message, { cause });

/** Fields of a header by their place (https://ethereum.github.io/yellowpaper/paper.pdf, "The Block"; EIP-1559 adds the base fee). */
const PLACE = { transactionsRoot: 4, receiptsRoot: 5, number: 8, timestamp: 11, baseFeePerGas: 15 } as const;

/** Receipts whose encoding is known: legacy, EIP-2930, EIP-1559, EIP-4844, EIP-7702. */
const TYPES: readonly number[] = [0, 1, 2, 3, 4];

const listOf = (bytes: string, what: string): readonly unknown[] => {
  let decoded: unknown;
  try {
    decoded = decodeRlp(bytes);
  } catch (cause) {
    throw bad(`${what} is no RLP`, cause);
  }
  if (!Array.isArray(decoded)) throw bad(`${what} is no list`);
  return decoded;
};

const textAt = (list: readonly unknown[], place: number, what: string): string => {
  const value = list[place];
  if (typeof value !== 'string') throw bad(`${what} lacks a field`);
  return value;
};

const numberAt = (list: readonly unknown[], place: number, what: string): bigint => {
  const text = textAt(list, place, what);
  return text === '0x' ? 0n : toBigInt(text);
};

/** Key of a transaction and of its receipt: RLP of its place. */
export const trieKey = (index: bigint): Uint8Array => getBytes(encodeRlp(toBeArray(index)));

/** A trie of values by their place, its root, and the proof of one place. */
export const trieOf = async (values: readonly string[]) => {
  const trie = await createMPT();
  for (const [n, value] of values.entries()) await trie.put(trieKey(BigInt(n)), getBytes(value));
  return {
    root: hexlify(trie.root()),
    proofOf: async (index: bigint): Promise<readonly string[]> =>
      (await createMerkleProof(trie, trieKey(index))).map((node) => hexlify(node)),
  };
};

/**
 * What the trie of this root holds at a place. The proof must be exactly the nodes on the way, so that none of them is free. Throws MALFORMED.
 */
export const proven = async (root: string, index: bigint, proof: readonly string[], what: string): Promise<string> => {
  const key = trieKey(index);
  try {
    const trie = await createMPTFromProof(
      proof.map((node) => getBytes(node)),
      { root: getBytes(root) },
    );
    const value = await trie.get(key, true);
    const way = (await createMerkleProof(trie, key)).map((node) => hexlify(node));
    if (value !== null && way.join() === proof.join()) return hexlify(value);
  } catch (cause) {
    throw bad(`the proof of the ${what} does not lead to the root in the header`, cause);
  }
  throw bad(`the proof of the ${what} does not hold`);
};

type Log = Omit<TransactionLog, 'index'>;

const logIn = (value: unknown): Log => {
  const [by, topics, data] = Array.isArray(value) ? value : [];
  const isLog = typeof by === 'string' && by.length === 42 && typeof data === 'string' && Array.isArray(topics);
  if (!isLog) throw bad('a log of the receipt has another form');
  return { address: getAddress(by), topics: topics.map(String), data };
};

/** A receipt of the trie: an envelope of EIP-2718, or a plain list. */
const receiptIn = (bytes: string) => {
  const type = Number(bytes.slice(0, 4));
  const body = type >= 0xc0 ? bytes : `0x${bytes.slice(4)}`;
  if (type < 0xc0 && !TYPES.includes(type)) throw bad(`a receipt of type ${type} is not known here`);
  const list = listOf(body, 'the receipt');
  const status = textAt(list, 0, 'the receipt');
  const [, , , logs] = list;
  if (list.length !== 4 || (status !== '0x' && status !== '0x01') || !Array.isArray(logs))
    throw bad('the receipt has another form');
  return { success: status === '0x01', total: numberAt(list, 1, 'the receipt'), logs: logs.map(logIn) };
};

/** Logs of the block before those of this receipt. Throws MALFORMED where the receipts are not those of the block, or are there for nothing. */
const logsBefore = async (chain: ChainFile, receiptsRoot: string, own: readonly Log[]): Promise<number> => {
  const index = Number(chain.index);
  const isNeeded = index > 0 && own.length > 0;
  if (isNeeded !== chain.receipts.length > 0)
    throw bad('all receipts of the block are there where logs are to be numbered, and nowhere else');
  if (!isNeeded) return 0;
  if ((await trieOf(chain.receipts)).root !== receiptsRoot)
    throw bad('the receipts do not have the root in the header');
  return chain.receipts.slice(0, index).reduce((sum, each) => sum + receiptIn(each).logs.length, 0);
};

const transactionIn = (raw: string): Transaction => {
  try {
    return Transaction.from(raw);
  } catch (cause) {
    throw bad('the transaction of the block cannot be read', cause);
  }
};

/** s, until the end of the year 9999: what comes later is no time that a receipt could spell. */
const MAX_TIMESTAMP = 253_402_300_799n;

/** ms */
const timeAt = (header: Parameters<typeof numberAt>[0]): number => {
  const seconds = numberAt(header, PLACE.timestamp, 'the header');
  if (seconds > MAX_TIMESTAMP) throw bad('the header tells a time that no block can have');
  return Number(seconds) * 1000;
};

/** Recomputes the block's hash from its header, and follows both proofs from there. Nothing that is only told is used. Throws MALFORMED. */
export const includedIn = async (chain: ChainFile): Promise<Included> => {
  const header = listOf(chain.header, 'the header');
  const index = BigInt(chain.index);
  const receiptsRoot = textAt(header, PLACE.receiptsRoot, 'the header');
  const transactionsRoot = textAt(header, PLACE.transactionsRoot, 'the header');
  const raw = await proven(transactionsRoot, index, chain.transactionProof, 'transaction');
  const receipt = receiptIn(await proven(receiptsRoot, index, chain.receiptProof, 'receipt'));
  if ((index === 0n) !== (chain.previousReceiptProof.length === 0))
    throw bad('the proof of the receipt before it is there for every transaction but the first');
  const before =
    index === 0n
      ? 0n
      : receiptIn(await proven(receiptsRoot, index - 1n, chain.previousReceiptProof, 'receipt before it')).total;
  const firstLog = await logsBefore(chain, receiptsRoot, receipt.logs);
  const transaction = transactionIn(raw);
  const number = numberAt(header, PLACE.number, 'the header');
  const baseFeePerGas =
    header.length > PLACE.baseFeePerGas ? numberAt(header, PLACE.baseFeePerGas, 'the header') : undefined;
  const hash = keccak256(chain.header);
  return {
    transaction,
    logs: receipt.logs.map((log, n) => ({ ...log, index: BigInt(firstLog + n) })),
    block: {
      number,
      hash,
      time: timeAt(header),
      baseFeePerGas,
    },
    receipt: {
      transactionHash: keccak256(raw),
      blockNumber: number,
      blockHash: hash,
      success: receipt.success,
      gasUsed: receipt.total - before,
      // Worked out from the sealed fees and the base fee.
      effectiveGasPrice: undefined,
      l1Fee: undefined,
    },
  };
};
