import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { combineShares } from '#core/shares/shares.ts';
import { parseShareText } from '#schemas/share-text.ts';
import type { Secret } from './forms.ts';

const walletFile = z.object({
  name: z.string(),
  threshold: z.number().int(),
  commitments: z.array(z.string()),
  holders: z.array(z.object({ coSigner: z.string() })),
});

const material = z.object({ secret: z.string().regex(/^[0-9a-f]{48,}$/) });
/** The records of the local KMS that make a key or a version. */
const keyRecord = z.union([
  z.object({ call: z.literal('key'), name: z.string(), first: material }),
  material.extend({ call: z.literal('version'), key: z.string() }),
]);

/** Folders of the wallets of a lab, as local/lab/chains.ts lays them out. */
const walletFolders = (folder: string): readonly string[] => {
  const more = join(folder, 'wallets');
  return [folder, ...(existsSync(more) ? readdirSync(more).map((name) => join(more, name)) : [])];
};

const ofWallet = (folder: string): readonly Secret[] => {
  const file = join(folder, 'wallet.json');
  if (!existsSync(file)) return [];
  const { name, threshold, commitments, holders } = walletFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  const shares = holders.map(({ coSigner }) => ({
    coSigner,
    share: parseShareText(readFileSync(join(folder, 'shares', `${coSigner}.share`))),
  }));
  const key = combineShares(
    shares.slice(0, threshold).map(({ share: { index, scalar } }) => ({ index, scalar })),
    commitments,
  );
  return [
    { name: `the key of ${name}`, bytes: key },
    ...shares.map(({ coSigner, share }) => ({ name: `${coSigner}'s share of ${name}`, bytes: share.scalar })),
  ];
};

/** Every share that lies in the folder of a lab, and the keys that they make. */
export const walletSecrets = (folder: string): readonly Secret[] => walletFolders(folder).flatMap(ofWallet);

/** The key material that a record of the local KMS holds. */
export const kmsSecrets = (record: unknown): readonly Secret[] => {
  const made = keyRecord.safeParse(record);
  if (!made.success) return [];
  const [name, hex] =
    made.data.call === 'key' ? [made.data.name, made.data.first.secret] : [made.data.key, made.data.secret];
  return [{ name: `the material of ${name}`, bytes: Buffer.from(hex, 'hex') }];
};
