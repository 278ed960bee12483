import { keccak256, Transaction, Wallet } from 'ethers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ChainFile } from '#cli/audit/bundle.ts';
import { chainFileOf, headerOf, receiptBytes } from '#cli/audit/encode.ts';
import { includedIn, trieOf } from '#cli/audit/inclusion.ts';

const signer = new Wallet(`0x${'11'.repeat(32)}`);
const TOKEN = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const hex = (n: bigint | number): string => `0x${n.toString(16)}`;
const LOG = { address: TOKEN.toLowerCase(), topics: [`0x${'22'.repeat(32)}`], data: '0x0102' };

/** As a node tells a signed transaction. */
const told = (raw: string): Record<string, unknown> => {
  const read = Transaction.from(raw);
  const { type, nonce, gasLimit, to, value, data, chainId, signature, hash } = read;
  return {
    ...{ hash, type: hex(type ?? 0), nonce: hex(nonce), gas: hex(gasLimit), to, value: hex(value), input: data },
    ...{ chainId: hex(chainId), r: signature?.r, s: signature?.s },
    ...(type === 0 ? { v: hex(signature?.legacyChainId === null ? 27 : (signature?.networkV ?? 27)) } : {}),
    ...(type === 0 ? {} : { yParity: hex(signature?.yParity ?? 0), accessList: read.accessList }),
    ...((type ?? 0) < 2
      ? { gasPrice: hex(read.gasPrice ?? 0) }
      : { maxFeePerGas: hex(read.maxFeePerGas ?? 0), maxPriorityFeePerGas: hex(read.maxPriorityFeePerGas ?? 0) }),
  };
};

/** A block with a payment of each type that keyturn signs; each pays, and the first and the last log. */
const blockOf = async () => {
  const plain = { to: TOKEN, value: 1n, gasLimit: 50_000, chainId: 31337n };
  const raws = await Promise.all([
    signer.signTransaction({ ...plain, type: 0, nonce: 0, gasPrice: 9n }),
    signer.signTransaction({ ...plain, type: 1, nonce: 1, gasPrice: 9n, accessList: [[TOKEN, []]] }),
    signer.signTransaction({ ...plain, type: 2, nonce: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }),
  ]);
  const transactions = raws.map(told);
  const receipts = transactions.map(({ hash, type }, n) => ({
    ...{ transactionHash: hash, transactionIndex: hex(n), type, status: '0x1' },
    cumulativeGasUsed: hex(30_000 * (n + 1)),
    logsBloom: `0x${'00'.repeat(256)}`,
    logs: n === 0 ? [LOG, LOG] : n === 2 ? [LOG] : [],
  }));
  const zero = `0x${'00'.repeat(32)}`;
  const block = {
    ...{ parentHash: zero, sha3Uncles: zero, miner: `0x${'00'.repeat(20)}`, stateRoot: zero },
    transactionsRoot: (await trieOf(raws)).root,
    receiptsRoot: (await trieOf(receipts.map(receiptBytes))).root,
    ...{ logsBloom: `0x${'00'.repeat(256)}`, difficulty: '0x0', number: '0x7', gasLimit: '0x1c9c380' },
    ...{ gasUsed: '0x15f90', timestamp: '0x65', extraData: '0x', mixHash: zero, nonce: '0x0000000000000000' },
    ...{ baseFeePerGas: '0x5', transactions },
  };
  return { raws, receipts, block: { ...block, hash: keccak256(headerOf(block)) } };
};

let made: Awaited<ReturnType<typeof blockOf>>;
let files: readonly ChainFile[];
beforeAll(async () => {
  made = await blockOf();
  const { raws, block, receipts } = made;
  const about = (raw: string) => ({ blockHash: block.hash, transactionHash: keccak256(raw) });
  files = await Promise.all(raws.map((raw) => chainFileOf({ block, receipts }, about(raw))));
});

describe('a transaction in its block', () => {
  test.each([0, 1, 2])('is read from header and proofs alone, of type %i', async (n) => {
    const file = files[n];
    if (file === undefined) throw new Error('no file');
    const { transaction, receipt, block, logs } = await includedIn(file);
    expect(transaction.hash).toBe(keccak256(made.raws[n] ?? ''));
    expect(receipt).toMatchObject({ gasUsed: 30_000n, success: true, blockHash: made.block.hash });
    expect(block).toMatchObject({ number: 7n, time: 101_000, baseFeePerGas: 5n });
    // Two logs of the first come before that of the last.
    expect(logs.map(({ index }) => index)).toEqual([[0n, 1n], [], [2n]][n]);
    expect(file.receipts).toHaveLength(n === 2 ? 3 : 0);
  });

  test('receipts that are there for nothing, missing, or changed are refused', async () => {
    const [first, second, third] = files;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no files');
    const { receipts } = third;
    for (const wrong of [
      { ...first, receipts },
      { ...second, receipts },
      { ...third, receipts: [] },
      { ...third, receipts: receipts.with(0, receipts[1] ?? '') },
      { ...third, previousReceiptProof: [] },
      { ...first, previousReceiptProof: third.previousReceiptProof },
    ])
      await expect(includedIn(wrong)).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  test('a node that tells another header, transaction or receipt makes no file', async () => {
    const { raws, block, receipts } = made;
    const about = { blockHash: block.hash, transactionHash: keccak256(raws[0] ?? '') };
    const [one, ...others] = block.transactions;
    for (const wrong of [
      { block: { ...block, timestamp: '0x66' }, receipts },
      { block: { ...block, transactions: [{ ...one, value: '0x2' }, ...others] }, receipts },
      { block: { ...block, transactions: others }, receipts },
      { block, receipts: receipts.slice(1) },
      { block, receipts: [{ ...receipts[0], type: '0x7e' }, ...receipts.slice(1)] },
      { block: null, receipts },
    ])
      await expect(chainFileOf(wrong, about)).rejects.toMatchObject({ code: 'MALFORMED' });
  });
});
