import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { addressOfCommitment } from '#core/shares/address.ts';
import { splitKey, wipe } from '#core/shares/shares.ts';
import { TornFile, writeWhole } from '#local/cloud/runtime/whole-file.ts';
import { shareText } from '#schemas/share-text.ts';
import { CO_SIGNER_NAMES } from './people.ts';

/** A fresh wallet of the lab: what the law says of it, and where each holder's share lies. */
const walletSchema = z.strictObject({
  name: z.string(),
  address: z.string(),
  threshold: z.number().int(),
  commitments: z.array(z.string()),
  holders: z.array(z.strictObject({ coSigner: z.string(), index: z.number().int() })),
});

export type LabWallet = z.infer<typeof walletSchema>;

export const shareFile = (folder: string, coSigner: string): string => join(folder, 'shares', `${coSigner}.share`);

const secretKey = (): Uint8Array => {
  // 2^-128 of all 32-byte strings are no key; splitKey refuses those, and the next try is another.
  const key = new Uint8Array(randomBytes(32));
  return key.some((byte) => byte !== 0) ? key : secretKey();
};

/** Splits a new key k of n, writes each share to a file that only its owner can read, and forgets the key. */
const create = (folder: string, name: string, threshold: number, count: number): LabWallet => {
  const key = secretKey();
  const { shares, commitments } = splitKey(key, threshold, count, (length) => new Uint8Array(randomBytes(length)));
  wipe(key);
  mkdirSync(join(folder, 'shares'), { recursive: true, mode: 0o700 });
  const holders = shares.map(({ index, scalar }, n) => {
    const coSigner = CO_SIGNER_NAMES[n] ?? `co-signer-${n + 1}`;
    const text = shareText({ wallet: name, epoch: 1, index, scalar });
    writeFileSync(shareFile(folder, coSigner), text, { mode: 0o600 });
    chmodSync(shareFile(folder, coSigner), 0o600);
    wipe(text);
    wipe(scalar);
    return { coSigner, index };
  });
  return {
    name,
    address: addressOfCommitment(commitments[0] ?? ''),
    threshold,
    commitments: [...commitments],
    holders,
  };
};

const read = (file: string): LabWallet => {
  try {
    return walletSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new TornFile(file, 'is no wallet of a lab', cause);
  }
};

/**
 * The wallet kept in `folder`, or a new one. A kept wallet keeps its threshold and holders, whatever is asked for now. Throws TornFile where
 * what was kept cannot be read: another wallet in its place would be one that the register does not know.
 */
export const openWallet = (folder: string, name: string, threshold: number, count: number): LabWallet => {
  const file = join(folder, 'wallet.json');
  if (existsSync(file)) return read(file);
  const wallet = create(folder, name, threshold, count);
  writeWhole(file, Buffer.from(`${JSON.stringify(wallet, null, 2)}\n`));
  return wallet;
};
