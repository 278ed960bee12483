import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Disk, realDisk, TornFile, writeAll } from './whole-file.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Where the servers write each mutation before they answer it. A service appends a plain JSON record, then applies it to its memory. A
 * restart replays records by the same function, so that memory is always what the journal says. Bytes travel as base64.
 */
export interface Journal {
  append(service: string, record: Json): void;
  /** Calls `apply` with every record of `service` written so far, oldest first. */
  replay(service: string, apply: (record: Json) => void): void;
}

/** Keeps nothing: state lives and dies with the process. */
export const noJournal: Journal = { append: () => {}, replay: () => {} };

/** The same journal, and `look` sees each record after it is written. */
export const watchedJournal = (journal: Journal, look: (service: string, record: Json) => void): Journal => ({
  append: (service, record) => {
    journal.append(service, record);
    look(service, record);
  },
  replay: (service, apply) => journal.replay(service, apply),
});

interface Line {
  readonly service: string;
  readonly record: Json;
}

/** What JSON.parse gave is JSON: only whether there is a record is asked. */
const lineSchema = z.object({ service: z.string(), record: z.custom<Json>((value) => value !== undefined) });

const lineOf = (path: string, text: string, number: number): Line => {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TornFile(path, `is damaged in line ${number}`, cause);
  }
};

/**
 * One JSON line per mutation in one file. A last line cut short by a kill was never answered, so it is dropped at opening. Throws TornFile
 * where any other line is no record.
 */
export class FileJournal implements Journal {
  readonly #file: number;
  readonly #lines: readonly Line[];
  readonly #disk: Disk;
  readonly #onFault: (error: unknown) => void;
  /** Bytes of whole records. */
  #size: number;
  /** Whether something else may follow them. */
  #cut = false;

  constructor(path: string, options: { readonly disk?: Disk; readonly onFault?: (error: unknown) => void } = {}) {
    this.#disk = options.disk ?? realDisk;
    this.#onFault = options.onFault ?? (() => {});
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = text.lastIndexOf(0x0a) + 1;
    this.#lines = text
      .subarray(0, whole)
      .toString('utf8')
      .split('\n')
      .flatMap((line, at) => (line === '' ? [] : [lineOf(path, line, at + 1)]));
    if (whole < text.length) truncateSync(path, whole);
    this.#size = whole;
    this.#file = openSync(path, 'a', 0o600);
  }

  /** Throws what the disk throws; then the record is not there, not even a part of it. */
  append(service: string, record: Json): void {
    const line = Buffer.from(`${JSON.stringify({ service, record })}\n`);
    try {
      if (this.#cut) this.#undo();
      writeAll(this.#file, line, this.#disk);
    } catch (error) {
      this.#onFault(error);
      this.#cut = true;
      this.#undo();
      throw error;
    }
    this.#size += line.length;
  }

  /** Takes away what a failed append left: a later record must not continue it. */
  #undo(): void {
    ftruncateSync(this.#file, this.#size);
    this.#cut = false;
  }

  replay(service: string, apply: (record: Json) => void): void {
    for (const line of this.#lines) if (line.service === service) apply(line.record);
  }

  close(): void {
    closeSync(this.#file);
  }
}
