import { dim, type Format, type Line, plainText, printedOf, type Span, spans, widthOf } from './line.ts';

/** What a command or another tool needs whole: an address, an id, a hash. It is never broken, however narrow the terminal. */
const WHOLE = /[0-9a-fA-F]{40,}/;

/** Characters with the marks that belong to them. */
const graphemes = (text: string): Iterable<{ readonly segment: string }> =>
  new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text);

interface Piece {
  readonly text: string;
  readonly format: Format | undefined;
}

/** Words, and the blanks between them. A word that would not fit is broken between characters, unless it is needed whole. */
const piecesOf = (line: Line, columns: number): readonly Piece[] =>
  spans(line).flatMap((span) => {
    const format = typeof span === 'string' ? undefined : span.format;
    return (printedOf(span).match(/ +|[^ ]+/g) ?? []).flatMap((text): Piece[] => {
      if (widthOf(text) <= columns || WHOLE.test(text)) return [{ text, format }];
      return [...graphemes(text)].map(({ segment }) => ({ text: segment, format }));
    });
  });

const isBlank = ({ text }: Piece): boolean => text.trim() === '';

/**
 * A line in as many lines as it needs, at most so many columns wide where nothing that is needed whole is wider. Those that follow are narrower by
 * `setIn`.
 */
export const wrapped = (line: Line, columns: number, setIn = 0): readonly Line[] => {
  if (widthOf(line) <= columns) return [line];
  const narrow = Math.max(1, columns - setIn);
  const lines: Piece[][] = [[]];
  let width = 0;
  for (const piece of piecesOf(line, narrow)) {
    const more = widthOf(piece.text);
    if (width > 0 && width + more > (lines.length === 1 ? columns : narrow)) {
      lines.push([]);
      width = 0;
    }
    if (width === 0 && isBlank(piece) && lines.length > 1) continue;
    lines.at(-1)?.push(piece);
    width += more;
  }
  return lines
    .filter((pieces) => pieces.length > 0)
    .map((pieces) => pieces.map(({ text, format }): Span => (format === undefined ? text : { text, format })));
};

const GAP = 2;
const INDENT = 2;

/** Which columns stand side by side, in order. The widest gives way first; the first of all never does. */
const besides = (widths: readonly number[], columns: number): readonly number[] => {
  let left = widths.map((_, c) => c);
  const total = () => left.reduce((sum, c) => sum + (widths[c] ?? 0) + GAP, -GAP);
  while (left.length > 1 && total() > columns) {
    const [first = 0, ...others] = left;
    const widest = others.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a));
    left = [first, ...others.filter((c) => c !== widest)];
  }
  return left;
};

const padded = (cells: readonly Line[], widths: readonly number[]): Line =>
  cells.flatMap((cell, c) => [
    ...spans(cell),
    ' '.repeat(c === cells.length - 1 ? 0 : Math.max(0, (widths[c] ?? 0) - widthOf(cell)) + GAP),
  ]);

/**
 * A table, at most so many columns wide. What does not fit beside the rest stands below its row, each cell with its title, in lines of its own.
 * Nothing is cut. `title`: formats the header.
 */
export const tableLines = (
  header: readonly string[],
  rows: readonly (readonly Line[])[],
  columns: number,
  title: (text: string) => Span,
): readonly Line[] => {
  const widths = header.map((text, c) => Math.max(widthOf(text), ...rows.map((row) => widthOf(row[c] ?? ''))));
  const left = besides(widths, columns);
  const below = header.flatMap((_, c) => (left.includes(c) ? [] : [c]));
  const own = left.map((c) => widths[c] ?? 0);
  const labels = Math.max(0, ...below.map((c) => widthOf(header[c] ?? '')));
  const rest = Math.max(1, columns - INDENT - labels - GAP);
  const detail = (row: readonly Line[], c: number): readonly Line[] =>
    widthOf(row[c] ?? '') === 0
      ? []
      : wrapped(row[c] ?? '', rest).map((line, n) => {
          const label = n === 0 ? (header[c] ?? '') : '';
          const gap = ' '.repeat(INDENT);
          return [gap, dim(label + ' '.repeat(labels - widthOf(label) + GAP)), ...spans(line)];
        });
  const head = padded(
    left.map((c) => header[c] ?? ''),
    own,
  );
  return [
    title(plainText(head).trimEnd()),
    ...rows.flatMap((row) => [
      padded(
        left.map((c) => row[c] ?? ''),
        own,
      ),
      ...below.flatMap((c) => detail(row, c)),
    ]),
  ];
};
