import { decimalText } from '#cli/app/units.ts';
import type { Receipt } from '#cli/console/api.ts';

export interface Moved {
  readonly direction: 'left' | 'came';
  readonly amount: string;
  readonly unit: string;
}

/** What left the wallet and what came, exact. Where no logs were read, the value alone is known. */
export const movedOf = ({ from: wallet, transfers, transfersListed, valueWei, status }: Receipt): readonly Moved[] => {
  if (transfersListed === 'no')
    return status === 'reverted' || valueWei === '0'
      ? []
      : [{ direction: 'left', amount: decimalText(BigInt(valueWei), 18), unit: 'ETH' }];
  return transfers
    .filter(({ from, to }) => from !== to)
    .map(({ standard, address, symbol, decimals, from, amount: units }) => ({
      direction: from === wallet ? 'left' : 'came',
      amount: decimalText(BigInt(units), standard === 'native' ? 18 : Number(decimals)),
      unit: standard === 'native' ? 'ETH' : symbol === '' ? `units of ${address}` : symbol,
    }));
};

/** An explorer of the reader's own law, and https alone. */
export const explorerLink = (url: string): string | undefined => (/^https:\/\/[^\s]+$/.test(url) ? url : undefined);

/** Who got something of the wallet, each once, or else whom the transaction called. `through`: the contract that moved it, "" where there is none. */
export const payeesOf = ({
  from: wallet,
  to,
  transfers,
}: Receipt): { readonly payees: readonly string[]; readonly through: string } => {
  const payees = [
    ...new Set(
      transfers.filter(({ from, to: other }) => from === wallet && other !== wallet).map(({ to: other }) => other),
    ),
  ];
  if (payees.length === 0) return { payees: to === '' ? [] : [to], through: '' };
  return { payees, through: to === '' || payees.includes(to) ? '' : to };
};
