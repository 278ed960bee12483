import { FAULT_CODES } from './codes-fault.ts';
import { PROGRESS_CODES } from './codes-progress.ts';
import { REQUEST_CODES } from './codes-request.ts';

/**
 * Every code that a person, a dApp or a log line can show, in one table. `retry` says whether doing the very same thing again can help;
 * `advice` says what to do. A code is never renamed: alerts and callers depend on it.
 */
export const CODES = { ...REQUEST_CODES, ...PROGRESS_CODES, ...FAULT_CODES } as const;

export type Code = keyof typeof CODES;

/** Own names only: `constructor` is no code. */
export const isCode = (text: string): text is Code => Object.hasOwn(CODES, text);

/** The one error class. `field` names the input at fault, `id` the request it is about; messages never hold secrets or payloads. */
export class KeyturnError extends Error {
  readonly code: Code;
  readonly field: string | undefined;
  readonly id: string | undefined;

  constructor(code: Code, message: string, over: { field?: string; id?: string; cause?: unknown } = {}) {
    super(message, over.cause === undefined ? undefined : { cause: over.cause });
    this.name = 'KeyturnError';
    this.code = code;
    this.field = over.field;
    this.id = over.id;
  }

  get retry(): boolean {
    return CODES[this.code].retry;
  }
}

export const isKeyturnError = (error: unknown, code?: Code): error is KeyturnError =>
  error instanceof KeyturnError && (code === undefined || error.code === code);
