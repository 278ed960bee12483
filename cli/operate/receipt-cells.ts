import { bad, type Line } from '#cli/app/output.ts';
import { inEther } from '#cli/app/units.ts';
import { backingJson, backingWord } from './backing.ts';
import type { Checked } from './receipts.ts';

export const RECEIPT_HEADER = ['block time', 'reference', 'to', 'value', 'fee', 'status', 'approved by', 'backed by'];

/** The address in full, and its name in the reader's law beside it. */
const toText = ({ receipt: { to }, names }: Checked): string => {
  if (to === '') return '(new contract)';
  const named = names.find(({ address }) => address === to);
  return named === undefined ? to : `${to} (${named.name})`;
};

export const receiptCells = (checked: Checked): readonly Line[] => {
  const { receipt, backing } = checked;
  return [
    receipt.blockTime,
    receipt.reference,
    toText(checked),
    inEther(BigInt(receipt.valueWei)),
    inEther(BigInt(receipt.feeWei)),
    receipt.status === 'finalized' ? receipt.status : bad(receipt.status),
    receipt.approvedBy.join(', '),
    backingWord(backing),
  ];
};

export const checkedJson = ({ receipt, backing, explorer, names }: Checked) => ({
  ...receipt,
  explorer,
  names,
  backing: backingJson(backing),
});
