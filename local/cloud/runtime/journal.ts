import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Where the servers write each mutation before they answer it. A service appends a plain JSON record, then applies it to its memory by
 * the same function that a restart uses to replay it, so that memory is always what the journal says. Bytes travel as base64.
 */
export interface Journal {
  append(service: string, record: Json): void;
  /** Calls `apply` with every record of `service` written so far, oldest first. */
  replay(service: string, apply: (record: Json) => void): void;
}

/** Keeps nothing: state lives and dies with the process. */
export const noJournal: Journal = { append: () => {}, replay: () => {} };

/** One JSON line per mutation in one file. A last line cut short by a kill was never answered, so it is dropped at opening. */
export class FileJournal implements Journal {
  readonly #file: number;
  readonly #records: { service: string; record: Json }[];

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = text.lastIndexOf(0x0a) + 1;
    if (whole < text.length) truncateSync(path, whole);
    this.#records = text
      .subarray(0, whole)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    this.#file = openSync(path, 'a', 0o600);
  }

  append(service: string, record: Json): void {
    writeSync(this.#file, `${JSON.stringify({ service, record })}\n`);
  }

  replay(service: string, apply: (record: Json) => void): void {
    for (const line of this.#records) if (line.service === service) apply(line.record);
  }

  close(): void {
    closeSync(this.#file);
  }
}
