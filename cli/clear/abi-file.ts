import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ParamType } from 'ethers';
import { printable } from '#cli/app/output.ts';
import { type AbiFunction, abiFunction } from '#schemas/abi.ts';
import { KeyturnError } from '#schemas/codes.ts';

/**
 * A contract's ABI as compilers write it, for a contract without a descriptor. A selector is a hash of the types, so a wrong file
 * gives wrong names. Wrong types need a forged selector. Nobody vouches for it: it is told as the reader's own file.
 */
export interface AbiFile {
  readonly name: string;
  /** By selector. */
  readonly functions: ReadonlyMap<string, AbiFunction>;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 4096;

const usage = (path: string, what: string, cause?: unknown): KeyturnError =>
  new KeyturnError('USAGE', `--abi: ${printable(path)} ${what}`, { field: 'abi', cause });

/** `undefined` for an entry that is no function, or one that no reader here decodes. */
const functionOf = (entry: unknown): AbiFunction | undefined => {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const [type, name, inputs] = ['type', 'name', 'inputs'].map((key) => Reflect.get(entry, key));
  if (type !== 'function' || typeof name !== 'string' || !Array.isArray(inputs)) return undefined;
  try {
    const types = inputs.map((one) => ParamType.from(one).format('full'));
    return abiFunction(`${name}(${types.join(', ')})`);
  } catch {
    return undefined;
  }
};

const entriesOf = (value: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(value)) return value;
  const within: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'abi') : undefined;
  return Array.isArray(within) ? within : undefined;
};

/** A JSON list of the ABI, or an artifact with the member `abi`. Throws NOT_FOUND, and USAGE naming the option. */
export const readAbiFile = async (folder: string, given: string): Promise<AbiFile> => {
  const path = resolve(folder, given);
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw usage(given, `is larger than ${MAX_BYTES} bytes`);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof KeyturnError) throw cause;
    throw new KeyturnError('NOT_FOUND', `${path} cannot be read`, { field: 'abi', cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usage(given, 'is not JSON', cause);
  }
  const entries = entriesOf(value);
  if (entries === undefined) throw usage(given, 'is no ABI: it must be a JSON list, or have one as its member abi');
  if (entries.length > MAX_ENTRIES) throw usage(given, `has more than ${MAX_ENTRIES} entries`);
  const functions = entries.map(functionOf).filter((one) => one !== undefined);
  if (functions.length === 0) throw usage(given, 'names no function that can be decoded here');
  return { name: basename(path), functions: new Map(functions.map((one) => [one.selector, one])) };
};
