import { describe, expect, test } from 'vitest';
import { receiptAnswer } from '#adapters/chain/json.ts';
import { feeOf } from '#core/settled/fee.ts';

const RECEIPT = {
  transactionHash: `0x${'1'.repeat(64)}`,
  blockHash: `0x${'b'.repeat(64)}`,
  ...{ blockNumber: '0x5', status: '0x1', gasUsed: '0x5208', effectiveGasPrice: '0x2', type: '0x2' },
};
const read = (over: object) => {
  const receipt = receiptAnswer.parse({ ...RECEIPT, ...over });
  if (receipt === undefined) throw new Error('no receipt');
  const { l1, blob, total } = feeOf(receipt, receipt.effectiveGasPrice ?? 0n);
  return [l1, blob, total];
};

/** Amounts are worked out by hand: 21000 gas at 2 wei is 42000. */
describe('a fee has each charge that the receipt names', () => {
  test.each([
    ['gas alone', {}, [undefined, undefined, 42_000n]],
    ['data on the base chain', { l1Fee: '0x7' }, [7n, undefined, 42_007n]],
    ['a charge of nothing', { l1Fee: '0x0' }, [0n, undefined, 42_000n]],
    // 21000 × 500000 / 1000000 + 3
    [
      'the operator by Isthmus',
      { l1Fee: '0x7', operatorFeeScalar: '0x7a120', operatorFeeConstant: '0x3' },
      [10_510n, undefined, 52_510n],
    ],
    // 21000 × 2 × 100 + 3; the footprint stands where blobs do.
    [
      'the operator by Jovian',
      {
        ...{ l1Fee: '0x7', operatorFeeScalar: '0x2', operatorFeeConstant: '0x3' },
        ...{ daFootprintGasScalar: '0x190', blobGasUsed: '0x64', blobGasPrice: '0x1' },
      },
      [4_200_010n, undefined, 4_242_010n],
    ],
    [
      'an operator that asks nothing',
      { operatorFeeScalar: '0x0', operatorFeeConstant: '0x0' },
      [undefined, undefined, 42_000n],
    ],
    ['blobs', { type: '0x3', blobGasUsed: '0x20000', blobGasPrice: '0x5' }, [undefined, 655_360n, 697_360n]],
    ['another spelling of a type', { type: 2, blobGasUsed: null }, [undefined, undefined, 42_000n]],
  ])('%s', (_, over, told) => {
    expect(read(over)).toEqual(told);
  });
});
