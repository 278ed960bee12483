import { CODES, isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import { machineFault } from './machine-fault.ts';
import type { Output } from './output.ts';

export const DONE = 0;
export const FAILED = 1;
export const USAGE = 2;

export interface Failure {
  readonly code: string;
  readonly field: string;
  readonly message: string;
  readonly advice: string;
}

/** What a person, or a program under --json, is told of any error. */
export const failureOf = (error: unknown): Failure => {
  const known = isKeyturnError(error) ? error : machineFault(error);
  if (known !== undefined) return coded(known);
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL',
    field: '',
    message,
    advice: 'This is a fault of keyturn itself. Please report it with the command that you ran.',
  };
};

const coded = (error: KeyturnError): Failure => ({
  code: error.code,
  field: error.field ?? '',
  message: error.message,
  advice: CODES[error.code].advice,
});

/** What a check refuses with; undefined where nothing speaks against it. Anything else that it throws is thrown on. */
export const refusalOf = (check: () => void): KeyturnError | undefined => {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return error;
  }
};

/** Tells it and gives the exit code. */
export const tell = (out: Output, failure: Failure): number => {
  if (out.json) out.result('failure', { ok: false, ...failure });
  else {
    const [first = '', ...more] = failure.message.split('\n');
    // A message about usage names the option itself.
    const named = failure.field === '' || failure.code === 'USAGE' || first.startsWith(failure.field);
    const where = named ? '' : `${failure.field}: `;
    out.aside(`keyturn: ${failure.code}: ${where}${first}`);
    for (const line of more) out.aside(`  ${line}`);
    out.aside(`  ${failure.advice}`);
  }
  return failure.code === 'USAGE' ? USAGE : FAILED;
};
