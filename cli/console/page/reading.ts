import type { ReadingLine } from '#cli/console/api.ts';

/** Lines of one label, one below the other, as on a terminal. */
export interface Labelled {
  readonly label: string;
  readonly source: ReadingLine['source'];
  readonly lines: readonly ReadingLine[];
}

export interface Section {
  readonly name: string;
  readonly heading: string;
  readonly rows: readonly Labelled[];
}

/**
 * Where each kind of line stands. Every kind has its place, so that no line of the renderer can be left out. Warnings come from the same renderer
 * with their weight, and stand above all.
 */
const PLACES: Readonly<Record<ReadingLine['kind'], string>> = {
  intent: 'asks',
  leaves: 'asks',
  wallet: 'asks',
  who: 'who',
  call: 'call',
  descriptor: 'call',
  simulation: 'simulation',
  fee: 'cost',
  valid: 'cost',
  nonce: 'cost',
  about: 'about',
  policy: 'about',
  progress: 'progress',
  warning: 'warning',
  digest: 'digest',
  raw: 'raw',
};

const HEADINGS: readonly (readonly [string, string])[] = [
  ['asks', 'What it asks for'],
  ['who', 'To whom'],
  ['call', 'What is called'],
  ['simulation', 'What would happen'],
  ['cost', 'Fee, time and nonce'],
  ['about', 'Who asks, and what the law says'],
  ['progress', 'Approvals'],
  ['digest', 'To compare by phone'],
  ['raw', 'Raw data'],
];

const labelled = (lines: readonly ReadingLine[]): readonly Labelled[] => {
  const rows: { label: string; source: ReadingLine['source']; lines: ReadingLine[] }[] = [];
  for (const line of lines) {
    const last = rows.at(-1);
    if (last?.label === line.label && last.source === line.source) last.lines.push(line);
    else rows.push({ label: line.label, source: line.source, lines: [line] });
  }
  return rows;
};

/** The same words as `show` prints, in the same order, under headings. A section without lines is none. */
export const sectionsOf = (lines: readonly ReadingLine[]): readonly Section[] =>
  HEADINGS.flatMap(([name, heading]) => {
    const own = lines.filter(({ kind }) => PLACES[kind] === name);
    return own.length === 0 ? [] : [{ name, heading, rows: labelled(own) }];
  });

/** The lines that must have been in view: those that tell to whom, or, where nobody gets anything, what is asked. */
export const recipientKind = (lines: readonly ReadingLine[]): 'who' | 'asks' =>
  lines.some(({ kind }) => kind === 'who') ? 'who' : 'asks';
