/** One record of a CSV file. `line`: where it begins, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A cell and what ends it: RFC 4180. A quote within is written twice; a cell without quotes has none. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** `at`: the line that cannot be read. */
export type CsvRead =
  | { readonly kind: 'read'; readonly records: readonly CsvRecord[] }
  | { readonly kind: 'unreadable'; readonly at: number };

const linesIn = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

/** By RFC 4180, with a byte order mark or without, and with any end of line. Empty lines at the end are no records. */
export const readCsv = (text: string): CsvRead => {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let [line, began] = [1, 1];
  for (let at = 0; at < body.length; ) {
    CELL.lastIndex = at;
    const found = CELL.exec(body);
    // The end of the text ends a cell too, so nothing but a stray quote fails.
    if (found === null) return { kind: 'unreadable', at: line };
    const [whole, quoted, plain = '', end] = found;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += whole.length;
    line += linesIn(whole);
    if (end === ',' && at < body.length) continue;
    if (end === ',') cells.push('');
    records.push({ line: began, cells });
    cells = [];
    began = line;
  }
  const isEmpty = ({ cells: some }: CsvRecord): boolean => some.join('') === '' && some.length === 1;
  return { kind: 'read', records: records.slice(0, records.findLastIndex((each) => !isEmpty(each)) + 1) };
};
