import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, jsonText, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inEther, parseCount, parseDay } from '#cli/app/units.ts';
import { backingJson, backingWord, checkerOf } from '#cli/operate/backing.ts';
import { type Checked, csvHeader, csvRow, findReceipts } from '#cli/operate/receipts.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { parseFact, type ReceiptFact } from '#schemas/facts.ts';

export interface ReceiptsOptions {
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly csv?: boolean;
  readonly follow?: boolean;
  readonly subscription?: string;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'List settled transactions, the newest first. With --follow, print each one as its event arrives.\nEach is compared with its seal in the register and with the chain; "unverified" is only a function’s word.',
    )
    .option(
      '--since <day>',
      `first day of the final block, YYYY-MM-DD, UTC (default: ${DEFAULT_DAYS} days before the last)`,
    )
    .option('--until <day>', 'last day, included (default: today)')
    .option('--limit <n>', 'at most so many', '100')
    .option('--csv', 'comma-separated values with all fields, for a spreadsheet')
    .option(
      '--follow',
      'follow the subscription; each event is acknowledged after it is printed (with --json: one object per line)',
    )
    .option('--subscription <name>', 'what to follow (default: <receipts topic>-finance)')
    .action((options: ReceiptsOptions) => inSession(cli, command, 'finance', (session) => run(session, options)));
  examples(command, [
    ['receipts', 'of the last month'],
    ['receipts --since 2026-01-01 --csv > q1.csv', 'for accounting'],
    ['receipts --follow --json', 'one line of JSON for each, as it settles'],
  ]);
};

const HEADER = ['block time', 'reference', 'to', 'value', 'fee', 'status', 'approved by', 'backed by'];

const cells = ({ receipt, backing }: Checked): readonly Line[] => [
  receipt.blockTime,
  receipt.reference,
  receipt.to === '' ? '(new contract)' : receipt.to,
  inEther(BigInt(receipt.valueWei)),
  inEther(BigInt(receipt.feeWei)),
  receipt.status === 'finalized' ? receipt.status : bad(receipt.status),
  receipt.approvedBy.join(', '),
  backingWord(backing),
];

/** One line for each that is not backed by register and chain. */
const doubts = (checked: readonly Checked[]): readonly Line[] =>
  checked.flatMap(({ receipt, backing }) =>
    'because' in backing ? [warn(`! ${receipt.id.slice(0, 8)} ${backing.kind}: ${backing.because}`)] : [],
  );

const checkedJson = ({ receipt, backing }: Checked) => ({ ...receipt, backing: backingJson(backing) });

const list = async (session: Session, options: ReceiptsOptions): Promise<number> => {
  const { out, clock, deployment, signal } = session;
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const until = options.until === undefined ? today : parseDay(options.until, '--until');
  const since = options.since === undefined ? until - DEFAULT_DAYS * DAY_MS : parseDay(options.since, '--since');
  if (since > until) throw new KeyturnError('USAGE', '--since: must not lie after --until', { field: 'since' });
  const limit = parseCount(options.limit ?? '100', '--limit', 100_000);
  const storage = await session.ports.storage();
  const work = findReceipts(storage, deployment.buckets.results, { since, until, limit }, signal);
  const found = await out.during('reading receipts', work);
  const checker = checkerOf(session);
  const check = async (receipt: ReceiptFact): Promise<Checked> => {
    goOn(signal);
    return { receipt, backing: await checker.receipt(receipt) };
  };
  const receipts = await out.during('checking them', mapSome(found, check));
  if (options.csv === true) {
    await out.raw([csvHeader(), ...receipts.map(csvRow)].join(''));
    return DONE;
  }
  if (receipts.length === 0) out.line('No receipts in these days.');
  else out.table(HEADER, receipts.map(cells));
  for (const line of doubts(receipts)) out.line(line);
  if (receipts.length === limit) out.line(`The first ${limit}; --limit shows more.`);
  out.result({ ok: true, receipts: receipts.map(checkedJson) });
  return DONE;
};

/** Prints before it acknowledges: what was not written down is delivered again. */
const follow = async (session: Session, options: ReceiptsOptions): Promise<number> => {
  const { out, ports, deployment, signal } = session;
  if (options.since !== undefined || options.until !== undefined)
    throw new KeyturnError('USAGE', '--follow shows what comes; leave out --since and --until', { field: 'follow' });
  const subscription = options.subscription ?? `${deployment.topics.receipts}-finance`;
  const printed = new Set<string>();
  // A checker of its own for each: what is final moves on.
  const print = async (receipt: ReceiptFact): Promise<void> => {
    const checked = { receipt, backing: await checkerOf(session).receipt(receipt) };
    if (options.csv === true) return out.raw(csvRow(checked));
    if (out.json) return out.raw(`${jsonText(checkedJson(checked))}\n`);
    out.line(
      cells(checked)
        .flatMap((one) => [one, '  '])
        .flat(),
    );
    return out.raw('');
  };
  if (options.csv === true) await out.raw(csvHeader());
  else out.line(`Following ${subscription}; Ctrl-C ends it.`);
  session.leave('every receipt that was printed is acknowledged');
  const subscriber = await ports.subscriber();
  const show = async ({ data }: { readonly data: Uint8Array }): Promise<void> => {
    const receipt = receiptOf(data);
    if (printed.has(receipt.eventId)) return;
    await print(receipt);
    printed.add(receipt.eventId);
  };
  await subscriber.follow(subscription, show, signal).catch((cause: unknown) => {
    if (!isKeyturnError(cause, 'PERMISSION_DENIED') && !isKeyturnError(cause, 'NOT_FOUND')) throw cause;
    // Pub/Sub does not tell the two apart to a caller without rights.
    const message = `--subscription: ${subscription} is not there, or you may not read it`;
    throw new KeyturnError(cause.code, message, { field: 'subscription', cause });
  });
  goOn(signal);
  return DONE;
};

const receiptOf = (data: Uint8Array): ReceiptFact => {
  try {
    return parseFact('receipt', data);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    throw new KeyturnError('MALFORMED', `a message that is no receipt was left unacknowledged: ${error.message}`, {
      cause: error,
    });
  }
};

export const run = async (session: Session, options: ReceiptsOptions): Promise<number> => {
  if (options.csv === true && session.out.json)
    throw new KeyturnError('USAGE', 'give --csv or --json, and not both', { field: 'csv' });
  return options.follow === true ? follow(session, options) : list(session, options);
};
