import { readFileSync } from 'node:fs';

/** A Markdown page as a test reads it: its tables, by the heading above or by their own first column. */
export interface Table {
  /** The nearest heading above, without its `#`. */
  readonly heading: string;
  readonly columns: readonly string[];
  /** One cell for each column. */
  readonly rows: readonly (readonly string[])[];
}

export const readPage = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

export const tablesOf = (page: string): Table[] => {
  const tables: Table[] = [];
  let heading = '';
  let lines: string[] = [];
  const finish = (): void => {
    const [head, , ...rows] = lines;
    if (head !== undefined) tables.push({ heading, columns: cellsOf(head), rows: rows.map(cellsOf) });
    lines = [];
  };
  for (const line of [...page.split('\n'), '']) {
    if (line.startsWith('|')) lines.push(line);
    else finish();
    if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
  }
  return tables;
};

/** What stands in backticks, in order. */
export const codeIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
