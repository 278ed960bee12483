import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mapSome } from '#cli/request/open-ids.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { ChainLaw } from '#schemas/config.ts';
import type { DescriptorPin } from '#schemas/descriptor-pins.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { descriptorJson, invalid, type JsonObject, MAX_DESCRIPTOR_BYTES } from './bounded-json.ts';
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import { descriptorHashOf, resolved } from './includes.ts';

/** Beside the file in which the law stands. */
export const DESCRIPTOR_FOLDER = 'descriptors';

export const descriptorFolder = (lawFile: string): string => join(dirname(lawFile), DESCRIPTOR_FOLDER);

export type StopCode = 'DESCRIPTOR_MISSING' | 'DESCRIPTOR_HASH' | 'DESCRIPTOR_INVALID' | 'DESCRIPTOR_MISMATCH';

/** Why nobody may approve by what the law pins. */
export interface Stop {
  readonly code: StopCode;
  readonly file: string;
  /** The contract of the pin, EIP-55. */
  readonly address: string;
  readonly message: string;
}

export type Pinned =
  | { readonly kind: 'descriptor'; readonly descriptor: Descriptor }
  | { readonly kind: 'stopped'; readonly stop: Stop };

/** By contract address (EIP-55): what the law pins, of those that a request calls. */
export type PinnedDescriptors = ReadonlyMap<string, Pinned>;

/** A plain file alone: no link leads to another one, and no pipe keeps a reader waiting. */
const bytesOf = async (folder: string, name: string): Promise<Uint8Array> => {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new KeyturnError('DESCRIPTOR_MISSING', `${name} cannot be read as a plain file in ${folder}`, {
      field: name,
      cause,
    });
  }
  try {
    const about = await handle.stat();
    if (!about.isFile()) throw invalid(name, 'is no plain file');
    if (about.size > MAX_DESCRIPTOR_BYTES) throw invalid(name, `is larger than ${MAX_DESCRIPTOR_BYTES} bytes`);
    const bytes = new Uint8Array(MAX_DESCRIPTOR_BYTES + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

/** A descriptor with its includes, all of one folder, and its hash. Throws DESCRIPTOR_MISSING and DESCRIPTOR_INVALID. */
export const readDescriptor = async (
  folder: string,
  file: string,
): Promise<{ readonly whole: JsonObject; readonly hash: string }> => {
  const whole = await resolved(file, async (name) => descriptorJson(await bytesOf(folder, name), name));
  return { whole, hash: descriptorHashOf(whole) };
};

const isBound = ({ deployments }: Descriptor, chainId: string, address: string): boolean =>
  deployments.some((one) => one.chainId === chainId && one.address.toLowerCase() === address.toLowerCase());

const pinnedBy = async (folder: string, chainId: string, pin: DescriptorPin): Promise<Descriptor> => {
  const { file, hash, address } = pin;
  const found = await readDescriptor(folder, file);
  if (found.hash !== hash)
    throw new KeyturnError('DESCRIPTOR_HASH', `${file} has the hash ${found.hash}, and the law pins ${hash}`, {
      field: file,
    });
  const descriptor = parseDescriptor(found.whole, file, hash);
  if (!isBound(descriptor, chainId, address))
    throw invalid(file, `its deployments do not name ${address} on chain ${chainId}`);
  return descriptor;
};

const isStop = (code: string): code is StopCode =>
  code === 'DESCRIPTOR_MISSING' || code === 'DESCRIPTOR_HASH' || code === 'DESCRIPTOR_INVALID';

/** What one pin comes to. Nothing of a file is looked at before its hash is the pinned one, but what it includes. */
export const readPin = async (folder: string, chainId: string, pin: DescriptorPin): Promise<Pinned> => {
  try {
    return { kind: 'descriptor', descriptor: await pinnedBy(folder, chainId, pin) };
  } catch (error) {
    if (!isKeyturnError(error) || !isStop(error.code)) throw error;
    const { code, message } = error;
    return { kind: 'stopped', stop: { code, file: pin.file, address: pin.address, message } };
  }
};

/** Of the contracts that a request calls or names, those that the law pins a descriptor for. Files of others are not opened. */
export const readPinned = async (
  folder: string,
  chain: Pick<ChainLaw, 'chainId' | 'descriptors'> | undefined,
  { to, data }: Pick<TransactionRequest, 'to' | 'data'>,
): Promise<PinnedDescriptors> => {
  const named = (address: string): boolean => address === to || data.includes(address.slice(2).toLowerCase());
  const pins = (chain?.descriptors ?? []).filter(({ address }) => named(address));
  const read = async (pin: DescriptorPin) => [pin.address, await readPin(folder, chain?.chainId ?? '', pin)] as const;
  return new Map(await mapSome(pins, read));
};
