import { utf8ToBytes } from '@noble/hashes/utils.js';
import { hexlify, recoverAddress } from 'ethers';
import { z } from 'zod';
import type { CheckpointStatement } from '#core/signing/signer.ts';
import { canonicalBytes, hashOf, type Json, sha256Hex } from '#schemas/canonical.ts';
import { checkpointDigest } from '#schemas/digest.ts';
import { address, hex64, signature, spelled, uint64 } from '#schemas/spellings.ts';
import type { RegisterRef } from './entry.ts';
import { assetsIn, type EntryNote, packNotes, packSpent, type Spent, unpackNotes, unpackSpent } from './notes.ts';

/**
 * A checkpoint: what the entries of a register say, in short, for one exact set of generations (docs/register.md, docs/formats.md). It saves
 * reads, never listings. Whoever lists another set than it stands for reads everything.
 */
export const MAX_CHECKPOINT_BYTES = 1024 * 1024;

/** One generation below the place of the seal that a checkpoint was made with, as a listing shows it. */
export interface Generation {
  readonly seq: bigint;
  readonly generation: string;
  readonly crc32c?: string;
}

export interface Checkpoint {
  /** Place of the seal that it was made with. It stands for all generations from `bottom` to below that place. */
  readonly seq: bigint;
  readonly bottom: bigint;
  readonly lawHash: string;
  /** ms. Everything that was created since then, below `seq`, is in the set. */
  readonly since: number;
  /** ms. `spent` has all that was sealed below `seq` since then. Hours count from the epoch. */
  readonly spentSince: number;
  /** Digest of the set. */
  readonly set: string;
  /** Of all that is sealed below `seq`; undefined where nothing is. */
  readonly highestNonce: bigint | undefined;
  /** One for each generation of the set, in its order. */
  readonly entries: readonly EntryNote[];
  readonly spent: Spent;
}

const byPlace = (a: Generation, b: Generation): number => {
  if (a.seq !== b.seq) return a.seq > b.seq ? -1 : 1;
  if (a.generation.length !== b.generation.length) return a.generation.length - b.generation.length;
  return a.generation < b.generation ? -1 : 1;
};

/** The order of a set: highest place first, and lowest generation of a place first. */
export const inOrder = <T extends Generation>(generations: readonly T[]): readonly T[] => generations.toSorted(byPlace);

/** sha256 of the place, generation and CRC32C of each, in order. Undefined where a listing told no CRC32C: then nothing stands for it. */
export const setDigest = (generations: readonly Generation[]): string | undefined => {
  const lines: string[] = [];
  for (const { seq, generation, crc32c } of generations) {
    if (crc32c === undefined) return undefined;
    lines.push(`${seq}/${generation}/${crc32c}\n`);
  }
  return sha256Hex(utf8ToBytes(lines.join('')));
};

const contentJson = (
  { seq, bottom, highestNonce, entries, spent, ...rest }: Checkpoint,
  { chainId, address: wallet }: RegisterRef,
): { [key: string]: Json } => ({
  version: 1,
  kind: 'checkpoint',
  chainId,
  address: wallet,
  ...rest,
  seq: seq.toString(),
  bottom: bottom.toString(),
  highestNonce: highestNonce === undefined ? null : highestNonce.toString(),
  entries: packNotes(entries),
  assets: assetsIn(spent),
  spent: packSpent(spent, assetsIn(spent)),
});

/** sha256 of what is signed: the name of the object ends with it, and the seal gives it. */
export const checkpointContent = (checkpoint: Checkpoint, log: RegisterRef): string =>
  hashOf(contentJson(checkpoint, log));

/** What the wallet signs. */
export const checkpointStatement = (
  { seq, lawHash, set }: Checkpoint,
  content: string,
  { chainId }: RegisterRef,
): CheckpointStatement => ({ kind: 'checkpoint', chainId, seq, lawHash, set, content });

/** The 32 bytes of that. */
export const checkpointSigningDigest = (checkpoint: Checkpoint, content: string, log: RegisterRef): Uint8Array =>
  checkpointDigest(log.chainId, log.registerBucket, checkpointStatement(checkpoint, content, log));

export const checkpointBytes = (checkpoint: Checkpoint, log: RegisterRef, walletSignature: string): Uint8Array =>
  canonicalBytes({ ...contentJson(checkpoint, log), signature: walletSignature });

const place = z.string().regex(/^(0|[1-9][0-9]{0,11})$/);
const ms = z.number().int().nonnegative();

const packed = z.string().regex(/^[A-Za-z0-9_-]*$/);

const shape = z.strictObject({
  version: z.literal(1),
  kind: z.literal('checkpoint'),
  chainId: spelled(uint64),
  address: spelled(address),
  seq: place,
  bottom: place,
  lawHash: spelled(hex64),
  since: ms,
  spentSince: ms,
  set: spelled(hex64),
  highestNonce: spelled(uint64).nullable(),
  entries: packed,
  assets: z.array(spelled(address).or(z.literal(''))),
  spent: packed,
  signature: spelled(signature),
});

const decode = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

/** Throws MALFORMED where something is packed in another way. */
const checkpointIn = ({ assets, ...rest }: Omit<z.infer<typeof shape>, 'version' | 'kind' | 'signature'>) => ({
  ...rest,
  seq: BigInt(rest.seq),
  bottom: BigInt(rest.bottom),
  highestNonce: rest.highestNonce === null ? undefined : BigInt(rest.highestNonce),
  entries: unpackNotes(rest.entries),
  spent: unpackSpent(rest.spent, assets),
});

/**
 * The checkpoint that a seal names, from raw bytes, or undefined where they are not it. It must be the very content that the seal gives. It must
 * be of this log, the seal's place and its law, and signed by the wallet. Its content is packed again for that, so it has one spelling.
 */
export const readCheckpoint = (
  bytes: Uint8Array,
  by: { readonly seq: bigint; readonly lawHash: string; readonly content: string },
  log: RegisterRef,
): Checkpoint | undefined => {
  if (bytes.length > MAX_CHECKPOINT_BYTES) return undefined;
  const parsed = shape.safeParse(decode(bytes));
  if (!parsed.success) return undefined;
  const { version: _, kind: __, signature: walletSignature, ...content } = parsed.data;
  try {
    const { chainId, address: wallet, ...checkpoint } = checkpointIn(content);
    const isItsSeals =
      chainId === log.chainId &&
      wallet === log.address &&
      checkpoint.seq === by.seq &&
      checkpoint.lawHash === by.lawHash &&
      checkpointContent(checkpoint, log) === by.content;
    if (!isItsSeals) return undefined;
    const digest = hexlify(checkpointSigningDigest(checkpoint, by.content, log));
    return recoverAddress(digest, walletSignature) === log.address ? checkpoint : undefined;
  } catch {
    return undefined;
  }
};
