import type { OwnTransaction } from '#core/settled/rows.ts';
import type { UnbackedReceipt } from '#core/settled/statement.ts';
import { timeMs } from '#schemas/spellings.ts';
import type { Checked } from './receipts.ts';

/** By register and chain. A seal alone does not say that it was mined. */
const isBacked = ({ backing }: Checked): boolean => backing.kind === 'chain';

const functionNameOf = (signature: string): string => signature.split('(')[0] ?? '';

const booked = ({ receipt }: Checked): OwnTransaction => ({
  hash: receipt.transactionHash,
  nonce: BigInt(receipt.nonce),
  block: {
    number: BigInt(receipt.blockNumber),
    hash: receipt.blockHash,
    time: timeMs(receipt.blockTime) ?? 0,
  },
  success: receipt.status === 'finalized',
  to: receipt.to === '' ? receipt.contractAddress : receipt.to,
  value: BigInt(receipt.valueWei),
  fee: BigInt(receipt.feeWei),
  purpose: {
    id: receipt.id,
    reference: receipt.reference,
    requester: receipt.requester,
    memo: receipt.memo,
    approvedBy: receipt.approvedBy,
    functionName: functionNameOf(receipt.callSignature),
    methodId: receipt.selector === '0x' ? '' : receipt.selector,
  },
});

/** Transactions that can be booked by their receipts: made once more from seal and chain, these say the same. Each transaction once. */
export const bookedOf = (receipts: readonly Checked[]): readonly OwnTransaction[] => [
  ...new Map(receipts.filter(isBacked).map((one) => [one.receipt.transactionHash, booked(one)])).values(),
];

/** Those of a block that `isDue`, by their own word. */
export const unbackedOf = (
  receipts: readonly Checked[],
  isDue: (block: bigint) => boolean,
): readonly UnbackedReceipt[] =>
  receipts.flatMap((one) => {
    const { receipt, backing } = one;
    if (isBacked(one) || !isDue(BigInt(receipt.blockNumber))) return [];
    return [
      { id: receipt.id, hash: receipt.transactionHash, because: 'because' in backing ? backing.because : backing.kind },
    ];
  });
