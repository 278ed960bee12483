import { readFile, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, good, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { type Month, parseMonth } from '#cli/app/units.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import { checkerOf } from '#cli/operate/backing.ts';
import { BYTE_ORDER_MARK } from '#cli/operate/csv-cell.ts';
import { type CsvRecord, readCsv } from '#cli/operate/csv-read.ts';
import { deviationLines, deviationText } from '#cli/operate/deviations.ts';
import { type Checked, checkedBy, findReceipts } from '#cli/operate/receipts.ts';
import { statementHeader, statementRows } from '#cli/operate/statement-csv.ts';
import { accountJson } from '#cli/operate/statement-json.ts';
import { asideAccount, differenceLines, printAccount } from '#cli/operate/statement-lines.ts';
import { type AccountStatement, type Place, readStatement } from '#cli/operate/statement-read.ts';
import {
  type Differences,
  differencesOf,
  isSame,
  MAX_STATEMENT_BYTES,
  statementRecords,
} from '#cli/operate/statement-verify.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { ChainLaw, Law } from '#schemas/config.ts';
import type { ReceiptFact } from '#schemas/facts.ts';

export interface StatementOptions {
  readonly month: string;
  readonly wallet?: string;
  readonly chain?: string;
  readonly csv?: boolean;
  readonly bom?: boolean;
  readonly out?: string;
  readonly verify?: string;
}

const DAY_MS = 86_400_000;
/** Receipts of one month. */
const MOST_RECEIPTS = 100_000;

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'A subledger of one month: a row for each transfer and each fee, by your own nodes. Opening and closing are balances at final blocks.\nIt fails where books do not close: each break is named.',
    )
    .requiredOption('--month <month>', 'YYYY-MM, in UTC')
    .option('--wallet <name>', 'of one wallet (default: of each)')
    .option('--chain <chain>', 'on one chain, by its id or its name in the law (default: on each)')
    .option('--csv', 'print the rows as comma-separated values; what is open or breaks goes to standard error')
    .option('--out <file>', 'write the rows there as comma-separated values; the file must not be there yet')
    .option('--bom', 'with --csv or --out: begin with a byte order mark, for a spreadsheet that asks for one')
    .option('--verify <file>', 'make each row of such a file once more from the chain, and name each that differs')
    .action((options: StatementOptions) =>
      inSession(cli, command, 'finance', (session) => run(session, cli.folder, options)),
    );
  examples(command, [
    ['statement --month 2026-01', 'what each asset comes to, and each break'],
    ['statement --month 2026-01 --wallet treasury --out january.csv', 'the subledger, to post'],
    ['statement --month 2026-01 --wallet treasury --verify january.csv', 'is the file what the chain says?'],
  ]);
};

const chainGiven = ({ chains }: Law, given: string): ChainLaw => {
  const chain = chains.find(({ chainId, name }) => chainId === given || name === given);
  if (chain !== undefined) return chain;
  throw wrongOption('chain', `your law knows no chain ${given}, only ${chains.map(({ name }) => name).join(', ')}`);
};

/** Every wallet on every chain of the law that these name. Throws USAGE. */
const placesOf = (law: Law, { wallet, chain }: Pick<StatementOptions, 'wallet' | 'chain'>): readonly Place[] => {
  const wallets = wallet === undefined ? law.wallets : [walletGiven(law, wallet)];
  const chains = chain === undefined ? law.chains : [chainGiven(law, chain)];
  const places = wallets.flatMap((one) =>
    chains
      .filter(({ chainId }) => one.chains.some((each) => each.chainId === chainId))
      .map((each): Place => ({ wallet: one, chain: each })),
  );
  if (places.length === 0) throw wrongOption('chain', `the wallet does not sign on ${chain ?? 'any chain'}`);
  return places;
};

/** Throws USAGE where options do not go together. */
const check = (options: StatementOptions, json: boolean, now: number): Month => {
  const { csv, bom, out, verify } = options;
  const month = parseMonth(options.month, '--month');
  if (month.start > now) throw wrongOption('month', `${month.text} has not begun`);
  if (bom === true && csv !== true && out === undefined) throw wrongOption('bom', 'belongs to --csv or --out');
  if (csv === true && json && out === undefined) throw wrongOption('csv', 'give --csv or --json, and not both');
  if (verify !== undefined && (csv === true || out !== undefined))
    throw wrongOption('verify', 'reads a file, so leave out --csv and --out');
  return month;
};

const isOf =
  ({ wallet, chain }: Place) =>
  (receipt: ReceiptFact): boolean =>
    receipt.wallet === wallet.name && receipt.chainId === chain.chainId;

interface Found {
  readonly receipts: readonly Checked[];
  readonly unreadable: readonly string[];
  readonly unplaced: number;
}

