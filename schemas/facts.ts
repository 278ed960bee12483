import { z } from 'zod';
import { isCode, KeyturnError } from './codes.ts';
import { OUTCOMES } from './outcomes.ts';
import { receiptFact } from './receipt.ts';
import { replayedFact, replayFact } from './replay.ts';
import { parseRequest, type TransactionRequest } from './request.ts';
import {
  address,
  either,
  exactly,
  hex64,
  name,
  spelled,
  token,
  transactionHash,
  uint64,
  uint256,
} from './spellings.ts';
import { NODE_REFUSALS, type NodeRefusal, WAIT_NUMBERS } from './wait-about.ts';
import { isWaitCode } from './waits.ts';

/**
 * The facts about a request: immutable JSON objects in the results bucket (docs/formats.md, "Facts"). Whoever reads one parses it: a function
 * of ours wrote it, but a hostile operator may have too.
 */
const id = spelled(hex64);
const code = z.string().refine(isCode, 'is no known code');
const request = z.unknown().transform((value, context): TransactionRequest => {
  try {
    return parseRequest(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no request' });
    return z.NEVER;
  }
});

const requestFact = z.strictObject({ id, walletAddress: spelled(address), lawHash: id, request }).readonly();

const refusalFact = z
  .strictObject({
    dataHash: id,
    lawHash: id,
    code,
    field: z.string(),
    reason: z.string(),
    messageId: z.string(),
    reference: z.string(),
    requester: z.string(),
    wallet: z.string(),
    existingId: spelled(either(hex64, exactly(''))),
  })
  .readonly();

const approvedFact = z
  .strictObject({ id, wallet: spelled(name), coSigners: z.array(spelled(name)).min(1).readonly() })
  .readonly();

const badShareFact = z
  .strictObject({
    id,
    wallet: spelled(name),
    coSigner: spelled(name),
    object: z.string(),
    generation: z.string().regex(/^[0-9]+$/),
    code,
  })
  .readonly();

const submittedFact = z
  .strictObject({
    id,
    wallet: spelled(name),
    chainId: spelled(uint64),
    from: spelled(address),
    nonce: spelled(uint64),
    transactionHashes: z.array(spelled(transactionHash)).min(1).max(5).readonly(),
    approvedBy: z.array(spelled(name)).min(1).readonly(),
    seal: z.string(),
  })
  .readonly();

const outcomeFact = z
  .strictObject({
    id,
    wallet: spelled(name),
    outcome: z.enum(OUTCOMES),
    code: either2(code),
    reason: z.string(),
    transactionHash: spelled(either(transactionHash, exactly(''))),
    blockNumber: spelled(either(uint64, exactly(''))),
    receipt: z.string(),
  })
  .readonly();

function either2<T>(schema: z.ZodType<T>) {
  return z.union([schema, z.literal('')]);
}

/** The bytes of every rung, lowest fee first. Readable by the attested identity and reconcile alone. */
const signedFact = z
  .strictObject({
    id,
    wallet: spelled(name),
    rungs: z
      .array(z.strictObject({ hash: spelled(transactionHash), raw: z.string().regex(/^0x([0-9a-f]{2})+$/) }).readonly())
      .min(1)
      .max(5)
      .readonly(),
  })
  .readonly();

const turnClaim = z
  .strictObject({ wallet: spelled(name), turn: spelled(uint64), zone: z.string(), name: z.string() })
  .readonly();
/** `replaces`: what the named request replaces, so that a reference's attempts can be told apart without reading each request. */
const referenceMark = z
  .strictObject({ id, wallet: spelled(name), replaces: spelled(either(hex64, exactly('foreign', ''))) })
  .readonly();
/** The requester's withdrawal: a wish. Only a close in the register makes it true. */
const withdrawnFact = z.strictObject({ id, wallet: spelled(name), requester: spelled(token) }).readonly();
const refusals = Object.keys(NODE_REFUSALS) as [NodeRefusal, ...NodeRefusal[]];
/** What a wait says, in a fact and in an open mark. Closed: neither a node's words nor a url, which may carry a key, fit in. */
export const waitFields = {
  code: z.string().refine(isWaitCode, 'is no code of a wait'),
  nextNonce: spelled(uint64).optional(),
  numbers: z.partialRecord(z.enum(WAIT_NUMBERS), spelled(uint256)).readonly().optional(),
  refusal: z.enum(refusals).optional(),
  coSigner: spelled(name).optional(),
};
/** What a request waits for, once for each code. Advice: nothing is decided by it. */
const waitingFact = z.strictObject({ id, wallet: spelled(name), ...waitFields }).readonly();
const onNonce = { id, wallet: spelled(name), chainId: spelled(uint64), nonce: spelled(uint64) };
const stoppedMark = z.strictObject({ ...onNonce, transactionHash: spelled(transactionHash) }).readonly();
/** `nonce`: of the request `id`, which co-signers approved as `replaces: "foreign"`. */
const liftedMark = z.strictObject(onNonce).readonly();

export const FACTS = {
  request: requestFact,
  refusal: refusalFact,
  approved: approvedFact,
  badShare: badShareFact,
  submitted: submittedFact,
  outcome: outcomeFact,
  receipt: receiptFact,
  signed: signedFact,
  turn: turnClaim,
  reference: referenceMark,
  withdrawn: withdrawnFact,
  waiting: waitingFact,
  stopped: stoppedMark,
  lifted: liftedMark,
  replay: replayFact,
  replayed: replayedFact,
};
export type FactKind = keyof typeof FACTS;
export type Fact<K extends FactKind> = z.infer<(typeof FACTS)[K]>;
export type RequestFact = Fact<'request'>;
export type RefusalFact = Fact<'refusal'>;
export type ApprovedFact = Fact<'approved'>;
export type BadShareFact = Fact<'badShare'>;
export type SubmittedFact = Fact<'submitted'>;
export type WaitingFact = Fact<'waiting'>;
export type OutcomeFact = Fact<'outcome'>;
export { CLOSED_OUTCOMES, OUTCOMES, type OutcomeKind } from './outcomes.ts';
export type { ReceiptFact } from './receipt.ts';

/** A stored fact from its bytes. Throws MALFORMED, naming the kind and every problem. */
export const parseFact = <K extends FactKind>(kind: K, bytes: Uint8Array): Fact<K> => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new KeyturnError('MALFORMED', `the stored ${kind} is not JSON`, { cause });
  }
  const schema: z.ZodType<Fact<K>> = FACTS[kind] as never;
  const result = schema.safeParse(value);
  if (!result.success)
    throw new KeyturnError(
      'MALFORMED',
      `the stored ${kind}: ${result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`,
    );
  return result.data;
};
