import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { requestEventBody } from '#client/event-body.ts';
import type { KeyturnEvent } from '#client/event-types.ts';
import { type Follower, follow } from '#client/follow.ts';
import { type EventMessage, readEvent, readPush } from '#client/read-event.ts';
import type { Receipt } from '#client/receipt.ts';
import { signingPublisher } from '#functions/runtime/signed-events.ts';
import type { EventKey } from '#schemas/event-keys.ts';
import { EVENT_TYPES } from '#schemas/event-types.ts';
import { messageOf } from '#schemas/events.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';

const forDApps = ANNOUNCEMENTS.filter(({ topic }) => topic === 'requestEvents' || topic === 'receipts');
const avsc = z.object({ fields: z.array(z.object({ name: z.string() })) });

test('the fields are those of the Avro schema', () => {
  const { fields } = avsc.parse(JSON.parse(readFileSync('schemas/request-events.avsc', 'utf8')));
  expect(Object.keys(requestEventBody.shape)).toEqual(fields.map(({ name }) => name));
});

test('the type of a receipt is what its parser gives, field by field', () => {
  expectTypeOf<Receipt>().toEqualTypeOf<ReceiptFact>();
  expectTypeOf<ReceiptFact>().toEqualTypeOf<Receipt>();
});

test('every type of event that goes to dApps or finance has a reader', () => {
  const told = Object.entries(EVENT_TYPES)
    .filter(([, { topics }]) => topics.some((topic) => topic === 'requestEvents' || topic === 'receipts'))
    .map(([type]) => type);
  expect([...new Set(forDApps.map(({ type }) => type))].toSorted()).toEqual(told.toSorted());
});

test.each(forDApps.map((one) => [one.type, one] as const))(
  '%s is read, with its time as it is spelled',
  (type, one) => {
    const message = messageOf(one, COMMITTED);
    const event = readEvent(message);
    expect(event).toMatchObject({
      type,
      eventId: 'lab-results/requests/x/y.json',
      source: '//storage.googleapis.com/projects/_/buckets/lab-results',
      time: '2026-11-22T00:00:00Z',
      subject: one.subject === '' ? undefined : one.subject,
      wallet: one.wallet,
      requester: one.requester,
    });
  },
);

test('a type that narrows has the fields of that type', () => {
  const lines = (event: KeyturnEvent): string => {
    switch (event.type) {
      case 'keyturn.request.refused':
        return `${event.code} ${event.existingId.slice(0, 4)}`;
      case 'keyturn.request.outcome':
        return `${event.outcome} ${event.code}`;
      case 'keyturn.receipt':
        return `${event.receipt.status} ${event.receipt.feeWei}`;
      case 'keyturn.request.share-seen':
      case 'keyturn.request.rejected-by':
      case 'keyturn.request.share-bad':
        return `${event.coSigner}`;
      case 'keyturn.request.accepted':
      case 'keyturn.request.approved':
      case 'keyturn.request.waiting':
      case 'keyturn.request.submitted':
        return event.reference;
      case 'unreadable':
        return event.reason;
      default:
        return event satisfies never;
    }
  };
  const read = forDApps.map((one) => lines(readEvent(messageOf(one, COMMITTED))));
  expect(read).toContain('expired NOT_APPROVED_IN_TIME');
  expect(read).toContain('REFERENCE_USED aaaa');
});

describe('a time keeps its spelling', () => {
  const [one] = forDApps;
  if (one === undefined) throw new Error('no announcement');
  const { data, attributes } = messageOf(one, COMMITTED);
  test.each(['2026-11-22T00:00:00.123456789Z', '2026-11-22T01:00:00+01:00', '2026-11-22t00:00:00z'])('%s', (time) => {
    expect(readEvent({ data, attributes: { ...attributes, 'ce-time': time } })).toMatchObject({ time });
  });

  test.each([undefined, ''])('an event with the time %j is handed over as it is, and gets no time of ours', (time) => {
    const { 'ce-time': _, ...untimed } = attributes;
    const given = time === undefined ? untimed : { ...untimed, 'ce-time': time };
    expect(readEvent({ data, attributes: given })).toMatchObject({ type: 'unreadable', attributes: given, data });
  });
});

describe('what no signature covers is held to the data', () => {
  test.each(
    forDApps.flatMap((one) => ['b'.repeat(64), undefined, ''].map((subject) => [one.type, subject, one] as const)),
  )('%s with the subject %j', (_type, subject, one) => {
    const { data, attributes } = messageOf(one, COMMITTED);
    const { 'ce-subject': _, ...others } = attributes;
    const given = subject === undefined ? others : { ...others, 'ce-subject': subject };
    const same = (subject ?? '') === one.subject;
    expect(readEvent({ data, attributes: given }).type === 'unreadable').toBe(!same);
  });
});

test('a receipt that was sent again says so, and is the same event in all else', () => {
  const [first] = forDApps.filter(({ type }) => type === 'keyturn.receipt');
  if (first === undefined) throw new Error('no receipt');
  const [once, again] = [first, { ...first, replayed: 'january' }].map((one) => readEvent(messageOf(one, COMMITTED)));
  expect(once).toMatchObject({ type: 'keyturn.receipt', replayed: undefined });
  expect(again).toEqual({ ...once, replayed: 'january' });
});

