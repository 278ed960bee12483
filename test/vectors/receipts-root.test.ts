import { keccak256 } from 'ethers';
import { describe, expect, test } from 'vitest';
import { headerOf, receiptBytes } from '#cli/audit/encode.ts';
import { proven, trieOf } from '#cli/audit/inclusion.ts';

/** One payment of 21000 gas, without logs, as the only one of its block. */
const PAYMENT = {
  transactionIndex: '0x0',
  status: '0x1',
  cumulativeGasUsed: '0x5208',
  logsBloom: `0x${'00'.repeat(256)}`,
  logs: [],
};
/** Receipts roots of public blocks that hold one such payment: legacy (Ethereum, Sepolia and others), and EIP-1559. */
const ROOTS = [
  ['0x0', '0x056b23fbba480696b65fe5a59b8f2148a1299103c4f57df839233af2cf4ca2d2'],
  ['0x2', '0xf78dfb743fbd92ade140711c8bbc542b5e307f0ab7984eff35d751969fe57efa'],
] as const;

describe('receipts as their trie holds them', () => {
  test.each(ROOTS)('one payment of type %s has the root of public blocks', async (type, root) => {
    const bytes = receiptBytes({ ...PAYMENT, type });
    const trie = await trieOf([bytes]);
    expect(trie.root).toBe(root);
    expect(await proven(root, 0n, await trie.proofOf(0n), 'receipt')).toBe(bytes);
  });

  test('an empty block has the empty root of the Yellow Paper', async () => {
    expect((await trieOf([])).root).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
  });

  test('every place of 300 is proven, and no node of a proof is free', async () => {
    const values = Array.from({ length: 300 }, (_, n) =>
      receiptBytes({ ...PAYMENT, type: '0x2', cumulativeGasUsed: `0x${(21000 * (n + 1)).toString(16)}` }),
    );
    const { root, proofOf } = await trieOf(values);
    for (const n of [0, 1, 127, 128, 255, 256, 299]) {
      const proof = await proofOf(BigInt(n));
      expect(await proven(root, BigInt(n), proof, 'receipt')).toBe(values[n]);
      const refused = { code: 'MALFORMED' };
      await expect(proven(root, BigInt(n + 1), proof, 'receipt')).rejects.toMatchObject(refused);
      await expect(proven(root, BigInt(n), [...proof, '0xc0'], 'receipt')).rejects.toMatchObject(refused);
      await expect(proven(root, BigInt(n), proof.slice(0, -1), 'receipt')).rejects.toMatchObject(refused);
    }
  });

  test('a receipt of a rollup is refused by its type', () => {
    expect(() => receiptBytes({ ...PAYMENT, type: '0x7e' })).toThrow('type 126');
  });
});

test('the first header of Ethereum has its hash', () => {
  const zero = (bytes: number): string => `0x${'00'.repeat(bytes)}`;
  const header = headerOf({
    parentHash: zero(32),
    sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
    miner: zero(20),
    stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
    transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
    receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
    logsBloom: zero(256),
    difficulty: '0x400000000',
    number: '0x0',
    gasLimit: '0x1388',
    gasUsed: '0x0',
    timestamp: '0x0',
    extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
    mixHash: zero(32),
    nonce: '0x0000000000000042',
  });
  expect(keccak256(header)).toBe('0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3');
});
