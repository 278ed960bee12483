import { z } from 'zod';
import { amountFields, assetFields, isAsset, judged, MAX_ASSETS, NO_ASSET } from './assets.ts';
import {
  address,
  data,
  either,
  exactly,
  hex64,
  name,
  spelled,
  time,
  token,
  transactionHash,
  uint64,
  uint256,
} from './spellings.ts';

/**
 * The receipt of a settled transaction: the fact and the message are one (docs/formats.md, "Topic `receipts`"). Every value is a text; what
 * does not apply, or was not read, is "" or an empty list, and the page says which. Each list has a limit.
 */
const empty = exactly('');
const orEmpty = (spelling: Parameters<typeof either>[0]) => spelled(either(spelling, empty));
const text = (most: number) => z.string().max(most);
const generation = z.string().regex(/^[0-9]{1,20}$/);
const objectName = text(1024).min(1);

const approval = z
  .strictObject({
    coSigner: spelled(name),
    object: objectName,
    generation,
    sha256: spelled(hex64),
    prediction: orEmpty(hex64),
  })
  .readonly();

/** As the law of the seal names the asset. */
const named = { symbol: text(32), decimals: z.string().regex(/^([0-9]{1,2})?$/) };

const { leaves, allows } = amountFields;
const amount = z
  .strictObject({ chainId: amountFields.chainId, ...assetFields, ...named, leaves, allows })
  .refine(isAsset, NO_ASSET)
  .readonly();

const argument = z.strictObject({ name: text(128), type: text(256), value: text(4096) }).readonly();

const transfer = z
  .strictObject({
    ...assetFields,
    ...named,
    from: spelled(address),
    to: spelled(address),
    amount: spelled(uint256),
    logIndex: orEmpty(uint64),
  })
  .refine(isAsset, NO_ASSET)
  .readonly();

const deviation = z
  .strictObject({
    code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/),
    ...assetFields,
    expected: text(256),
    actual: text(256),
    // Receipts of before predictions have none.
    coSigner: orEmpty(name).default(''),
  })
  .refine(isAsset, NO_ASSET)
  .readonly();

export const receiptFact = z
  .strictObject({
    version: z.literal('2'),
    eventId: z.string(),
    id: spelled(hex64),
    wallet: spelled(name),
    chainId: spelled(uint64),
    status: z.enum(['finalized', 'reverted']),
    transactionHash: spelled(transactionHash),
    blockNumber: spelled(uint64),
    blockHash: spelled(transactionHash),
    blockTime: spelled(time),
    from: spelled(address),
    to: orEmpty(address),
    contractAddress: orEmpty(address),
    valueWei: spelled(uint256),
    gasUsed: spelled(uint64),
    effectiveGasPrice: spelled(uint256),
    feeWei: spelled(uint256),
    executionFeeWei: spelled(uint256),
    l1FeeWei: orEmpty(uint256),
    blobFeeWei: orEmpty(uint256),
    nonce: spelled(uint64),
    reference: spelled(token),
    requester: spelled(token),
    memo: z.string(),
    approvedBy: z.array(spelled(name)).min(1).max(16).readonly(),
    approvals: z.array(approval).min(1).max(16).readonly(),
    rule: spelled(name),
    lawHash: spelled(hex64),
    seal: objectName,
    sealGeneration: generation,
    sealHash: spelled(hex64),
    finality: z.string().regex(/^(finalized|confirmations\/(0|[1-9][0-9]{0,3}))$/),
    witness: z.enum(['quorum', 'trusted-node']),
    tokensJudged: judged,
    assets: z.array(amount).max(MAX_ASSETS).readonly(),
    delayStartedAt: orEmpty(time),
    delayEndedAt: orEmpty(time),
    delayObject: text(1024),
    delayGeneration: z.string().regex(/^[0-9]{0,20}$/),
    selector: orEmpty(data).max(10),
    callSignature: text(1024),
    callArguments: z.array(argument).max(64).readonly(),
    transfersListed: z.enum(['no', 'some', 'all']),
    transfers: z.array(transfer).max(1000).readonly(),
    deviations: z.array(deviation).max(64).readonly(),
  })
  .readonly();
export type ReceiptFact = z.infer<typeof receiptFact>;
