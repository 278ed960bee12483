import { z } from 'zod';
import { OUTCOMES } from '#schemas/facts.ts';
import { REQUEST_FIELDS } from '#schemas/request.ts';

/** Parts of what commands print with --json. Numbers that may be large are decimal strings; times are texts in UTC. */
const text = z.string();
export const id = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('id of a request: 64 hex digits');
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('sha256, 64 hex digits');
export const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
  .describe('time in UTC');
export const decimal = z
  .string()
  .regex(/^[0-9]+$/)
  .describe('whole number in decimal');
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .describe('address, EIP-55');
export const count = z.number().int().min(0);
export const texts = z.array(text);

/** What this identity may not see, or what did not answer, with a code. */
export const seen = <T extends z.ZodType>(shape: T) =>
  z.union([shape, z.strictObject({ unseen: text.describe('code of why it is not seen') })]);

const named = <T extends z.ZodType>(name: string, shape: T): T => shape.meta({ id: name }) as T;

export const request = named(
  'Request',
  z
    .strictObject(Object.fromEntries(REQUEST_FIELDS.map((field) => [field, text])))
    .describe('the message of a dApp (docs/formats.md)'),
);

export const outcome = named(
  'Outcome',
  z.strictObject({
    id,
    wallet: text,
    outcome: z.enum(OUTCOMES),
    code: text.describe('"" where the outcome says all'),
    reason: text,
    transactionHash: text.describe('"" where nothing was mined'),
    blockNumber: text.describe('"" where nothing was mined'),
    receipt: text.describe('name of the receipt object, or ""'),
  }),
);

export const backing = named(
  'Backing',
  z.strictObject({
    kind: z.enum(['chain', 'close', 'seal', 'unverified']),
    because: text.describe('why it is no more than that; "" where nothing is missing'),
  }),
);

export const vote = named(
  'Vote',
  z.strictObject({ coSigner: text, answer: text, at: time.nullable(), code: text.nullable() }),
);

export const denial = named(
  'Denial',
  z.strictObject({
    kind: z.literal('denied'),
    code: z.enum(['POLICY_DENIED', 'NONCE_REQUIRED', 'BAD_SIGNATURE']),
    field: text,
    rule: text,
    reason: text,
  }),
);

export const verdict = named(
  'Verdict',
  z.union([z.strictObject({ kind: z.literal('allowed'), rule: text, approvals: count }), denial]),
);

/** Beside addresses: the reader's own law. */
export const names = z.array(z.strictObject({ address, name: text })).describe('names that your law has for addresses');

export const turn = named(
  'Turn',
  z.strictObject({ turn: decimal, state: text, open: z.boolean(), claimedAt: time, deathsInARow: count }),
);

const minedReceipt = z.looseObject({ transactionHash: text, blockNumber: decimal, success: z.boolean() });

export const mining = named(
  'Mining',
  z.union([
    z.strictObject({ kind: z.literal('unsent') }),
    z.strictObject({ kind: z.literal('unknown'), code: text }),
    z.strictObject({ kind: z.literal('waiting'), hashes: texts }),
    z
      .strictObject({ kind: z.literal('displaced'), hashes: texts })
      .describe('its outcome says that another transaction took its nonce'),
    z.strictObject({ kind: z.literal('mined'), receipt: minedReceipt, confirmations: decimal }),
  ]),
);

export const why = {
  state: z.enum(['waits', 'decided', 'unknown']),
  code: text.describe('of schemas/codes.ts; "" where the outcome says all'),
  sentence: text.describe('why, in one sentence'),
  next: text.describe('what to type next'),
  by: z.enum(['noted', 'announced', 'seen', 'assumed']).nullable().describe('how it is known'),
  at: time.nullable(),
  about: z
    .strictObject({
      nextNonce: decimal.optional(),
      numbers: z.record(z.string(), decimal).optional(),
      refusal: text.optional(),
      coSigner: text.optional(),
    })
    .describe('what the sentence names'),
  initiators: texts.describe('whose shares do not count'),
  unseen: z.array(z.strictObject({ part: text, code: text })),
};

/** What every command prints where it refuses or fails. */
export const failure = {
  ok: z.literal(false),
  code: text.describe('of schemas/codes.ts, INTERNAL or INTERRUPTED'),
  field: text.describe('the input at fault, or ""'),
  message: text,
  advice: text.describe('what to do, or ""'),
};

/** What it is, or the four members of a failure beside it. */
export const failing = {
  ok: z.boolean(),
  code: text.optional(),
  field: text.optional(),
  message: text.optional(),
  advice: text.optional(),
};

export { text };
