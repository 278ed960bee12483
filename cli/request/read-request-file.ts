import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readConfigFile } from '#cli/app/config-file.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type Config, parseLaw } from '#schemas/config.ts';
import { parseFact, type RequestFact } from '#schemas/facts.ts';
import { doubledName } from '#schemas/json-text.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { isPrinted, parsePrinted, type ReadPrinted } from './printed.ts';

/** Both are read from files alone: whoever checks a request needs no network, no cloud and no word of anybody. */
export type GivenRequest = {
  readonly request: TransactionRequest;
  readonly stored: RequestFact | undefined;
  readonly printed?: ReadPrinted;
};
export type GivenLaw = Pick<Config, 'law' | 'lawHash' | 'lawText'> & {
  /** The file in which it stands. */
  readonly path: string;
};

const bytesOf = async (path: string, field: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new KeyturnError('NOT_FOUND', `${path} cannot be read`, { field, cause });
  }
};

/** Of a name that stands twice, two readers could take two values. */
const jsonOf = (bytes: Uint8Array, path: string): unknown => {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new KeyturnError('MALFORMED', `${path} is not JSON in UTF-8`, { cause });
  }
  const doubled = doubledName(text);
  if (doubled !== undefined) throw new KeyturnError('MALFORMED', `${path}: ${doubled} stands twice`);
  return value;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A request as it is published, as it is printed, or request.json as it is stored. Throws NOT_FOUND and what the parsers throw. */
export const readRequestFile = async (folder: string, given: string): Promise<GivenRequest> => {
  const path = resolve(folder, given);
  const bytes = await bytesOf(path, 'file');
  const value = jsonOf(bytes, path);
  if (!isObject(value) || !('request' in value)) return { request: parseRequest(value), stored: undefined };
  if (isPrinted(value)) {
    const printed = parsePrinted(value);
    return { request: printed.request, stored: undefined, printed };
  }
  const stored = parseFact('request', bytes);
  return { request: stored.request, stored };
};

/** A law as it is kept or printed, or a whole keyturn.json; without `given`, that of the deployment that `config` names. */
export const readLawFile = async (
  folder: string,
  given: string | undefined,
  config: string | undefined,
): Promise<GivenLaw> => {
  if (given === undefined) {
    const file = await readConfigFile(folder, config);
    return { ...parseLaw(file.law), path: file.path };
  }
  const path = resolve(folder, given);
  const value = jsonOf(await bytesOf(path, 'law'), path);
  try {
    return { ...parseLaw(isObject(value) && 'law' in value ? value.law : value), path };
  } catch (error) {
    if (!isKeyturnError(error, 'CONFIG')) throw error;
    throw new KeyturnError('CONFIG', `${path} is no law of this version: ${error.message}`, {
      field: 'law',
      cause: error,
    });
  }
};
