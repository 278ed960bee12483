import { bad, type Line } from '#cli/app/output.ts';
import { inEther } from '#cli/app/units.ts';
import { backingJson, backingWord } from './backing.ts';
import type { Checked } from './receipts.ts';

export const RECEIPT_HEADER = ['block time', 'reference', 'to', 'value', 'fee', 'status', 'approved by', 'backed by'];

export const receiptCells = ({ receipt, backing }: Checked): readonly Line[] => [
  receipt.blockTime,
  receipt.reference,
  receipt.to === '' ? '(new contract)' : receipt.to,
  inEther(BigInt(receipt.valueWei)),
  inEther(BigInt(receipt.feeWei)),
  receipt.status === 'finalized' ? receipt.status : bad(receipt.status),
  receipt.approvedBy.join(', '),
  backingWord(backing),
];

export const checkedJson = ({ receipt, backing, explorer }: Checked) => ({
  ...receipt,
  explorer,
  backing: backingJson(backing),
});
