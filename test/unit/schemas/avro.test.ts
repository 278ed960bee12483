import { readFileSync } from 'node:fs';
import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageOf } from '#schemas/events.ts';
import { FACTS } from '#schemas/facts.ts';
import { REQUEST_FIELDS } from '#schemas/request.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';

const avro = z.object({
  type: z.literal('record'),
  name: z.string(),
  namespace: z.literal('keyturn.v1'),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.union([z.literal('string'), z.object({ type: z.literal('array'), items: z.literal('string') })]),
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
