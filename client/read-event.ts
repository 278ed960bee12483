import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';
import type { EventKey } from '#schemas/event-keys.ts';
import { type EventMessage, type Signed, signedBy } from '#schemas/event-signature.ts';
import { receiptFact } from '#schemas/receipt.ts';
import { type RequestEventBody, requestEventBody } from './event-body.ts';
import type { Envelope, KeyturnEvent, Unreadable } from './event-types.ts';

/** A Pub/Sub message as it is received. */
export type { EventMessage };

const text = z.string();

const attributesOf = z.object({
  'ce-id': text.min(1),
  'ce-specversion': z.literal('1.0'),
  'ce-type': text.min(1),
  'ce-source': text.min(1),
  'ce-time': text.min(1),
  'ce-subject': text.optional(),
  replayed: text.optional(),
});

const wrong = (reason: string): KeyturnError => new KeyturnError('MALFORMED', reason);

const parsed = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw wrong(`${what}: ${result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`);
};

const bodyOf = (data: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (cause) {
    throw new KeyturnError('MALFORMED', 'the data is not JSON in UTF-8', { cause });
  }
};

/** A code or an outcome that the type of the event asks for. */
const needed = <T extends string>(value: T | '', name: string): T => {
  if (value === '') throw wrong(`${name} is empty`);
  return value;
};

const requestEvent = (type: string, envelope: Envelope, body: RequestEventBody): KeyturnEvent => {
  const { id, chainId, reference, validUntil, coSigner, field, reason, existingId, approvedBy } = body;
  const about = { ...envelope, id, chainId, reference, validUntil };
  switch (type) {
    case 'keyturn.request.accepted':
      return { type, ...about };
    case 'keyturn.request.refused':
      return { type, ...envelope, reference, code: needed(body.code, 'code'), field, reason, existingId };
    case 'keyturn.request.share-seen':
    case 'keyturn.request.rejected-by':
      return { type, ...about, coSigner };
    case 'keyturn.request.share-bad':
      return { type, ...about, coSigner, code: needed(body.code, 'code'), reason };
    case 'keyturn.request.approved':
      return { type, ...about, approvedBy };
    case 'keyturn.request.waiting':
      return { type, ...about, code: needed(body.code, 'code'), reason };
    case 'keyturn.request.submitted':
      return { type, ...about, approvedBy, transactionHash: body.transactionHash };
    case 'keyturn.request.outcome': {
      const { transactionHash, blockNumber } = body;
      const outcome = needed(body.outcome, 'outcome');
      return { type, ...about, outcome, code: body.code, reason, transactionHash, blockNumber };
    }
    default:
      throw wrong(`no event of type ${JSON.stringify(type.slice(0, 64))} is known here`);
  }
};

const readable = ({ data, attributes }: EventMessage, signed: Signed): KeyturnEvent => {
  const given = parsed(attributesOf, attributes, 'the attributes');
  const envelopeOf = (
    { wallet, requester, eventId }: { wallet: string; requester: string; eventId: string },
    about: string,
  ) => {
    if (eventId !== given['ce-id']) throw wrong('eventId is not the attribute ce-id');
    const [source, time, subject] = [given['ce-source'], given['ce-time'], given['ce-subject']];
    // No signature covers it: whoever may publish could else move a signed event to another request.
    if ((subject ?? '') !== about) throw wrong('the attribute ce-subject is not what the data are about');
    return { eventId, source, time, subject, wallet, requester, signed };
  };
  const type = given['ce-type'];
  if (type === 'keyturn.receipt') {
    const receipt = parsed(receiptFact, bodyOf(data), 'the receipt');
    return { type, ...envelopeOf(receipt, receipt.id), receipt, replayed: given.replayed };
  }
  const body = parsed(requestEventBody, bodyOf(data), 'the event');
  if (body.type !== type) throw wrong('type is not the attribute ce-type');
  return requestEvent(type, envelopeOf(body, body.id === '' ? body.existingId : body.id), body);
};

/**
 * The event in a message. Whatever it is, it becomes one: what cannot be read is `unreadable`, with its bytes. `keys`: `eventKeys` of the law that
 * your company trusts. Without them a signature is one by an unknown key.
 */
export const readEvent = (message: EventMessage, keys: readonly EventKey[] = []): KeyturnEvent => {
  const signed = signedBy(keys, message);
  try {
    return readable(message, signed);
  } catch (error) {
    if (!(error instanceof KeyturnError)) throw error;
    const { data, attributes } = message;
    const unread: Unreadable = {
      type: 'unreadable',
      given: attributes['ce-type'] ?? '',
      reason: error.message,
      data,
      attributes,
      signed,
    };
    return unread;
  }
};

const pushBody = z.object({
  message: z.object({
    data: z.base64().default(''),
    attributes: z.record(text, text).default({}),
    messageId: text,
  }),
  subscription: text,
});

/**
 * The event in the body of a push (https://cloud.google.com/pubsub/docs/push#receive_push), parsed from JSON. Throws MALFORMED where it is no push.
 * Who sent it, the body does not prove: check the OIDC token of the call first. `keys` as of `readEvent`.
 */
export const readPush = (
  body: unknown,
  keys: readonly EventKey[] = [],
): { readonly event: KeyturnEvent; readonly messageId: string; readonly subscription: string } => {
  const { message, subscription } = parsed(pushBody, body, 'the push');
  const { messageId, attributes } = message;
  const event = readEvent({ data: Buffer.from(message.data, 'base64'), attributes }, keys);
  return { event, messageId, subscription };
};
