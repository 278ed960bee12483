import { hexlify, recoverAddress } from 'ethers';
import { z } from 'zod';
import type { SealStatement } from '#core/signing/signer.ts';
import { type AssetAmount, assetAmount, judged, MAX_ASSETS } from '#schemas/assets.ts';
import { canonicalBytes, hashOf, type Json, sha256Hex } from '#schemas/canonical.ts';
import { type Code, isCode } from '#schemas/codes.ts';
import { digestOf, sealDigest } from '#schemas/digest.ts';
import { sealObject, sealSeqOf } from '#schemas/names.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import {
  address,
  either,
  exactly,
  hex64,
  name,
  signature,
  spelled,
  time,
  transactionHash,
  uint64,
} from '#schemas/spellings.ts';

/** The two kinds of register entry, their bytes, and who may be believed (docs/register.md, docs/formats.md). */
export const MAX_ENTRY_BYTES = 1024 * 1024;
export const MAX_BATCH_ITEMS = 20;

/**
 * A seal that is not understood is junk, and junk takes no nonce. So an image must read the seals of every image that may follow it without
 * a new version. What today's image leaves empty is parsed in full.
 */
const seqText = z.string().regex(/^(0|[1-9][0-9]{0,11})$/);
const generation = z.string().regex(/^[0-9]+$/);

const approval = z
  .strictObject({
    coSigner: spelled(name),
    object: z.string(),
    generation,
    sha256: spelled(hex64),
    prediction: spelled(either(hex64, exactly(''))),
  })
  .readonly();
export type Approval = z.infer<typeof approval>;

const delay = z
  .strictObject({ startedAt: spelled(time), endedAt: spelled(time), object: z.string().max(1024), generation })
  .readonly();
export type Delay = z.infer<typeof delay>;

const checkpoint = z.strictObject({ object: z.string().max(1024), sha256: spelled(hex64) }).readonly();
export type CheckpointReference = z.infer<typeof checkpoint>;

const sealItem = z
  .strictObject({
    id: spelled(hex64),
    nonce: spelled(uint64),
    request: z.unknown(),
    rungs: z.array(spelled(transactionHash)).min(1).max(5),
    approvals: z.array(approval).min(1).max(16),
    verdict: z.literal('allowed'),
    rule: spelled(name),
    tokensJudged: judged,
    assets: z.array(assetAmount).max(MAX_ASSETS).readonly(),
    delay: delay.nullable(),
  })
  .readonly();

const sealShape = z.strictObject({
  version: z.literal(2),
  kind: z.literal('seal'),
  chainId: spelled(uint64),
  address: spelled(address),
  seq: seqText,
  previous: spelled(hex64),
  lawHash: spelled(hex64),
  checkpoint: checkpoint.nullable(),
  items: z.array(sealItem).min(1).max(MAX_BATCH_ITEMS),
  signature: spelled(signature),
  evidence: z.string(),
});

const closeShape = z.strictObject({
  version: z.literal(1),
  kind: z.literal('close'),
  items: z
    .array(
      z
        .strictObject({
          id: spelled(hex64),
          code: z.string().refine(isCode),
          reason: z.string().max(500),
        })
        .readonly(),
    )
    .min(1)
    .max(1000),
});

export interface SealItem {
  readonly id: string;
  readonly nonce: bigint;
  readonly request: TransactionRequest;
  readonly rungs: readonly string[];
  readonly approvals: readonly Approval[];
  readonly rule: string;
  /** Whether every call was decoded. "no": some call may move more than `assets` says. */
  readonly tokensJudged: 'no' | 'yes';
  /** What may leave at most, by asset. Evidence of what was judged: windows are summed over the requests themselves. */
  readonly assets: readonly AssetAmount[];
  /** null: no rule asked for one. */
  readonly delay: Delay | null;
}

export interface Seal {
  readonly kind: 'seal';
  readonly seq: bigint;
  readonly lawHash: string;
  readonly checkpoint: CheckpointReference | null;
  readonly items: readonly SealItem[];
  readonly evidence: string;
  readonly rawHash: string;
}

export interface Close {
  readonly kind: 'close';
  readonly items: readonly { readonly id: string; readonly code: Code; readonly reason: string }[];
  readonly rawHash: string;
}

export type Entry = Seal | Close;

