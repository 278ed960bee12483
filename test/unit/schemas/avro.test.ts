import { readFileSync } from 'node:fs';
import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as events from '#schemas/events.ts';
import { FACTS } from '#schemas/facts.ts';
import { REQUEST_FIELDS } from '#schemas/request.ts';
import { requestOf } from '#test/support/law.ts';

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

const hash = 'a'.repeat(64);
const request = requestOf();
const object = { bucket: 'lab-results', name: 'requests/x/y.json', timeCreated: Date.UTC(2026, 10, 22) };
const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const transactionHash = `0x${hash}`;
const facts = {
  refusal: {
    dataHash: hash,
    lawHash: hash,
    code: 'MALFORMED',
    field: '',
    reason: 'r',
    messageId: '1',
    reference: '',
    requester: '',
    wallet: '',
    existingId: '',
  },
  approved: { id: hash, wallet: 'treasury', coSigners: ['alice', 'bob'] },
  badShare: {
    id: hash,
    wallet: 'treasury',
    coSigner: 'bob',
    object: 'bob/shares/x',
    generation: '1',
    code: 'SHARE_WRONG',
  },
  submitted: {
    id: hash,
    wallet: 'treasury',
    chainId: '1',
    from: address,
    nonce: '0',
    transactionHashes: [transactionHash],
    approvedBy: ['alice'],
    seal: 's',
  },
  outcome: {
    id: hash,
    wallet: 'treasury',
    outcome: 'expired',
    code: 'NOT_APPROVED_IN_TIME',
    reason: 'r',
    transactionHash: '',
    blockNumber: '',
    receipt: '',
  },
  receipt: {
    eventId: 'e',
    id: hash,
    wallet: 'treasury',
    chainId: '1',
    status: 'finalized',
    transactionHash,
    blockNumber: '1',
    blockTime: '2026-11-22T00:00:00Z',
    from: address,
    to: '',
    valueWei: '1',
    gasUsed: '1',
    effectiveGasPrice: '1',
    feeWei: '1',
    nonce: '0',
    reference: 'r',
    requester: 'q',
    memo: '',
    approvedBy: ['alice'],
    lawHash: hash,
  },
} as const;

describe('Avro and code say the same', () => {
  test('the request parser names the fields of transaction-requests.avsc, in its order', () => {
    expect(schemaOf('transaction-requests').fields.map(({ name }) => name)).toEqual([...REQUEST_FIELDS]);
  });

  test('the receipt fact names the fields of receipts.avsc, in its order', () => {
    const shape = FACTS.receipt.unwrap().shape;
    expect(schemaOf('receipts').fields.map(({ name }) => name)).toEqual(Object.keys(shape));
  });

  const announcements = [
    ...events.acceptedEvents(hash, request),
    ...events.refusedEvents(facts.refusal),
    ...events.shareSeenEvents(hash, request, 'alice'),
    ...events.rejectedByEvents(hash, request, 'alice'),
    ...events.badShareEvents(facts.badShare, request, 'advice'),
    ...events.approvedEvents(facts.approved, request),
    ...events.submittedEvents(facts.submitted, request),
    ...events.outcomeEvents(facts.outcome, request),
    ...events.receiptEvents(facts.receipt),
  ];
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

  test.each(announcements.map((each) => [each.type, each.topic, each] as const))(
    '%s on %s fits its topic, field by field',
    (_, topic, announcement) => {
      const schema = schemaOf(files[topic]);
      const message = events.messageOf(announcement, object);
      const body: unknown = JSON.parse(Buffer.from(message.data).toString('utf8'));
      expect(schema.type.isValid(body, { noUndeclaredFields: true })).toBe(true);
      expect(Object.keys(body as object).sort()).toEqual(schema.fields.map(({ name }) => name).sort());
    },
  );

  test('every event carries its CloudEvents attributes, and the same ones whoever announces it', () => {
    for (const announcement of announcements) {
      const { attributes } = events.messageOf(announcement, object);
      expect(attributes).toMatchObject({
        'ce-id': 'lab-results/requests/x/y.json',
        'ce-specversion': '1.0',
        'ce-type': announcement.type,
        'ce-source': '//storage.googleapis.com/projects/_/buckets/lab-results',
        'ce-time': '2026-11-22T00:00:00Z',
        'content-type': 'application/json',
      });
      expect(events.messageOf(announcement, object)).toEqual(events.messageOf(announcement, { ...object }));
    }
  });
});
