import type { ViewName } from './forms.ts';

/** The same bytes, each time without what may stand between the parts of a spelling. */
export type Views = Readonly<Record<ViewName, string>>;

const NEW_LINE = 0x0a;
const BACKSLASH = 0x5c;
const codes = (text: string): readonly number[] => [...text].map((character) => character.charCodeAt(0));

/** Byte by byte: what becomes of it in a view. NEW_LINE where it parts two spellings. */
const table = (kept: string): Uint8Array => {
  const made = new Uint8Array(256).fill(NEW_LINE);
  for (const code of codes(kept)) made[code] = code;
  return made;
};

const DIGITS = '0123456789';
/** Hex, decimals and base64; that of urls becomes the usual one. */
const RUNS = table(`${DIGITS}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/`);
for (const [from = 0, to = 0] of [codes('-+'), codes('_/')]) RUNS[from] = to;
const LISTS = table(`${DIGITS},:`);
/** White space, quotes and what escapes them: `<Buffer 01 02>`, lists over many lines, JSON within JSON. */
const SKIPPED = new Set(codes(' \t\r\n"\'\\'));
/** What follows a backslash and is no character by itself. */
const ESCAPED = new Set(codes('nrt'));
const IN_URLS: Readonly<Record<string, number>> = { '%2b': 0x2b, '%2f': 0x2f };

/** Characters. The shortest spelling, that of 12 bytes in base64, keeps this many wherever it starts. */
const SHORTEST = 15;
/** No secret holds one byte as often as this in a row. Uploads do, some million times, and a search in them takes seconds. */
const MOST_ALIKE = 64;

/** Takes bytes one by one, without long rows of the same. */
class Sink {
  readonly #bytes: Buffer;
  #length = 0;
  #alike = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  add(byte: number): void {
    this.#alike = this.#length > 0 && this.#bytes[this.#length - 1] === byte ? this.#alike + 1 : 0;
    if (this.#alike >= (byte === NEW_LINE ? 1 : MOST_ALIKE)) return;
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  get text(): string {
    return this.#bytes.toString('latin1', 0, this.#length);
  }

  /** The spellings that may be in it. */
  get parts(): readonly string[] {
    return this.text.split('\n').filter(({ length }) => length >= SHORTEST);
  }
}

/** Without patterns: those that repeat fail over a run of some million characters. */
const pass = (bytes: Buffer): { readonly raw: Sink; readonly runs: Sink; readonly lists: Sink } => {
  const [raw, runs, lists] = [new Sink(bytes.length), new Sink(bytes.length), new Sink(bytes.length)];
  for (const byte of bytes) raw.add(byte);
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === BACKSLASH && ESCAPED.has(bytes[at + 1] ?? 0)) at += 1;
    if (SKIPPED.has(byte)) continue;
    const inUrl = byte === 0x25 ? IN_URLS[bytes.toString('latin1', at, at + 3).toLowerCase()] : undefined;
    if (inUrl !== undefined) {
      byte = inUrl;
      at += 2;
    }
    runs.add(RUNS[byte] ?? NEW_LINE);
    lists.add(LISTS[byte] ?? NEW_LINE);
  }
  return { raw, runs, lists };
};

/** Of all texts at once. A run that stands in many of them is looked at once, which makes logs small: they repeat the same ids. */
export const viewsOf = (texts: readonly Buffer[]): Views => {
  const passed = texts.map(pass);
  const runs = [...new Set(passed.flatMap((one) => one.runs.parts))].join('\n');
  return {
    raw: passed.map((one) => one.raw.text).join('\n'),
    runs,
    lower: runs.toLowerCase(),
    numbers: [...new Set(passed.flatMap((one) => one.lists.parts))].join('\n'),
  };
};
