import type { ResultName } from '#cli/json/results.ts';
import { bold, dim, type Format, type Line, printedOf, spans } from './line.ts';
import { tableLines, wrapped } from './table.ts';

export {
  bad,
  bold,
  dim,
  type Format,
  good,
  type Line,
  plainText,
  printable,
  type Span,
  type Styled,
  warn,
} from './line.ts';

/** A label and what stands beside it, one or more lines. */
export interface Row {
  readonly label: string;
  readonly lines: readonly Line[];
}

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
  /** How wide the terminal is now; undefined where there is none. */
  readonly terminalColumns?: () => number | undefined;
  /** How wide a table is where there is no terminal. Default: as wide as it needs. */
  readonly pipeColumns?: number;
  /** Looks at each result before it is written, and throws where it has another shape than is documented: tests do. */
  readonly judge?: (name: ResultName | 'failure', text: string) => void;
}

/** Of a terminal that does not say, and of a pipe. */
export const USUAL_COLUMNS = 80;
/** Columns by which what follows on is set in. */
const FOLLOWING = 2;

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
      .map((span) => (typeof span === 'string' ? printedOf(span) : this.#options.paint(span.format, printedOf(span))))
      .join('');
  }

  /** For people: nothing under --json. */
  line(line: Line = ''): void {
    if (!this.json) this.#options.stdout.write(`${this.#render(line)}\n`);
  }

  lines(lines: readonly Line[]): void {
    for (const line of lines) this.line(line);
  }

  /**
   * Labels and what stands beside them. `width`: of the labels; as wide as the widest unless rows that are printed apart shall stand in line. What
   * follows on in a terminal is set in further, so that no text can pass for another line.
   */
  rows(rows: readonly Row[], width = Math.max(...rows.map(({ label }) => label.length))): void {
    const room = Math.max(1, (this.#terminalColumns() ?? Number.POSITIVE_INFINITY) - width - 4);
    for (const { label, lines } of rows)
      lines.forEach((line, i) => {
        const begin = dim(`  ${(i === 0 ? label : '').padEnd(width)}  `);
        const [first = '', ...others] = wrapped(line, room, FOLLOWING);
        this.line([begin, ...spans(first)]);
        for (const other of others) this.line([' '.repeat(width + 4 + FOLLOWING), ...spans(other)]);
      });
  }

  /** A table as wide as the terminal. In a pipe it has a width of its own, whatever the terminal of whoever started it. */
  table(header: readonly string[], rows: readonly (readonly Line[])[]): void {
    const columns = this.#terminalColumns() ?? this.#options.pipeColumns ?? Number.POSITIVE_INFINITY;
    this.lines(tableLines(header, rows, columns, bold));
  }

  /** Undefined: no terminal. */
  #terminalColumns(): number | undefined {
    const columns = this.#options.terminalColumns?.();
    return columns === 0 ? USUAL_COLUMNS : columns;
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
        .map((span) => printedOf(span))
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
