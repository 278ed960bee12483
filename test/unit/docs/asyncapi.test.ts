import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { signingPublisher } from '#functions/runtime/signed-events.ts';
import { messageOf, replayedEvents } from '#schemas/events.ts';
import { topicsOf } from '#schemas/names.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';
import { PLAIN_REQUEST } from '#test/support/law.ts';
import { readPage } from '#test/support/page.ts';
import { receiptWith } from '#test/support/receipt.ts';
import { asyncApiText } from '../../../build/asyncapi.ts';

const PAGE = readPage('docs/asyncapi.json');

/** As AsyncAPI's own reader gives it, references followed. */
const parse = async () => {
  const { document, diagnostics } = await new Parser().parse(PAGE);
  // 0 is an error, 1 a warning; 2 and 3 are hints, such as a newer version of the standard.
  expect(diagnostics.filter(({ severity }) => severity < 2)).toEqual([]);
  if (document === undefined) throw new Error('AsyncAPI reads no document');
  return document;
};
const once = parse();
const parsed = () => once;

const jsonOf = (data: Uint8Array): unknown => JSON.parse(Buffer.from(data).toString('utf8'));

describe('docs/asyncapi.json', () => {
  test('is what `npm run asyncapi -- --write` makes of the schemas', () => {
    expect(JSON.parse(PAGE)).toEqual(JSON.parse(asyncApiText()));
  });

  test('is read by the reference parser, with every topic as a channel', async () => {
    const document = await parsed();
    expect(document.version()).toBe('3.0.0');
    const addresses = document
      .channels()
      .all()
      .map((channel) => channel.address());
    expect(addresses.toSorted()).toEqual(Object.values(topicsOf('{deployment}')).toSorted());
    expect(
      document
        .operations()
        .all()
        .map((operation) => operation.channels().length),
    ).toEqual(addresses.map(() => 1));
  });

  const schemasOf = async (topic: string, type: string) => {
    const channel = (await parsed()).channels().get(topic);
    const messages = channel?.messages().all() ?? [];
    const message = messages.find((each) => {
      const headers = each.headers()?.json() as { properties?: Record<string, { const?: string }> } | undefined;
      return headers?.properties?.['ce-type']?.const === type;
    });
    const ajv = new Ajv({ strict: false, formats: { 'date-time': true, 'uri-reference': true } });
    return {
      body: ajv.compile(message?.payload()?.json() ?? false),
      headers: ajv.compile(message?.headers()?.json() ?? false),
    };
  };

  test.each(ANNOUNCEMENTS.map((each) => [each.type, each.topic, each] as const))(
    '%s on %s is described, attributes and body',
    async (type, topic, announcement) => {
      const { body, headers } = await schemasOf(topic, type);
      const { data, attributes } = messageOf(announcement, COMMITTED);
      expect([body(jsonOf(data)), body.errors]).toEqual([true, null]);
      expect([headers(attributes), headers.errors]).toEqual([true, null]);
      expect(body({ ...(jsonOf(data) as object), more: '' })).toBe(false);
      expect(headers({ ...attributes, 'ce-type': 'keyturn.other' })).toBe(false);
    },
  );

  test.each(ANNOUNCEMENTS.map((each) => [each.type, each.topic, each] as const))(
    '%s on %s shows the attributes of a signature, where there can be one',
    async (type, topic, announcement) => {
      const channel = (await parsed()).channels().get(topic);
      const headers = (channel?.messages().all() ?? [])
        .map((each) => each.headers()?.json() as { properties: Record<string, { const?: string }> } | undefined)
        .find((each) => each?.properties['ce-type']?.const === type)?.properties;
      const made = new MemoryEventKey('events-1');
      const sent: string[] = [];
      const publisher = {
        publish: async (_: string, { attributes }: { attributes: Readonly<Record<string, string>> }) => {
          sent.push(...Object.keys(attributes));
        },
      };
      const law = { name: 'd', eventKeys: [made.key] };
      await signingPublisher(publisher, law, () => made).publish(
        topicsOf('d')[topic],
        messageOf(announcement, COMMITTED),
      );
      expect(sent.filter((name) => name.startsWith('keyturn-')).toSorted()).toEqual(
        Object.keys(headers ?? {})
          .filter((name) => name.startsWith('keyturn-'))
          .toSorted(),
      );
    },
  );

  test('what a replay adds is described, of a receipt and of nothing else', () => {
    const { messages } = JSON.parse(PAGE).components;
    const [event] = replayedEvents(receiptWith(), 'january');
    if (event === undefined) throw new Error('no event');
    const { attributes } = messageOf(event, COMMITTED);
    expect(
      Object.keys(messages['receipts.receipt'].headers.properties)
        .filter((name) => !name.startsWith('keyturn-'))
        .sort(),
    ).toEqual(Object.keys(attributes).sort());
    for (const [name, { headers }] of Object.entries<{ headers: { properties?: object } }>(messages))
      if (name !== 'receipts.receipt') expect(headers.properties ?? {}, name).not.toHaveProperty('replayed');
  });

  test('a request is described, and neither less nor more than one', async () => {
    const [message] = (await parsed()).channels().get('transactionRequests')?.messages().all() ?? [];
    const body = new Ajv({ strict: false }).compile(message?.payload()?.json() ?? false);
    const { memo: _, ...less } = PLAIN_REQUEST;
    expect(
      [PLAIN_REQUEST, less, { ...PLAIN_REQUEST, more: '' }, { ...PLAIN_REQUEST, value: 1 }].map((each) => body(each)),
    ).toEqual([true, false, false, false]);
  });
});
