/**
 * Compares what a page shows with what came. Everything is taken letter by letter, but:
 * - `…` stands for anything within its line; a line of `…` alone for any number of lines.
 * - two or more spaces stand for two or more, since columns are as wide as what is in them.
 * - a sample of the page's table takes the value that came where it was first shown. From then on it stands for that value alone.
 */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A sample of hex digits takes as many hex digits, one of digits takes digits, any other a word. */
const shapeOf = (sample: string): string => {
  const hex = /^(0x|sha256:)?([0-9a-f]{4,})$/.exec(sample);
  if (/^[0-9]+$/.test(sample)) return '[0-9]+';
  return hex === null ? '[^\\s",…]+' : `${hex[1] ?? ''}[0-9a-f]{${(hex[2] ?? '').length}}`;
};

const normal = (text: string): string => text.replaceAll(/[ \t]+$/gm, '').replace(/\n+$/, '');

export class Samples {
  readonly #samples: readonly string[];
  readonly #values = new Map<string, string>();

  constructor(samples: readonly string[]) {
    this.#samples = [...samples].sort((one, other) => other.length - one.length);
  }

  /** As it is typed: with the reader's values. Throws Mismatch where one is not known yet. */
  fill(command: string): string {
    if (this.#samples.length === 0) return command;
    const each = new RegExp(`(?<![A-Za-z0-9_$])(?:${this.#samples.map(escaped).join('|')})(?![A-Za-z0-9_=])`, 'g');
    return command.replaceAll(each, (sample) => {
      const value = this.#values.get(sample);
      if (value === undefined) throw new Mismatch(`${sample} is typed before any output has shown it`);
      return value;
    });
  }

  /** What is typed at a question: the words, or `first N of SAMPLE`. */
  answer(words: string): string {
    const [, count, sample = ''] = /^first (\d+) of (\S+)$/.exec(words) ?? [];
    return count === undefined ? this.fill(words) : this.fill(sample).slice(0, Number(count));
  }

  /** Throws Mismatch where this was not printed. Learns the samples that were shown for the first time. */
  compare(shown: readonly string[], printed: string): void {
    const lines = normal(shown.join('\n')).split('\n');
    const got = `${normal(printed)}\n`;
    const { source, names } = this.#pattern(lines);
    const found = new RegExp(`^${source}$`).exec(got);
    if (found === null) throw new Mismatch(this.#difference(lines, got));
    for (const [n, sample] of names.entries()) this.#values.set(sample, found.groups?.[`s${n}`] ?? '');
  }

  #pattern(lines: readonly string[]): { readonly source: string; readonly names: readonly string[] } {
    const names: string[] = [];
    const sampleAt = (sample: string): string => {
      const known = this.#values.get(sample);
      if (known !== undefined) return escaped(known);
      const at = names.indexOf(sample);
      if (at >= 0) return `\\k<s${at}>`;
      names.push(sample);
      return `(?<s${names.length - 1}>${shapeOf(sample)})`;
    };
    const parts = [...this.#samples.map(escaped), '…', ' {2,}', '[\\s\\S]'].join('|');
    const lineOf = (line: string): string =>
      [...line.matchAll(new RegExp(parts, 'gu'))]
        .map(([part]) => {
          if (part === '…') return '[^\\n]*?';
          if (/^ {2,}$/.test(part)) return ' {2,}';
          return this.#samples.includes(part) ? sampleAt(part) : escaped(part);
        })
        .join('');
    const source = lines.map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${lineOf(line)}\\n`)).join('');
    return { source, names };
  }

  /** Names the first shown line that finds no place. */
  #difference(lines: readonly string[], got: string): string {
    const fits = (count: number): boolean => new RegExp(`^${this.#pattern(lines.slice(0, count)).source}`).test(got);
    let count = 0;
    while (count < lines.length && fits(count + 1)) count++;
    const where = count < lines.length ? `the page shows: ${lines[count]}` : 'more was printed than the page shows';
    return `${where}\nall of what was printed:\n${got}`;
  }
}
