import { z } from 'zod';
import { type Code, isCode } from '#schemas/codes.ts';
import { OUTCOMES } from '#schemas/outcomes.ts';

const code = z.custom<Code>((value) => typeof value === 'string' && isCode(value), 'is no code that is known here');
const text = z.string();

/** schemas/request-events.avsc: a test compares them. */
export const requestEventBody = z.strictObject({
  eventId: text,
  type: text,
  id: text,
  wallet: text,
  chainId: text,
  requester: text,
  reference: text,
  validUntil: text,
  coSigner: text,
  code: z.union([code, z.literal('')]),
  field: text,
  reason: text,
  existingId: text,
  outcome: z.union([z.enum(OUTCOMES), z.literal('')]),
  transactionHash: text,
  blockNumber: text,
  approvedBy: z.array(text).readonly(),
});
export type RequestEventBody = z.infer<typeof requestEventBody>;
