import { decimalText } from '#cli/app/units.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { type ReceiptFact, receiptFact } from '#schemas/receipt.ts';
import { csvCell } from './csv-cell.ts';
import type { Checked } from './receipts.ts';

const COLUMNS = receiptFact.unwrap().keyof().options;
const ADDED = ['value', 'fee', 'moved', 'explorer', 'backing', 'backingBecause', 'names'];

/** "left 12.5 USDC". Without a name in the law: base units, and the contract. */
const movedText = (wallet: string, moved: ReceiptFact['transfers'][number]): string => {
  const { standard, address, symbol, decimals, tokenId, from, amount } = moved;
  const way = from === wallet ? 'left' : 'came';
  if (standard === 'native') return `${way} ${decimalText(BigInt(amount), 18)} ETH`;
  const what = symbol === '' ? `units of ${address}` : symbol;
  const which = tokenId === '' ? '' : ` #${tokenId}`;
  return `${way} ${decimalText(BigInt(amount), Number(decimals))} ${what}${which}`;
};

export const csvHeader = (): string => `${[...COLUMNS, ...ADDED].join(',')}\n`;

/** A receipt with amounts of ether beside those in wei, exact. Lists of records stand in one cell, as the event has them. */
export const csvRow = ({ receipt, backing, explorer, names }: Checked): string => {
  const cells = COLUMNS.map((name) => {
    const value = receipt[name];
    if (typeof value === 'string') return csvCell(value);
    return csvCell(name === 'approvedBy' ? value.join(' ') : canonicalText(value.map((each) => each)));
  });
  const added = [
    decimalText(BigInt(receipt.valueWei), 18),
    decimalText(BigInt(receipt.feeWei), 18),
    receipt.transfers.map((each) => movedText(receipt.from, each)).join(' / '),
    explorer,
    backing.kind,
    'because' in backing ? backing.because : '',
    names.map(({ address, name }) => `${address} ${name}`).join(' / '),
  ];
  return `${[...cells, ...added.map(csvCell)].join(',')}\n`;
};