/** Receipts of these places, each compared with register and chain. */
const receiptsOf = async (session: Session, places: readonly Place[], month: Month): Promise<Found> => {
  const { deployment, ports, signal, out } = session;
  const { law } = deployment.config;
  const store = { storage: await ports.storage(), results: deployment.buckets.results };
  const range = { since: month.start, until: month.end - DAY_MS, limit: MOST_RECEIPTS };
  const found = await out.during(
    'reading receipts',
    findReceipts(store, range, () => true, signal),
  );
  if (found.receipts.length === MOST_RECEIPTS)
    throw new KeyturnError('TOO_LARGE', `--month: it has ${MOST_RECEIPTS} receipts or more`, { field: 'month' });
  const all = placesOf(law, {});
  const wanted = found.receipts.filter((receipt) => places.some((place) => isOf(place)(receipt)));
  const checker = checkerOf(session);
  const judged = mapSome(wanted, async (receipt) => {
    goOn(signal);
    return checkedBy(law, checker, receipt);
  });
  return {
    receipts: await out.during('checking them', judged),
    unreadable: found.unreadable,
    unplaced: found.receipts.filter((receipt) => !all.some((place) => isOf(place)(receipt))).length,
  };
};

/** Throws USAGE where something is there, NOT_WRITABLE. */
const write = async (path: string, content: string): Promise<void> => {
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw wrongOption('out', `${path} is there already, and nothing is written over`);
    throw new KeyturnError('NOT_WRITABLE', `--out: ${path} cannot be written`, { field: 'out', cause });
  }
};

const given = async (path: string): Promise<readonly CsvRecord[]> => {
  let bytes: Uint8Array;
  try {
    if ((await stat(path)).size > MAX_STATEMENT_BYTES)
      throw new KeyturnError('TOO_LARGE', `--verify: ${path} is too large for a statement`, { field: 'verify' });
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof KeyturnError) throw cause;
    throw new KeyturnError('NOT_FOUND', `--verify: ${path} cannot be read`, { field: 'verify', cause });
  }
  return statementRecords(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
};

const made = (text: string): readonly CsvRecord[] => {
  const read = readCsv(text);
  return read.kind === 'read' ? read.records.slice(1) : [];
};

const tellVerified = ({ out }: Session, path: string, found: Differences, count: number): void => {
  for (const line of differenceLines(found)) out.line(line);
  out.line(
    isSame(found)
      ? good(`${path}: ${count} ${count === 1 ? 'row says' : 'rows say'} what the chain says.`)
      : bad(`${path} is not what the chain says.`),
  );
};

export const run = async (session: Session, folder: string, options: StatementOptions): Promise<number> => {
  const { out, deployment, clock, signal } = session;
  const { law } = deployment.config;
  const month = check(options, out.json, clock.now());
  const places = placesOf(law, options);
  const verify = options.verify === undefined ? undefined : resolve(folder, options.verify);
  const records = verify === undefined ? [] : await given(verify);
  const { receipts, unreadable, unplaced } = await receiptsOf(session, places, month);
  const accounts: AccountStatement[] = [];
  const absent: Place[] = [];
  for (const place of places) {
    goOn(signal);
    const mine = receipts.filter(({ receipt }) => isOf(place)(receipt));
    const work = readStatement(session, place, month, mine);
    const one = await out.during(`reading ${place.wallet.name} on ${place.chain.name}`, work);
    if (one === undefined) absent.push(place);
    else accounts.push(one);
  }
  const text = [statementHeader(), ...statementRows(law, accounts)].join('');
  const content = `${options.bom === true ? BYTE_ORDER_MARK : ''}${text}`;
  const target = options.out === undefined ? undefined : resolve(folder, options.out);
  if (target !== undefined) await write(target, content);
  const differences = verify === undefined ? undefined : differencesOf(records, made(text));
  const isPrinted = options.csv === true && target === undefined;
  if (isPrinted) await out.raw(content);

  for (const one of accounts) (isPrinted ? asideAccount : printAccount)(out, law, one, month);
  const told = accounts.flatMap((place) => receipts.filter(({ receipt }) => isOf(place)(receipt)));
  const deviating = told.filter(({ receipt }) => receipt.deviations.length > 0).map(({ receipt }) => receipt);
  for (const line of deviating.flatMap(deviationLines)) {
    if (isPrinted) out.aside(line);
    else out.line(line);
  }
  const notes = [
    ...absent.map(({ wallet, chain }) => `${wallet.name} on ${chain.name}: no final block by the end of ${month.text}`),
    ...unreadable.map((name) => `${name}: no receipt, and not read`),
    ...(unplaced === 0 ? [] : [`${unplaced} receipts are of a wallet or a chain that your law does not name`]),
  ];
  for (const note of notes) {
    if (isPrinted) out.aside(`! ${note}`);
    else out.line(warn(`! ${note}`));
  }
  if (target !== undefined) out.line(`Written: ${target}`);
  if (verify !== undefined && differences !== undefined) tellVerified(session, verify, differences, records.length);
  const ok =
    differences === undefined ? accounts.every(({ statement }) => statement.breaks.length === 0) : isSame(differences);
  out.result('statement', {
    ok,
    month: month.text,
    accounts: accounts.map((one) => accountJson(law, one)),
    absent: absent.map(({ wallet, chain }) => ({ wallet: wallet.name, chainId: chain.chainId })),
    deviations: deviating.map((receipt) => ({
      request: receipt.id,
      deviations: receipt.deviations.map((one) => ({ ...one, text: deviationText(one, receipt) })),
    })),
    unplaced,
    unreadable,
    out: target ?? null,
    verified: differences === undefined ? null : { file: verify, rows: records.length, ...differences },
  });
  return ok ? DONE : FAILED;
};
