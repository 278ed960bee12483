import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseCount } from '#cli/app/units.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import { BYTE_ORDER_MARK } from '#cli/operate/csv-cell.ts';
import type { DayOptions } from '#cli/operate/days.ts';
import { deviationLines } from '#cli/operate/deviations.ts';
import { listReceipts, RECEIPT_DAYS } from '#cli/operate/list-receipts.ts';
import { checkedJson, RECEIPT_HEADER, receiptCells } from '#cli/operate/receipt-cells.ts';
import { csvHeader, csvRow } from '#cli/operate/receipt-csv.ts';
import { checkFilter } from '#cli/operate/receipt-filter.ts';
import { totalLines, totalsJson, totalsOf } from '#cli/operate/receipt-totals.ts';
import type { Checked } from '#cli/operate/receipts.ts';
import { type FollowOptions, follow } from './receipts-follow.ts';

export interface ReceiptsOptions extends FollowOptions, DayOptions {
  readonly limit?: string;
  readonly follow?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'List settled transactions, the newest first. With --follow, print each new one.\nEach is compared with its seal in the register and with the chain; "unverified" is only a function’s word.',
    )
    .option(
      '--since <day>',
      `first day of the final block, YYYY-MM-DD, UTC (default: ${RECEIPT_DAYS} days before the last)`,
    )
    .option('--until <day>', 'last day, included (default: today)')
    .option('--day <day>', 'of one day only, YYYY-MM-DD')
    .option('--month <month>', 'of one month only, YYYY-MM')
    .option('--wallet <name>', 'of one wallet')
    .option('--reference <text>', 'of one reference')
    .option('--requester <name>', 'of one requester')
    .option('--asset <asset>', 'that moved this: ETH, a symbol that the law names, or a contract')
    .option('--limit <n>', 'at most so many', '100')
    .option('--csv', 'comma-separated values with all fields, and exact amounts beside base units')
    .option('--bom', 'with --csv: begin with a byte order mark, for a spreadsheet that asks for one')
    .option(
      '--follow',
      'print each new receipt; no event is taken from anybody (with --json: one object per line, and nothing else)',
    )
    .option('--subscription <name>', 'with --follow: read a subscription of yours, and acknowledge what was printed')
    .action((options: ReceiptsOptions) => inSession(cli, command, 'finance', (session) => run(session, options)));
  examples(command, [
    ['receipts', 'of the last month'],
    ['receipts --month 2026-01 --csv > january.csv', 'for accounting'],
    ['receipts --asset USDC --wallet treasury', 'what moved of one token, with totals'],
    ['receipts --follow --json', 'one line of JSON for each, as it settles'],
  ]);
};

/** One line for each that is not backed by register and chain. */
const doubts = (checked: readonly Checked[]): readonly Line[] =>
  checked.flatMap(({ receipt, backing }) =>
    'because' in backing ? [warn(`! ${receipt.id.slice(0, 8)} ${backing.kind}: ${backing.because}`)] : [],
  );

const unreadableLine = (name: string): Line => warn(`! ${name}: no receipt, and not shown`);

const list = async (session: Session, options: ReceiptsOptions): Promise<number> => {
  const { out } = session;
  const limit = parseCount(options.limit ?? '100', '--limit', 100_000);
  const { receipts, unreadable } = await listReceipts(session, options, limit);
  if (options.csv === true) {
    await out.raw([options.bom === true ? BYTE_ORDER_MARK : '', csvHeader(), ...receipts.map(csvRow)].join(''));
    for (const name of unreadable) out.aside(unreadableLine(name));
    return DONE;
  }
  if (receipts.length === 0) out.line('No receipts in these days.');
  else out.table(RECEIPT_HEADER, receipts.map(receiptCells));
  for (const line of doubts(receipts)) out.line(line);
  for (const { receipt } of receipts) out.lines(deviationLines(receipt));
  for (const name of unreadable) out.line(unreadableLine(name));
  const totals = totalsOf(receipts);
  for (const line of totalLines(totals)) out.line(line);
  if (receipts.length === limit) out.line(`The first ${limit}; --limit shows more.`);
  out.result('receipts', { ok: true, receipts: receipts.map(checkedJson), unreadable, totals: totalsJson(totals) });
  return DONE;
};

export const run = async (session: Session, options: ReceiptsOptions): Promise<number> => {
  if (options.csv === true && session.out.json) throw wrongOption('csv', 'give --csv or --json, and not both');
  if (options.bom === true && options.csv !== true) throw wrongOption('bom', 'belongs to --csv');
  if (options.follow !== true) {
    if (options.subscription !== undefined) throw wrongOption('subscription', 'belongs to --follow');
    return list(session, options);
  }
  const days = (['since', 'until', 'day', 'month'] as const).find((each) => options[each] !== undefined);
  if (days !== undefined) throw wrongOption('follow', `shows what comes; leave out --${days}`);
  checkFilter(options);
  await follow(session, options);
  return DONE;
};
