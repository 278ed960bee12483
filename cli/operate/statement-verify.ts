import { KeyturnError } from '#schemas/codes.ts';
import { type CsvRecord, readCsv } from './csv-read.ts';
import { STATEMENT_COLUMNS } from './statement-csv.ts';

/** Bytes of a statement: some hundred thousand rows. */
export const MAX_STATEMENT_BYTES = 128 * 1024 * 1024;

/** Where a file is not what the chain says. `line`: in the file, from 1. */
export interface Differences {
  readonly changed: readonly { readonly id: string; readonly line: number; readonly columns: readonly string[] }[];
  /** Transfer ids of rows that are not in the file. */
  readonly missing: readonly string[];
  readonly extra: readonly { readonly id: string; readonly line: number }[];
}

const ID = STATEMENT_COLUMNS.indexOf('Transfer ID');

const bad = (why: string): KeyturnError => new KeyturnError('MALFORMED', `--verify: ${why}`, { field: 'verify' });

/** Records below the header. Throws MALFORMED where it is no statement of this form. */
export const statementRecords = (text: string): readonly CsvRecord[] => {
  const read = readCsv(text);
  if (read.kind === 'unreadable') throw bad(`line ${read.at} of the file is no CSV`);
  const [header, ...records] = read.records;
  // Cell by cell: two names in one pair of quotes would move every other name to the wrong column.
  if (
    header?.cells.length !== STATEMENT_COLUMNS.length ||
    !header.cells.every((cell, n) => cell === STATEMENT_COLUMNS[n])
  )
    throw bad('the first line of the file is not that of a statement');
  const wrong = records.find(({ cells }) => cells.length !== STATEMENT_COLUMNS.length);
  if (wrong !== undefined) throw bad(`line ${wrong.line} of the file has not as many cells as there are columns`);
  return records;
};

/** `made`: the statement as it is made now, from the chain. The order of rows is no difference: people sort. */
export const differencesOf = (given: readonly CsvRecord[], made: readonly CsvRecord[]): Differences => {
  const wanted = new Map(made.map(({ cells }) => [cells[ID] ?? '', cells]));
  const seen = new Set<string>();
  const changed: { id: string; line: number; columns: readonly string[] }[] = [];
  const extra: { id: string; line: number }[] = [];
  for (const { line, cells } of given) {
    const id = cells[ID] ?? '';
    const right = wanted.get(id);
    // A row that stands twice would be booked twice.
    if (right === undefined || seen.has(id)) {
      extra.push({ id, line });
      continue;
    }
    seen.add(id);
    const columns = STATEMENT_COLUMNS.filter((_, n) => cells[n] !== right[n]);
    if (columns.length > 0) changed.push({ id, line, columns });
  }
  return { changed, missing: [...wanted.keys()].filter((id) => !seen.has(id)), extra };
};

export const isSame = ({ changed, missing, extra }: Differences): boolean =>
  changed.length + missing.length + extra.length === 0;
