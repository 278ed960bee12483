import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { bold, dim, type Line, plainText, printedOf, spans } from '#cli/app/line.ts';
import { Output } from '#cli/app/output.ts';
import { tableLines, wrapped } from '#cli/app/table.ts';
import { Sheet } from '#test/support/cli/people.ts';

const ADDRESS = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const HEADER = ['id', 'wallet', 'asks', 'stage', 'approvals', 'time left', 'alice'];
const ROWS: readonly (readonly Line[])[] = [
  ['3f2a91bc', 'treasury', `send 0.5 ETH to ${ADDRESS} (Acme Ltd)`, 'accepted', '1 of 2', '59 min', 'no answer'],
  ['77d0e1f2', 'ops', `call ${ADDRESS}`, 'approved', '2 of 2', '2 d 4 h', bold('approved')],
];
const linesAt = (columns: number, header = HEADER, rows = ROWS) =>
  tableLines(header, rows, columns, bold).map(plainText);

test('where there is room, one line a row', () => {
  const lines = linesAt(160).map((line) => line.split(/ {2,}/));
  expect(lines).toEqual([HEADER, ...ROWS.map((row) => row.map(plainText))]);
});

test('at 80 columns the widest stands below its row, whole and with its title', () => {
  expect(linesAt(80)).toEqual([
    'id        wallet    stage     approvals  time left  alice',
    '3f2a91bc  treasury  accepted  1 of 2     59 min     no answer',
    `  asks  send 0.5 ETH to ${ADDRESS} (Acme Ltd)`,
    '77d0e1f2  ops       approved  2 of 2     2 d 4 h    approved',
    `  asks  call ${ADDRESS}`,
  ]);
});

test('at 40 columns more stands below, the first column never', () => {
  const lines = linesAt(40);
  expect(lines[0]?.startsWith('id')).toBe(true);
  expect(lines.join('\n')).toContain(ADDRESS);
  for (const line of lines) if (!line.includes(ADDRESS)) expect(stringWidth(line)).toBeLessThanOrEqual(40);
});

describe('in any table', () => {
  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'abc012 請求書👍é-.,'), maxLength: 60 }),
    fc.constantFrom(ADDRESS, 'a'.repeat(64), `0x${'1'.repeat(64)}`, '', '\u001b[2J\u202e'),
  );
  const cell: fc.Arbitrary<Line> = fc.oneof(
    word,
    word.map(dim),
    fc.tuple(word, word).map(([a, b]) => [a, bold(b)]),
  );
  const table = fc.integer({ min: 1, max: 7 }).chain((width) =>
    fc.record({
      header: fc.array(fc.constantFrom('id', 'wallet', 'asks', 'backed by'), { minLength: width, maxLength: width }),
      rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 4 }),
      columns: fc.integer({ min: 40, max: 200 }),
    }),
  );
  const squeezed = (text: string): string => text.replace(/ /g, '');

  test('no line is wider than the terminal, but for what is needed whole', () => {
    fc.assert(
      fc.property(table, ({ header, rows, columns }) => {
        for (const line of linesAt(columns, header, rows))
          if (!/[0-9a-fA-F]{40}/.test(line)) expect(stringWidth(line.trimEnd())).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('nothing of a cell is lost, and what is needed whole is not broken', () => {
    fc.assert(
      fc.property(table, ({ header, rows, columns }) => {
        const shown = linesAt(columns, header, rows);
        const all = squeezed(shown.join(''));
        for (const text of rows.flat().flatMap(spans).map(printedOf)) {
          for (const whole of text.match(/[0-9a-fA-Fx]{42,}/g) ?? [])
            expect(shown.some((line) => line.includes(whole))).toBe(true);
          expect([...squeezed(text)].every((character) => all.includes(character))).toBe(true);
        }
      }),
    );
  });

  test('a line is wrapped without loss, and each format stays with its words', () => {
    fc.assert(
      fc.property(cell, fc.integer({ min: 1, max: 80 }), (line, columns) => {
        const lines = wrapped(line, columns);
        expect(squeezed(lines.map(plainText).join(''))).toBe(squeezed(plainText(line)));
      }),
    );
  });
});

describe('what a command prints', () => {
  const printed = (columns: number | undefined, pipe: number | undefined) => {
    const stdout = new Sheet();
    const out = new Output({
      ...{ stdout, stderr: new Sheet(), json: false, watched: false, paint: (_: unknown, text: string) => text },
      ...(pipe === undefined ? {} : { pipeColumns: pipe }),
      terminalColumns: () => columns,
    });
    out.table(HEADER, ROWS);
    out.rows([{ label: 'reference', lines: [`${'word '.repeat(30)}${ADDRESS}`] }]);
    return stdout.text.trimEnd().split('\n');
  };
  const widest = (lines: readonly string[]) => Math.max(...lines.map((line) => stringWidth(line)));

  test('follows the terminal, and what follows on is set in under its label', () => {
    for (const columns of [80, 100, 132, 200]) expect(widest(printed(columns, undefined))).toBeLessThanOrEqual(columns);
    const rows = printed(80, undefined).slice(-3);
    expect(rows[0]).toMatch(/^ {2}reference {2}word/);
    for (const line of rows.slice(1)) expect(line).toMatch(/^ {15}\S/);
  });

  test('in a pipe a table has a width of its own, and other lines stay whole', () => {
    const lines = printed(undefined, 80);
    expect(widest(lines.slice(0, -1))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toContain(`word ${ADDRESS}`);
  });

  test('a terminal that says it has no columns counts as one of 80', () => {
    expect(printed(0, undefined)).toEqual(printed(80, undefined));
  });
});
