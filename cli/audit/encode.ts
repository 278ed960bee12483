import { accessListify, encodeRlp, getAddress, keccak256, Signature, Transaction, toBeArray } from 'ethers';
import { z } from 'zod';
import type { RawBlock } from '#adapters/chain/raw-block.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { ChainFile } from './bundle.ts';
import { trieOf } from './inclusion.ts';

const hex = z.string().regex(/^0x[0-9a-fA-F]*$/);
const fields = z.looseObject({ hash: hex, transactions: z.array(z.record(z.string(), z.unknown())).max(20_000) });
const receiptSchema = z.looseObject({
  transactionIndex: hex,
  type: hex.optional(),
  status: hex,
  cumulativeGasUsed: hex,
  logsBloom: hex,
  logs: z.array(z.looseObject({ address: hex, topics: z.array(hex), data: hex })),
});

/** In the order of the header; those from `baseFeePerGas` on came with forks (EIP-1559, 4895, 4844, 4788, 7685), each after the one before. */
const HASHES = ['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'];
const NUMBERS = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'];
const LATER = [
  'baseFeePerGas',
  'withdrawalsRoot',
  'blobGasUsed',
  'excessBlobGas',
  'parentBeaconBlockRoot',
  'requestsHash',
];
const IS_NUMBER = new Set([...NUMBERS, 'baseFeePerGas', 'blobGasUsed', 'excessBlobGas']);

const cannot = (message: string, cause?: unknown) => new KeyturnError('MALFORMED', message, { cause });

const numberBytes = (text: string): Uint8Array => toBeArray(BigInt(text));

/** RLP of a header from the fields that a node names. */
export const headerOf = (block: Readonly<Record<string, unknown>>): string => {
  const told = (name: string): string | Uint8Array => {
    const text = hex.safeParse(block[name]);
    if (!text.success) throw cannot(`the node does not tell ${name} of the block`);
    return IS_NUMBER.has(name) ? numberBytes(text.data) : text.data.toLowerCase();
  };
  const later = LATER.slice(0, LATER.findLastIndex((name) => block[name] != null) + 1);
  return encodeRlp([...HASHES, ...NUMBERS, 'extraData', 'mixHash', 'nonce', ...later].map(told));
};

/** One receipt as its trie holds it. */
export const receiptBytes = (value: unknown): string => {
  const { data: told, error } = receiptSchema.safeParse(value);
  if (error !== undefined) throw cannot('a receipt of the block has another form', error);
  const type = Number(told.type ?? '0x0');
  if (type > 4) throw cannot(`the block holds a receipt of type ${type}, whose encoding is not known here`);
  const body = encodeRlp([
    numberBytes(told.status),
    numberBytes(told.cumulativeGasUsed),
    told.logsBloom.toLowerCase(),
    told.logs.map(({ address, topics, data }) => [address.toLowerCase(), topics, data]),
  ]);
  return type === 0 ? body : `0x0${type}${body.slice(2)}`;
};

/** One transaction as its trie holds it. Its hash must come out as the node says. */
export const transactionBytes = (told: Readonly<Record<string, unknown>>): string => {
  const text = (name: string): string => String(told[name]);
  const has = (name: string): boolean => told[name] != null;
  const type = Number(told.type ?? '0x0');
  if (type > 4) throw cannot(`the block holds a transaction of type ${type}, whose encoding is not known here`);
  const isLegacy = type === 0;
  try {
    const made = Transaction.from({
      type,
      nonce: Number(text('nonce')),
      gasLimit: text('gas'),
      to: has('to') ? getAddress(text('to').toLowerCase()) : null,
      value: text('value'),
      data: text('input'),
      ...(isLegacy && !has('chainId') ? {} : { chainId: text('chainId') }),
      ...(type < 2
        ? { gasPrice: text('gasPrice') }
        : { maxFeePerGas: text('maxFeePerGas'), maxPriorityFeePerGas: text('maxPriorityFeePerGas') }),
      ...(isLegacy ? {} : { accessList: accessListify((told.accessList ?? []) as never) }),
      ...(type === 3
        ? { maxFeePerBlobGas: text('maxFeePerBlobGas'), blobVersionedHashes: told.blobVersionedHashes as string[] }
        : {}),
      ...(type === 4 ? { authorizationList: authorizations(told.authorizationList) } : {}),
      signature: signatureOf(told, isLegacy),
    });
    if (made.hash === told.hash) return made.serialized;
  } catch (cause) {
    throw cannot('a transaction of the block cannot be encoded', cause);
  }
  throw cannot('a transaction of the block does not have the hash that the node says');
};

const padded = (value: unknown): string => `0x${BigInt(String(value)).toString(16).padStart(64, '0')}`;
const parity = (value: unknown): 0 | 1 => (BigInt(String(value)) === 0n ? 0 : 1);

/** A legacy signature says its chain in `v` (EIP-155). */
const signatureOf = (told: Readonly<Record<string, unknown>>, isLegacy: boolean): Signature =>
  Signature.from({
    ...{ r: padded(told.r), s: padded(told.s) },
    ...(isLegacy ? { v: BigInt(String(told.v)) } : { yParity: parity(told.yParity ?? told.v) }),
  });

const authorizations = (told: unknown) =>
  z
    .array(z.looseObject({ chainId: hex, address: hex, nonce: hex, yParity: hex, r: hex, s: hex }))
    .parse(told)
    .map(({ chainId, address, nonce, yParity, r, s }) => ({
      address: getAddress(address.toLowerCase()),
      ...{ chainId: BigInt(chainId), nonce: BigInt(nonce) },
      signature: Signature.from({ r: padded(r), s: padded(s), yParity: parity(yParity) }),
    }));

/**
 * Header and proofs of one transaction. Whatever the node said: the header has the hash of the block, and both tries have its roots. Throws
 * MALFORMED with what cannot be encoded.
 */
export const chainFileOf = async (
  { block, receipts }: RawBlock,
  { blockHash, transactionHash }: { readonly blockHash: string; readonly transactionHash: string },
): Promise<ChainFile> => {
  const told = fields.safeParse(block);
  const list = z.array(receiptSchema).safeParse(receipts);
  if (!told.success || !list.success) throw cannot('the node tells the block or its receipts in another form');
  const header = headerOf(told.data);
  if (keccak256(header) !== blockHash) throw cannot('the header, as it is known here, has not the hash of the block');
  const transactions = told.data.transactions;
  const index = transactions.findIndex(({ hash }) => hash === transactionHash);
  if (index === -1) throw cannot('the block does not hold the transaction');
  const inOrder = list.data.toSorted((a, b) => Number(a.transactionIndex) - Number(b.transactionIndex));
  const encoded = inOrder.map(receiptBytes);
  const [ofTransactions, ofReceipts] = await Promise.all([trieOf(transactions.map(transactionBytes)), trieOf(encoded)]);
  if (ofTransactions.root !== told.data.transactionsRoot || ofReceipts.root !== told.data.receiptsRoot)
    throw cannot('transactions or receipts, as they are known here, have not the roots in the header');
  return {
    header,
    index: index.toString(),
    transactionProof: [...(await ofTransactions.proofOf(BigInt(index)))],
    receiptProof: [...(await ofReceipts.proofOf(BigInt(index)))],
    receipts: index > 0 && (inOrder[index]?.logs.length ?? 0) > 0 ? encoded : [],
    previousReceiptProof: index === 0 ? [] : [...(await ofReceipts.proofOf(BigInt(index - 1)))],
  };
};
