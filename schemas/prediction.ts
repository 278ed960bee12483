import { z } from 'zod';
import { assetFields, isAsset, NO_ASSET } from './assets.ts';
import { canonicalBytes, type Json } from './canonical.ts';
import { KeyturnError } from './codes.ts';
import { address, hex64, name, spelled, time, uint64, uint256 } from './spellings.ts';

/**
 * What a co-signer was shown as the likely result when approving: `<prefix>predictions/<id>`, in the co-signer's own place. Advice, never a
 * condition. It is the word of that co-signer, who had it from nodes: nobody signs it, and the machine that signs never reads it.
 */
export const MAX_PREDICTION_BYTES = 64 * 1024;
/** The wallet's own moves, and what others could take of it. More are not kept, and `complete` is "no". */
export const MAX_PREDICTED = 128;

const flag = z.enum(['no', 'yes']);
const amount = spelled(uint256);

const move = z
  .strictObject({ ...assetFields, from: spelled(address), to: spelled(address), amount })
  .refine(isAsset, NO_ASSET)
  .readonly();

const allowance = z
  .strictObject({ ...assetFields, spender: spelled(address), amount })
  .refine(isAsset, NO_ASSET)
  .readonly();

const prediction = z
  .strictObject({
    version: z.literal('1'),
    id: spelled(hex64),
    coSigner: spelled(name),
    at: spelled(time),
    /** How many nodes said so. */
    nodes: spelled(uint64),
    succeeds: flag,
    /** Why it would fail; "" where it succeeds. */
    reason: z.string().max(512),
    gasUsed: spelled(uint64),
    /** "no": ether that contracts send on is not told. */
    etherTraced: flag,
    /** "no": some log could not be read, or there were too many. */
    complete: flag,
    moves: z.array(move).max(MAX_PREDICTED).readonly(),
    allows: z.array(allowance).max(MAX_PREDICTED).readonly(),
  })
  .readonly();
export type Prediction = z.infer<typeof prediction>;

/** Throws MALFORMED. The bytes are a co-signer's, who may be hostile. */
export const parsePrediction = (bytes: Uint8Array): Prediction => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new KeyturnError('MALFORMED', 'the stored prediction is not JSON', { cause });
  }
  const result = prediction.safeParse(value);
  if (!result.success) throw new KeyturnError('MALFORMED', 'the stored prediction is of another form');
  return result.data;
};

/** RFC 8785. */
export const predictionBytes = (one: Prediction): Uint8Array => canonicalBytes(one as unknown as Json);
