import type { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { ResultName } from '#cli/json/results.ts';

export type Format = Parameters<typeof styleText>[0];
export interface Styled {
  readonly text: string;
  readonly format: Format;
}
export type Span = string | Styled;
export type Line = Span | readonly Span[];

/** A label and what stands beside it, one or more lines. */
export interface Row {
  readonly label: string;
  readonly lines: readonly Line[];
}

export const bold = (text: string): Styled => ({ text, format: 'bold' });
export const dim = (text: string): Styled => ({ text, format: 'dim' });
export const good = (text: string): Styled => ({ text, format: 'green' });
export const bad = (text: string): Styled => ({ text, format: ['red', 'bold'] });
export const warn = (text: string): Styled => ({ text, format: 'yellow' });

const codePoint = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * Text that cannot draw: control, direction-changing, invisible and unassigned characters are written as \u{…}. Requests, facts and answers
 * come from outside, and one escape sequence could paint another destination over the true one. Lookalike spaces too: they move columns; and
 * marks from the third on one letter: stacked, they overdraw the lines above and below.
 */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0\u2800]|(?! )\p{Zs}|(?<=\p{M}{2})\p{M}/gu,
    codePoint,
  );

const spans = (line: Line): readonly Span[] => (typeof line === 'string' || 'text' in line ? [line] : line);
const textOf = (span: Span): string => printable(typeof span === 'string' ? span : span.text);
/** Columns of a terminal: a character of East Asia or an emoji takes two, a combining mark none. */
const widthOf = (line: Line): number => stringWidth(spans(line).map(textOf).join(''));

/** A line without its formats, for programs. */
export const plainText = (line: Line): string => spans(line).map(textOf).join('');

export interface Sink {
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

export interface OutputOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly json: boolean;
  /** Styles text for standard output; leaves it alone where that is no terminal or NO_COLOR is set. */
  readonly paint: (format: Format, text: string) => string;
  /** Whether a person watches standard error. Progress comes sooner there. */
  readonly watched: boolean;
  /** Runs `tell` every so many ms, until what it gives back is called. Default: a timer of Node. */
  readonly every?: (ms: number, tell: () => void) => () => void;
  /** Looks at each result before it is written, and throws where it has another shape than is documented: tests do. */
  readonly judge?: (name: ResultName | 'failure', text: string) => void;
}

const everyMs = (ms: number, tell: () => void): (() => void) => {
  const timer = setInterval(tell, ms);
  return () => clearInterval(timer);
};

/** ms until a person is told what is being waited for. In a pipe, short work stays silent. */
const SOON_MS = 1000;
/** ms between two lines in a pipe, whose reader sees no cursor. */
const EACH_MS = 10_000;

/** All that a command says. Every piece passes `printable` here, before it is styled, so that no command can forget it. */
export class Output {
  readonly json: boolean;
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.json = options.json;
  }

  #render(line: Line): string {
    return spans(line)
      .map((span) => (typeof span === 'string' ? textOf(span) : this.#options.paint(span.format, textOf(span))))
      .join('');
  }

  /** For people: nothing under --json. */
  line(line: Line = ''): void {
    if (!this.json) this.#options.stdout.write(`${this.#render(line)}\n`);
  }

  lines(lines: readonly Line[]): void {
    for (const line of lines) this.line(line);
  }

  /** `width`: of the labels; as wide as the widest unless rows that are printed apart shall stand in line. */
  rows(rows: readonly Row[], width = Math.max(...rows.map(({ label }) => label.length))): void {
    for (const { label, lines } of rows)
      lines.forEach((line, i) => {
        this.line([dim(`  ${(i === 0 ? label : '').padEnd(width)}  `), ...spans(line)]);
      });
  }

  table(header: readonly string[], rows: readonly (readonly Line[])[]): void {
    const widths = header.map((title, c) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[c] ?? ''))));
    this.line(
      bold(
        header
          .map((title, c) => title + ' '.repeat((widths[c] ?? 0) - widthOf(title)))
          .join('  ')
          .trimEnd(),
      ),
    );
    for (const row of rows)
      this.line(
        row.flatMap((cell, c) => {
          const gap = ' '.repeat(c === row.length - 1 ? 0 : (widths[c] ?? 0) - widthOf(cell) + 2);
          return [...spans(cell), gap];
        }),
      );
  }

  /** Text that another program reads, such as CSV: as it is, also under --json. Resolves once it is written. */
  raw(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#options.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The one JSON object of --json, of the shape that docs/json.md gives `name`; bigints as decimal strings. Nothing without --json. */
  result(name: ResultName | 'failure', value: Readonly<Record<string, unknown>>): void {
    if (!this.json) return;
    const text = jsonText(value);
    this.#options.judge?.(name, text);
    this.#options.stdout.write(`${text}\n`);
  }

  /** On standard error: an error, a hint, or what an interrupted command leaves behind. */
  aside(line: Line): void {
    this.#options.stderr.write(
      `${spans(line)
        .map((span) => textOf(span))
        .join('')}\n`,
    );
  }

  /**
   * Runs `work`, and says on standard error what is being waited for. On a terminal once it lasts over a second. In a pipe after each ten, with
   * how long it has taken. Never under --json, and never on standard output.
   */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    if (this.json) return work;
    const { watched, every = everyMs } = this.#options;
    let told = 0;
    const stop = every(watched ? SOON_MS : EACH_MS, () => {
      told += 1;
      if (!watched) this.aside(`${what} … ${(told * EACH_MS) / 1000} s`);
      else if (told === 1) this.aside(`${what} …`);
    });
    try {
      return await work;
    } finally {
      stop();
    }
  }
}

/** One line of JSON that is safe on a terminal as well: what `printable` escapes is escaped here as \uXXXX, which is still JSON. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? member.toString() : member)).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) =>
      character
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
  );
