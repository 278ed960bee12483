import { beside, bookOf } from '#cli/addresses/book.ts';
import { bad, bold, type Line, type Output, warn } from '#cli/app/output.ts';
import type { Month } from '#cli/app/units.ts';
import type { AssetLine } from '#core/settled/balances.ts';
import type { Asset, BlockPoint } from '#core/settled/rows.ts';
import type { Break } from '#core/settled/statement.ts';
import type { Law } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import { amountText, assetText } from './statement-csv.ts';
import type { AccountStatement } from './statement-read.ts';
import type { Differences } from './statement-verify.ts';

const pointText = ({ number, time }: BlockPoint): string => `block ${number} of ${timeText(time)}`;

/** "12.5 USDC", or base units of a contract that the law does not name. */
const sumText = (amount: bigint, asset: Asset): string =>
  asset.decimals === undefined
    ? `${amount} units of ${assetText(asset)}`
    : `${amountText(amount, asset)} ${assetText(asset)}`;

const breakText = (one: Break): string => {
  switch (one.code) {
    case 'UNEXPLAINED_DECREASE':
      return `${sumText(one.amount, one.asset)} left between ${pointText(one.from)} and ${pointText(one.to)}, and nothing explains it`;
    case 'FOREIGN_TRANSACTION':
      return one.hash === ''
        ? `nonce ${one.nonce} was used by a transaction that was not found, and no backed receipt tells of it`
        : `nonce ${one.nonce} was used by ${one.hash}, and no backed receipt tells of it`;
    case 'MORE_FOREIGN':
      return `${one.count} more nonces were used, and no backed receipt tells of them`;
    case 'TAKEN':
      return `${sumText(one.amount, one.asset)} went to ${one.to} in ${one.hash}, which the wallet did not sign`;
    case 'UNBACKED_RECEIPT':
      return `receipt ${one.id.slice(0, 8)} of ${one.hash} is not backed: ${one.because}`;
    default:
      return one satisfies never;
  }
};

const NOT_CHECKED = 'cannot be checked';
const HEADER = ['asset', 'opening', 'came', 'computed', 'left', 'fees', 'closing'];

const cellsOf = (line: AssetLine): readonly Line[] => {
  const of = (units: bigint | undefined): Line =>
    units === undefined ? warn(NOT_CHECKED) : amountText(units, line.asset);
  return [
    assetText(line.asset),
    ...[line.opening, line.came, line.computed, line.left, line.fees, line.closing].map(of),
  ];
};

/** What was not seen, and what that means. */
const openWords = (
  { statement, untold, leftOut, chain, closing, over }: AccountStatement,
  month: Month,
): readonly string[] => {
  const { assets, counted, unread } = statement;
  const unchecked = assets.filter(({ opening, closing: end }) => opening === undefined || end === undefined);
  const between = Math.max(0, ...assets.map(({ uncheckedBetween }) => uncheckedBetween));
  return [
    ...(over ? [] : [`${month.text} is not over and final on ${chain.name}: this ends with ${pointText(closing)}`]),
    ...unchecked.map(({ asset }) => `${assetText(asset)}: too few of your nodes have the state of that block`),
    ...untold.map((asset) => `${assetText(asset)} has a balance for each piece: opening and closing ${NOT_CHECKED}`),
    ...(between === 0 ? [] : [`${between} days ${NOT_CHECKED} by themselves: what is computed spans more than a day`]),
    ...(counted
      ? []
      : [`transactions of the wallet cannot be counted: a foreign one shows only where a log tells of it`]),
    ...(leftOut === undefined
      ? []
      : [
          `LEFT OUT: logs of contracts that your law does not name, in blocks ${leftOut.from} to ${leftOut.to}: they are more than can be read`,
        ]),
    ...(unread.length === 0 ? [] : [`transactions that logged a transfer in no known form: ${unread.length}`]),
  ];
};

/** What one account comes to, for people. */
export const accountLines = (law: Law, of: AccountStatement, month: Month): readonly Line[] => {
  const book = bookOf(law, of.account.chainId);
  const { statement } = of;
  return [
    ...openWords(of, month).map((words): Line => warn(`! ${words}`)),
    ...statement.breaks.map((one): Line => beside(bad(`BREAK ${one.code}: ${breakText(one)}`), book)),
  ];
};

const titleOf = ({ wallet, chain, account }: AccountStatement): string =>
  `Wallet ${wallet.name} on ${chain.name} (${account.address})`;

export const printAccount = (out: Output, law: Law, of: AccountStatement, month: Month): void => {
  const { statement, opening, closing } = of;
  out.line(bold(titleOf(of)));
  out.line(`  opening: ${pointText(opening)}; closing: ${pointText(closing)}`);
  out.table(HEADER, statement.assets.map(cellsOf));
  if (statement.assets.some(({ computed }) => computed > 0n))
    out.line('computed: came by no log and no transaction of the wallet, as the balances show');
  for (const line of accountLines(law, of, month)) out.line(line);
  const { length } = statement.rows;
  out.line(`${length} ${length === 1 ? 'row' : 'rows'}`);
  out.line();
};

/** Where the CSV has standard output: what is open, and what breaks. */
export const asideAccount = (out: Output, law: Law, of: AccountStatement, month: Month): void => {
  for (const line of accountLines(law, of, month)) out.aside([`${titleOf(of)}: `, line].flat());
};

export const differenceLines = ({ changed, missing, extra }: Differences): readonly Line[] => [
  ...changed.map(({ id, line, columns }) => bad(`CHANGED line ${line}: ${columns.join(', ')} of ${id}`)),
  ...missing.map((id) => bad(`MISSING ${id}`)),
  ...extra.map(({ id, line }) => bad(`EXTRA line ${line}: ${id}`)),
];
