import { expect, test } from 'vitest';
import { transactionAnswer } from '#adapters/chain/json.ts';

const LEGACY = {
  hash: `0x${'1'.repeat(64)}`,
  blockNumber: '0x1',
  nonce: '0x0',
  from: `0x${'22'.repeat(20)}`,
  to: `0x${'33'.repeat(20)}`,
  value: '0x1',
  input: '0x',
  gas: '0x5208',
};

// EIP-155: v = 35 or 36 + 2 × chain id. 0xf4f5, 0xf4f6 and 0xa96 are what Hardhat 3.18 (31337) and Ganache 7.9.2 (1337) answer.
test.each([
  ['0xf4f5', 31337n],
  ['0xf4f6', 31337n],
  ['0xa96', 1337n],
  ['0x25', 1n],
  ['0x1b', 0n],
  ['0x1c', 0n],
])('a legacy transaction without a chain id has the one of its v: %s is of chain %s', (v, chainId) => {
  expect(transactionAnswer.parse({ ...LEGACY, type: '0x0', v })).toMatchObject({ type: 0, chainId });
  // Old nodes leave out the type as well.
  expect(transactionAnswer.parse({ ...LEGACY, v })).toMatchObject({ type: 0, chainId });
});

test('a chain id that is told counts, and a later type has none in its v', () => {
  expect(transactionAnswer.parse({ ...LEGACY, type: '0x0', v: '0xa96', chainId: '0x7' })).toMatchObject({
    chainId: 7n,
  });
  expect(transactionAnswer.parse({ ...LEGACY, type: '0x2', v: '0x25' })).toMatchObject({ chainId: 0n });
  expect(transactionAnswer.parse({ ...LEGACY, type: '0x0' })).toMatchObject({ chainId: 0n });
});
