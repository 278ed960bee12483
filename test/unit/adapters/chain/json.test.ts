import { expect, test } from 'vitest';
import { priceAnswer, transactionAnswer } from '#adapters/chain/json.ts';

const MINED = {
  hash: `0x${'1'.repeat(64)}`,
  blockNumber: '0x1',
  nonce: '0x7',
  from: `0x${'22'.repeat(20)}`,
};
const READ = { hash: MINED.hash, nonce: 7n, from: '0x2222222222222222222222222222222222222222' };

// The sealed hash commits to every field, so none is asked of a node that it may leave out or tell otherwise.
test.each([
  ['nothing beside what is needed', {}],
  ['a legacy transaction of Hardhat 3.18: chain id and type only in v', { v: '0xf4f5', gas: '0x5208', input: '0x' }],
  ['one of Ganache 7.9.2, with a type', { type: '0x0', v: '0xa96', gasPrice: '0x1' }],
  ['a chain id that is not ours', { type: '0x2', chainId: '0x7', value: '0x1' }],
  ['a creation', { to: null, creates: MINED.from }],
  ['a type that nobody knows', { type: '0x7e', sourceHash: MINED.hash, mint: '0x0' }],
])('a mined transaction is hash, nonce and sender, with %s', (_, more) => {
  expect(transactionAnswer.parse({ ...MINED, ...more })).toEqual(READ);
});

test.each([
  ['none', null],
  ['one in the pool', { ...MINED, blockNumber: null }],
  ['one without a block', { ...MINED, blockNumber: undefined }],
])('%s is not mined', (_, answer) => {
  expect(transactionAnswer.parse(answer)).toBeUndefined();
  expect(priceAnswer.parse(answer)).toBeUndefined();
});

test.each([
  ['a hash of 31 bytes', { hash: `0x${'1'.repeat(62)}` }],
  ['a nonce that is no quantity', { nonce: '7' }],
  ['no sender', { from: undefined }],
  ['a sender that is no address', { from: '0x22' }],
])('%s is no answer', (_, over) => {
  expect(transactionAnswer.safeParse({ ...MINED, ...over }).success).toBe(false);
});

test.each([
  ['that is told', { gasPrice: '0x3' }, 3n],
  ['that is left out', {}, undefined],
])('a price %s', (_, more, price) => {
  expect(priceAnswer.parse({ ...MINED, ...more })).toBe(price);
});
