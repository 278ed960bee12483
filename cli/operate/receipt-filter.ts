import { KeyturnError } from '#schemas/codes.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';

/** What a list of receipts is narrowed to. Absent: any. */
export interface ReceiptFilter {
  readonly wallet?: string;
  readonly reference?: string;
  readonly requester?: string;
  /** "ETH" for the coin of a chain, a symbol of the law, or a contract's address. */
  readonly asset?: string;
}

/** "ETH" is the coin of any chain here, as everywhere in what the commands print. */
const isCoin = (asset: string): boolean => /^eth(er)?$/i.test(asset);

interface Named {
  readonly standard: string;
  readonly address: string;
  readonly symbol: string;
}

const isNamed = (wanted: string, { standard, address, symbol }: Named): boolean => {
  if (standard === 'native') return isCoin(wanted);
  return address.toLowerCase() === wanted.toLowerCase() || (symbol !== '' && symbol === wanted);
};

/** Whether the asset moved. Where no logs were read: whether it could. */
const concerns = (wanted: string, { transfersListed, transfers, assets, valueWei }: ReceiptFact): boolean => {
  if (transfersListed !== 'no') return transfers.some((each) => isNamed(wanted, each));
  return isCoin(wanted) ? valueWei !== '0' : assets.some((each) => isNamed(wanted, each));
};

/** Throws USAGE where nothing can fit. */
export const checkFilter = ({ asset }: ReceiptFilter): void => {
  if (asset?.startsWith('0x') && !/^0x[0-9a-fA-F]{40}$/.test(asset))
    throw new KeyturnError('USAGE', '--asset: must be ETH, a symbol that the law names, or an address', {
      field: 'asset',
    });
};

export const fits = (receipt: ReceiptFact, { wallet, reference, requester, asset }: ReceiptFilter): boolean =>
  (wallet === undefined || receipt.wallet === wallet) &&
  (reference === undefined || receipt.reference === reference) &&
  (requester === undefined || receipt.requester.toLowerCase() === requester.toLowerCase()) &&
  (asset === undefined || concerns(asset, receipt));
