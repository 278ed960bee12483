import { type Line, type Output, plainText, type Row, type Span } from '#cli/app/output.ts';

/**
 * What a reader is told of a request, as data: an ordered list of typed lines. The terminal prints it, and whoever shows it elsewhere reads the
 * same list. The order is that in which people should read, the weightiest first.
 */
export const KINDS = [
  'intent',
  'leaves',
  'wallet',
  'who',
  'call',
  'descriptor',
  'simulation',
  'fee',
  'valid',
  'nonce',
  'about',
  'policy',
  'progress',
  'warning',
  'digest',
  'raw',
] as const;

export type Kind = (typeof KINDS)[number];

/** Whose words a line holds beside the values of the call: ours, those of a pinned descriptor, or of a file of --abi. */
export const SOURCES = ['keyturn', 'descriptor', 'abi'] as const;
export type Source = (typeof SOURCES)[number];

export interface Told {
  readonly kind: Kind;
  /** Lines of one label stand together. */
  readonly label: string;
  readonly line: Line;
  readonly source: Source;
}

export const told = (kind: Kind, label: string, lines: readonly Line[], source: Source = 'keyturn'): readonly Told[] =>
  lines.map((line) => ({ kind, label, line, source }));

/** By kind; within one kind as they came. */
export const inOrder = (lines: readonly Told[]): readonly Told[] =>
  lines.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));

/** Lines of one label, one below the other. */
export const rowsOf = (lines: readonly Told[]): readonly Row[] => {
  const rows: { label: string; lines: Line[] }[] = [];
  for (const { label, line } of lines) {
    const last = rows.at(-1);
    if (last?.label === label) last.lines.push(line);
    else rows.push({ label, lines: [line] });
  }
  return rows;
};

/** The printer: rows, and the warnings between them on lines of their own. */
export const printReading = (out: Output, lines: readonly Told[]): void => {
  const at = KINDS.indexOf('warning');
  const part = (holds: (place: number) => boolean): readonly Told[] =>
    lines.filter(({ kind }) => holds(KINDS.indexOf(kind)));
  const width = Math.max(...lines.filter(({ kind }) => kind !== 'warning').map(({ label }) => label.length));
  out.rows(rowsOf(part((place) => place < at)), width);
  out.lines(part((place) => place === at).map(({ line }) => line));
  out.rows(rowsOf(part((place) => place > at)), width);
};

const spansOf = (line: Line): readonly Span[] => (typeof line === 'string' || 'text' in line ? [line] : line);

/** How loud a line is, by the loudest of its parts. */
export const TONES = ['plain', 'quiet', 'strong', 'good', 'caution', 'danger'] as const;
export type Tone = (typeof TONES)[number];

const toneOf = (span: Span): Tone => {
  if (typeof span === 'string') return 'plain';
  const formats = [span.format].flat();
  if (formats.includes('red')) return 'danger';
  if (formats.includes('yellow')) return 'caution';
  if (formats.includes('green')) return 'good';
  if (formats.includes('bold')) return 'strong';
  return formats.includes('dim') ? 'quiet' : 'plain';
};

/** As --json gives it (docs/json.md). The texts are those of the terminal: what could draw is escaped. */
export const readingJson = (lines: readonly Told[]) =>
  lines.map(({ kind, label, line, source }) => ({
    kind,
    label,
    text: plainText(line).trim(),
    tone: TONES[Math.max(...spansOf(line).map((span) => TONES.indexOf(toneOf(span))), 0)] ?? 'plain',
    source,
  }));