/** Which log: the wallet's key is the only one that can write seals into it. */
export interface RegisterRef {
  readonly chainId: string;
  readonly address: string;
  readonly registerBucket: string;
}

/** What is sealed, before the wallet signs it. */
export interface SealContent {
  readonly log: RegisterRef;
  readonly seq: bigint;
  readonly previous: string;
  readonly lawHash: string;
  /** The checkpoint of the register that was made with this seal. null: none. */
  readonly checkpoint: CheckpointReference | null;
  readonly items: readonly SealItem[];
}

const contentJson = ({
  log,
  seq,
  previous,
  lawHash,
  checkpoint: made,
  items,
}: SealContent): { [key: string]: Json } => ({
  version: 2,
  kind: 'seal',
  chainId: log.chainId,
  address: log.address,
  seq: seq.toString(),
  previous,
  lawHash,
  checkpoint: made === null ? null : { ...made },
  items: items.map(({ nonce, request, rungs, approvals, assets, delay: waited, ...rest }) => ({
    ...rest,
    nonce: nonce.toString(),
    request: { ...request },
    rungs: [...rungs],
    approvals: approvals.map((each) => ({ ...each })),
    verdict: 'allowed',
    assets: assets.map((each) => ({ ...each })),
    delay: waited === null ? null : { ...waited },
  })),
});

/** What the wallet signs. */
export const sealStatement = (content: SealContent): SealStatement => ({
  kind: 'seal',
  chainId: content.log.chainId,
  seq: content.seq,
  previous: content.previous,
  content: hashOf(contentJson(content)),
});

/** The 32 bytes of that. */
export const sealSigningDigest = (content: SealContent): Uint8Array =>
  sealDigest(content.log.chainId, content.log.registerBucket, sealStatement(content));

/** The evidence nonce: sha256 of the signed entry without its evidence. */
export const evidenceNonce = (content: SealContent, walletSignature: string): string =>
  hashOf({ ...contentJson(content), signature: walletSignature });

export const sealBytes = (content: SealContent, walletSignature: string, evidence: string): Uint8Array =>
  canonicalBytes({ ...contentJson(content), signature: walletSignature, evidence });

export const closeBytes = (items: readonly { id: string; code: Code; reason: string }[]): Uint8Array =>
  canonicalBytes({ version: 1, kind: 'close', items: items.map((item) => ({ ...item })) });

const decode = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

const readSeal = (bytes: Uint8Array, value: unknown, objectName: string, log: RegisterRef): Seal | undefined => {
  const shape = sealShape.safeParse(value);
  if (!shape.success) return undefined;
  const { signature: walletSignature, evidence, ...rest } = shape.data;
  const seq = BigInt(rest.seq);
  // A copy of a true seal under another name would open a gap in the log. So it counts only at the name that its signed body gives.
  if (
    rest.chainId !== log.chainId ||
    rest.address !== log.address ||
    objectName !== sealObject(log.chainId, log.address, seq)
  )
    return undefined;
  try {
    const items = rest.items.map(({ verdict: _, ...item }): SealItem => {
      const request = parseRequest(item.request);
      if (digestOf(request, log.address, log.registerBucket) !== item.id) throw new Error('id');
      return { ...item, nonce: BigInt(item.nonce), request };
    });
    const { previous, lawHash, checkpoint: made } = rest;
    const content = { log, seq, previous, lawHash, checkpoint: made, items };
    if (recoverAddress(hexlify(sealSigningDigest(content)), walletSignature) !== log.address) return undefined;
    return { kind: 'seal', seq, lawHash, checkpoint: made, items, evidence, rawHash: sha256Hex(bytes) };
  } catch {
    return undefined;
  }
};

/** An entry from its raw bytes, or undefined for junk. A close is believed from anyone who could create it; a seal only from the wallet. */
export const readEntry = (bytes: Uint8Array, objectName: string, log: RegisterRef): Entry | undefined => {
  if (bytes.length > MAX_ENTRY_BYTES || sealSeqOf(objectName) === undefined) return undefined;
  const value = decode(bytes);
  const close = closeShape.safeParse(value);
  if (close.success) return { kind: 'close', items: close.data.items, rawHash: sha256Hex(bytes) };
  return readSeal(bytes, value, objectName, log);
};
