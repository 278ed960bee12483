import { readFile } from 'node:fs/promises';
import type { Session } from '#cli/app/session.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { doubledName } from '#schemas/json-text.ts';
import { REQUEST_FIELDS, type TransactionRequest } from '#schemas/request.ts';
import { LARGEST_MESSAGE, parseRequestBytes } from '#schemas/request-bytes.ts';
import { walletAddressOf } from './outlook.ts';
import { isPrinted, parsePrinted, printedOf, printedProblem } from './printed.ts';

/** Bytes. What is printed holds the request twice. */
const LARGEST_FILE = 3 * LARGEST_MESSAGE;

const bytesOf = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((cause: unknown) => {
    throw new KeyturnError('NOT_FOUND', `${file} cannot be read`, { field: 'file', cause });
  });

/** The JSON in these bytes; undefined where they are none. `parseRequestBytes` says what is wrong. */
const jsonIn = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

/** All that a request lacks, and not the first field alone. */
const allMissing = ({ commandLine }: Session, value: unknown): KeyturnError => {
  const given = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const missing = REQUEST_FIELDS.filter((field) => !given.includes(field));
  const template = commandLine('request --to 0x… --value "0.5 ether" --print');
  return new KeyturnError(
    'MISSING_FIELD',
    `the request lacks ${missing.join(', ')}. To print a whole one: ${template}`,
    { field: missing[0] ?? '' },
  );
};

const fromPrinted = (session: Session, bytes: Uint8Array, value: unknown): TransactionRequest => {
  const printed = parsePrinted(value);
  if (doubledName(new TextDecoder().decode(bytes)) !== undefined)
    throw new KeyturnError('MALFORMED', 'a name stands twice in the file');
  const { request } = printed;
  const address = walletAddressOf(session, request);
  // A wallet that the law does not know is refused by its name, later.
  if (address === '') return request;
  const problem = printedProblem(printed, printedOf(request, address, session.deployment.buckets.register));
  if (problem !== undefined) throw new KeyturnError('ID_MISMATCH', problem, { field: 'file' });
  return request;
};

/**
 * A whole request from a file, as it is published or as `--print` writes it; `-` is standard input. Throws NOT_FOUND, TOO_LARGE, and what the
 * parsers throw. MISSING_FIELD names all that is missing. ID_MISMATCH: what is printed beside the request is not of it.
 */
export const requestFromFile = async (session: Session, file: string): Promise<TransactionRequest> => {
  const bytes = file === '-' ? await session.stdin(LARGEST_FILE) : await bytesOf(file);
  if (bytes.length > LARGEST_FILE) throw new KeyturnError('TOO_LARGE', `the file has ${bytes.length} bytes`);
  const value = jsonIn(bytes);
  const printed = isPrinted(value) ? (value as { readonly request: unknown }) : undefined;
  try {
    return printed === undefined ? parseRequestBytes(bytes) : fromPrinted(session, bytes, printed);
  } catch (error) {
    if (isKeyturnError(error, 'MISSING_FIELD'))
      throw allMissing(session, printed === undefined ? value : printed.request);
    throw error;
  }
};
