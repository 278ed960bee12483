import { open } from 'node:fs/promises';
import { decryptKeystoreJson, getAddress, SigningKey } from 'ethers';
import { z } from 'zod';
import { goOn } from '#cli/app/interrupt.ts';
import { readAll } from '#cli/app/prompt.ts';
import type { Session } from '#cli/app/session.ts';
import { isSecretItself, noFileName, readSecretFile } from '#cli/wallet/secret-file.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** Bytes. A keystore has some 500. */
const LARGEST_KEYSTORE = 16 * 1024;
/** Bytes of memory that scrypt takes are 128 × n × r. The usual ones take 256 MiB. */
const MAX_SCRYPT = 2 ** 23;

const kdf = z.union([
  z.object({
    kdf: z.literal('scrypt'),
    kdfparams: z
      .object({ n: z.number().int().positive(), r: z.number().int().positive(), p: z.number().int().min(1).max(16) })
      .refine(({ n, r }) => n * r <= MAX_SCRYPT, 'it takes more memory than any tool asks for'),
  }),
  z.object({ kdf: z.literal('pbkdf2'), kdfparams: z.object({ c: z.number().int().min(1).max(10_000_000) }) }),
]);

/** https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage; ethers names one member "Crypto". */
const keystoreSchema = z
  .object({ version: z.literal(3), address: z.string().optional(), crypto: kdf.optional(), Crypto: kdf.optional() })
  .refine((file) => file.crypto !== undefined || file.Crypto !== undefined, 'has no crypto');

/** A key that only a password opens. */
export interface Keystore {
  readonly path: string;
  readonly text: string;
  /** EIP-55, as the file says in clear; undefined where it says none. */
  readonly address: string | undefined;
}

const noKeystore = (path: string, cause?: unknown) =>
  new KeyturnError('USAGE', `--sign-with: ${path} is no keystore file of version 3, as geth and wallets export it`, {
    field: 'signWith',
    cause,
  });

const textOf = async (path: string): Promise<string> => {
  const file = await open(path, 'r').catch((cause: unknown) => {
    const words = isSecretItself(path) ? `it cannot be read: ${noFileName('keystore')}` : `${path} cannot be read`;
    throw new KeyturnError('NOT_FOUND', `--sign-with: ${words}`, { field: 'signWith', cause });
  });
  try {
    // A pipe or a device tells no size before it is read.
    const bytes = await readAll(file.createReadStream(), LARGEST_KEYSTORE).catch((cause: unknown) => {
      throw noKeystore(path, cause);
    });
    return new TextDecoder().decode(bytes);
  } finally {
    await file.close();
  }
};

/** Throws NOT_FOUND, USAGE. */
export const readKeystore = async (path: string): Promise<Keystore> => {
  const text = await textOf(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw noKeystore(path, cause);
  }
  const parsed = keystoreSchema.safeParse(value);
  if (!parsed.success) throw noKeystore(path, parsed.error);
  const [, digits] = /^(?:0x)?([0-9a-fA-F]{40})$/.exec(parsed.data.address ?? '') ?? [];
  return { path, text, address: digits === undefined ? undefined : getAddress(`0x${digits.toLowerCase()}`) };
};

/** Without the end of its line. Never an argument: those everybody on the machine may read. */
const passwordFor = async (session: Session, { path }: Keystore, file: string | undefined): Promise<Uint8Array> => {
  if (file !== undefined) {
    const bytes = await readSecretFile(file, true, 'password');
    const end = bytes.at(-1) === 10 ? (bytes.at(-2) === 13 ? -2 : -1) : bytes.length;
    return bytes.subarray(0, end);
  }
  const typed = await session.ask(`Password of ${path}: `, 'hidden');
  goOn(session.signal);
  if (typed === undefined)
    throw new KeyturnError('USAGE', 'nobody can be asked for the password here (no terminal): give --password-file', {
      field: 'passwordFile',
    });
  return new TextEncoder().encode(typed);
};

/**
 * The signature of a digest (32 bytes, 0x…) by the key of a keystore, in the one spelling. Asks for the password, or reads it from a file that
 * only its owner may read. Throws USAGE where the password is wrong.
 */
export const signByKeystore = async (
  session: Session,
  keystore: Keystore,
  digest: string,
  passwordFile: string | undefined,
): Promise<string> => {
  const password = await passwordFor(session, keystore, passwordFile);
  try {
    const opened = decryptKeystoreJson(keystore.text, password);
    const { privateKey } = await session.out.during('opening the keystore', opened);
    return new SigningKey(privateKey).sign(digest).serialized;
  } catch (cause) {
    // The words of ethers may show what it was given.
    throw new KeyturnError('USAGE', `--sign-with: this password does not open ${keystore.path}`, {
      field: 'signWith',
      cause: cause instanceof Error ? cause.name : undefined,
    });
  } finally {
    password.fill(0);
  }
};