describe('what cannot be read is handed over with its bytes', () => {
  const [one] = forDApps;
  if (one === undefined) throw new Error('no announcement');
  const good = messageOf(one, COMMITTED);
  const body = JSON.parse(new TextDecoder().decode(good.data));
  const withBody = (over: object) => ({
    ...good,
    data: new TextEncoder().encode(JSON.stringify({ ...body, ...over })),
  });
  const withAttribute = (over: Record<string, string>) => ({ ...good, attributes: { ...good.attributes, ...over } });
  test.each([
    ['no JSON', { ...good, data: new TextEncoder().encode('{') }, 'not JSON'],
    ['not UTF-8', { ...good, data: new Uint8Array([0xff]) }, 'not JSON in UTF-8'],
    ['a list', { ...good, data: new TextEncoder().encode('[]') }, 'the event'],
    ['another field', withBody({ more: '1' }), 'more'],
    ['a number', withBody({ chainId: 1 }), 'chainId'],
    ['an unknown code', withBody({ code: 'SOMETHING_NEW' }), 'code'],
    ['a code that is a name of Object', withBody({ code: 'constructor' }), 'code'],
    [
      'an unknown type',
      { ...withAttribute({ 'ce-type': 'keyturn.request.new' }), data: withBody({ type: 'keyturn.request.new' }).data },
      'keyturn.request.new',
    ],
    ['a body of another type', withBody({ type: 'keyturn.request.approved' }), 'ce-type'],
    ['a body of another event', withBody({ eventId: 'lab-results/other' }), 'ce-id'],
    ['another version of CloudEvents', withAttribute({ 'ce-specversion': '0.3' }), 'ce-specversion'],
    ['no attributes', { ...good, attributes: {} }, 'ce-id'],
    ['a request’s event on the type of receipts', withAttribute({ 'ce-type': 'keyturn.receipt' }), 'the receipt'],
    [
      'an outcome that says none',
      {
        ...withAttribute({ 'ce-type': 'keyturn.request.outcome' }),
        data: withBody({ type: 'keyturn.request.outcome' }).data,
      },
      'outcome is empty',
    ],
  ])('%s', (_, message, why) => {
    const event = readEvent(message);
    expect(event).toMatchObject({ type: 'unreadable', data: message.data, attributes: message.attributes });
    expect(event.type === 'unreadable' && event.reason).toContain(why);
  });
});

describe('who said it', () => {
  const [one] = forDApps;
  if (one === undefined) throw new Error('no announcement');
  const [made, other] = [new MemoryEventKey('events-1'), new MemoryEventKey('events-2', 2)];
  const signedBy = async (by: MemoryEventKey) => {
    const sent: EventMessage[] = [];
    const publisher = { publish: async (_: string, message: EventMessage) => void sent.push(message) };
    const law = { name: 'lab', eventKeys: [by.key] };
    await signingPublisher(publisher, law, () => by).publish('lab-receipts', messageOf(one, COMMITTED));
    const [message] = sent;
    if (message === undefined) throw new Error('nothing was sent');
    return message;
  };
  test('of either key of the law, of one that was taken out, and of nobody', async () => {
    const keys = [made.key, other.key];
    const [first, second] = [await signedBy(made), await signedBy(other)];
    expect([first, second].map((message) => readEvent(message, keys).signed)).toEqual(['valid', 'valid']);
    expect(readEvent(first, [other.key]).signed).toBe('unknown-key');
    expect(readEvent(first).signed).toBe('unknown-key');
    expect(readEvent(messageOf(one, COMMITTED), keys).signed).toBe('absent');
    expectTypeOf<KeyturnEvent['signed']>().toEqualTypeOf<'valid' | 'invalid' | 'unknown-key' | 'absent'>();
  });
  test('also of what cannot be read, and of a push', async () => {
    const { data, attributes } = await signedBy(made);
    const changed = { data, attributes: { ...attributes, 'ce-time': '2026-11-23T00:00:00Z' } };
    expect(readEvent(changed, [made.key])).toMatchObject({ type: one.type, signed: 'invalid' });
    expect(readEvent({ data: Buffer.of(0xff), attributes }, [made.key])).toMatchObject({
      type: 'unreadable',
      signed: 'invalid',
    });
    const message = { data: Buffer.from(data).toString('base64'), attributes, messageId: '7' };
    expect(readPush({ message, subscription: 's' }, [made.key]).event.signed).toBe('valid');
  });
  test('a client goes by the keys of its own law', async () => {
    const message = await signedBy(made);
    const wanted = async (eventKeys: readonly EventKey[]) => {
      const follower: Follower = { follow: async (_, handle) => handle(message) };
      for await (const { signed } of follow(follower, 's', undefined, eventKeys)) return signed;
      return undefined;
    };
    expect(await wanted([made.key])).toBe('valid');
    expect(await wanted([other.key])).toBe('unknown-key');
  });
});

describe('a push', () => {
  const [one] = forDApps;
  if (one === undefined) throw new Error('no announcement');
  const { data, attributes } = messageOf(one, COMMITTED);
  const push = {
    deliveryAttempt: 1,
    message: { data: Buffer.from(data).toString('base64'), attributes, messageId: '7', publishTime: 'x' },
    subscription: 'projects/p/subscriptions/s',
  };
  test('holds one event', () => {
    expect(readPush(push)).toEqual({
      event: readEvent({ data: Buffer.from(data), attributes }),
      messageId: '7',
      subscription: 'projects/p/subscriptions/s',
    });
  });
  test.each([
    [null],
    ['{}'],
    [{}],
    [{ ...push, message: { ...push.message, data: '***' } }],
    [{ ...push, message: [] }],
  ])('that is none is refused: %j', (body) => {
    expect(() => readPush(body)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});
