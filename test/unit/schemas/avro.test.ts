import { readFileSync } from 'node:fs';
import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageOf } from '#schemas/events.ts';
import { FACTS } from '#schemas/facts.ts';
import { REQUEST_FIELDS } from '#schemas/request.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';

/** One of a list: texts alone. */
const record = z.object({
  type: z.literal('record'),
  name: z.string(),
  doc: z.string().min(1),
  fields: z.array(z.object({ name: z.string(), type: z.literal('string'), doc: z.string().min(1) })),
});

const avro = z.object({
  type: z.literal('record'),
  name: z.string(),
  namespace: z.enum(['keyturn.v1', 'keyturn.v2']),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.union([
        z.literal('string'),
        z.object({ type: z.literal('array'), items: z.union([z.literal('string'), record]) }),
      ]),
      doc: z.string().min(1),
    }),
  ),
});

const schemaOf = (name: string) => {
  const json: unknown = JSON.parse(readFileSync(new URL(`../../../schemas/${name}.avsc`, import.meta.url), 'utf8'));
  return { ...avro.parse(json), type: avsc.Type.forSchema(json as avsc.Schema) };
};

describe('Avro and code say the same', () => {
  test('the request parser names the fields of transaction-requests.avsc, in its order', () => {
    expect(schemaOf('transaction-requests').fields.map(({ name }) => name)).toEqual([...REQUEST_FIELDS]);
  });

  test('the receipt fact names the fields of receipts.avsc, in its order', () => {
    const shape = FACTS.receipt.unwrap().shape;
    expect(schemaOf('receipts').fields.map(({ name }) => name)).toEqual(Object.keys(shape));
  });

  test('and so do the records of its lists', () => {
    const lists = schemaOf('receipts').fields.flatMap(({ name, type }) =>
      typeof type === 'object' && typeof type.items === 'object'
        ? [[name, type.items.fields.map((field) => field.name)] as const]
        : [],
    );
    const { properties = {} } = z.toJSONSchema(FACTS.receipt, { io: 'input', unrepresentable: 'any' });
    const parsed = Object.entries(properties).flatMap(([name, one]) => {
      const items =
        typeof one === 'object' && typeof one.items === 'object' && !Array.isArray(one.items) ? one.items : {};
      return items.properties === undefined ? [] : [[name, Object.keys(items.properties)] as const];
    });
    expect(lists).toEqual(parsed);
    expect(lists.map(([name]) => name)).toEqual(['approvals', 'assets', 'callArguments', 'transfers', 'deviations']);
  });

  test('the receipt parser takes what fits the topic, whatever its lists hold', () => {
    const receipts = ANNOUNCEMENTS.filter(({ topic }) => topic === 'receipts');
    expect(receipts.length).toBeGreaterThan(1);
    for (const { body } of receipts) {
      const stored = { eventId: 'e', ...body };
      expect(FACTS.receipt.parse(stored)).toEqual(stored);
    }
  });

  const files = {
    requestEvents: 'request-events',
    approved: 'approved',
    submitted: 'submitted',
    receipts: 'receipts',
    transactionRequests: 'transaction-requests',
    shares: '',
    ticks: '',
    deadLetters: '',
  };

  test.each(ANNOUNCEMENTS.map((each) => [each.type, each.topic, each] as const))(
    '%s on %s fits its topic, field by field',
    (_, topic, announcement) => {
      const schema = schemaOf(files[topic]);
      const message = messageOf(announcement, COMMITTED);
      const body: unknown = JSON.parse(Buffer.from(message.data).toString('utf8'));
      expect(schema.type.isValid(body, { noUndeclaredFields: true })).toBe(true);
      expect(Object.keys(body as object).sort()).toEqual(schema.fields.map(({ name }) => name).sort());
    },
  );

  test('every event carries its CloudEvents attributes, and the same ones whoever announces it', () => {
    for (const announcement of ANNOUNCEMENTS) {
      const { attributes } = messageOf(announcement, COMMITTED);
      expect(attributes).toMatchObject({
        'ce-id': 'lab-results/requests/x/y.json',
        'ce-specversion': '1.0',
        'ce-type': announcement.type,
        'ce-source': '//storage.googleapis.com/projects/_/buckets/lab-results',
        'ce-time': '2026-11-22T00:00:00Z',
        'content-type': 'application/json',
      });
      expect(messageOf(announcement, COMMITTED)).toEqual(messageOf(announcement, { ...COMMITTED }));
    }
  });
});
