import { z } from 'zod';
import { type CallName, type Calls, type EventsBody, PAGE_ROWS } from './api.ts';
import type { Endpoint } from './guard.ts';

/** What the page may send, parsed from unknown. A member that is not named is refused. */
const id = z.string().regex(/^[0-9a-f]{64}$/, 'must be an id of 64 hex digits');
const rendering = id;
const name = z.string().min(1).max(64);
const text = z.string().max(256);
const page = z.number().int().min(0).max(1_000_000);
const size = z.number().int().min(1).max(PAGE_ROWS).optional();
const answer = { id, rendering, coSigner: name };
const nothing = z.strictObject({});

type Shapes = { readonly [Name in CallName]: z.ZodType<Calls[Name]['body']> };

const SHAPES: Shapes = {
  session: z.strictObject({ code: z.string().min(1).max(256) }),
  queue: z.strictObject({ wallet: name.optional(), page, size }),
  request: z.strictObject({ id }),
  approve: z.strictObject({ ...answer, recipientSeen: z.boolean(), held: z.boolean() }),
  reject: z.strictObject({ ...answer, reason: z.string().max(1024) }),
  receipts: z.strictObject({
    ...{ since: text.optional(), until: text.optional(), day: text.optional(), month: text.optional() },
    ...{ wallet: text.optional(), reference: text.optional(), requester: text.optional(), asset: text.optional() },
    ...{ page, size },
  }),
  wallets: nothing,
};

export const BODIES: Shapes & { readonly [Name in Exclude<Endpoint, CallName>]: z.ZodType<EventsBody> } = {
  ...SHAPES,
  events: nothing,
};
