import { z } from 'zod';
import * as part from './parts.ts';

const { text, count, texts } = part;

const exceeded = z.strictObject({
  limit: text,
  field: text,
  reason: text,
  given: part.decimal.nullable(),
  most: part.decimal.nullable(),
  token: text.nullable(),
});

const call = z.strictObject({
  place: text,
  to: text,
  value: part.decimal,
  moves: part.decimal,
  function: text.nullable(),
  allowedBy: text.nullable(),
  denied: part.denial.nullable(),
  rules: z.array(
    z.strictObject({ rule: text, effect: text, says: text, approvals: count.nullable(), exceeded: z.array(exceeded) }),
  ),
});

const judged = z.union([part.verdict, z.strictObject({ kind: z.literal('no wallet') })]);

const change = z.strictObject({
  id: part.id,
  wallet: text,
  change: text,
  before: judged,
  after: judged,
  window: text.nullable(),
});

const share = { wallet: text, address: part.address, coSigner: text, index: count, epoch: count };

export const LAW = {
  config: z.strictObject({
    ok: z.literal(true),
    path: text,
    name: text,
    lawHash: part.sha256,
    operationsHash: part.sha256,
    law: z.record(z.string(), z.unknown()).optional().describe('with --law'),
    operations: z.record(z.string(), z.unknown()).optional().describe('with --operations'),
    canonical: text.optional().describe('what was hashed'),
    buckets: z.record(z.string(), text),
    topics: z.record(z.string(), text),
  }),
  'policy explain': z.strictObject({
    ok: z.boolean().describe('whether it is allowed'),
    id: part.id,
    wallet: text,
    lawHash: part.sha256,
    verdict: part.verdict,
    requester: part.denial.nullable(),
    nonce: part.denial.nullable(),
    calls: z.array(call),
    windows: z.array(
      z.strictObject({
        window: text,
        seconds: count,
        token: text.nullable(),
        amount: part.decimal,
        most: part.decimal,
        fits: z.boolean(),
        used: part.decimal.nullable(),
        left: text.nullable(),
      }),
    ),
    delay: z.strictObject({ seconds: count, askedBy: text, mayVeto: texts }).nullable(),
    delays: z.array(
      z.strictObject({
        delay: text,
        seconds: count,
        token: text.nullable(),
        amount: part.decimal,
        above: part.decimal,
        says: text,
      }),
    ),
    names: part.names,
    room: z.strictObject({
      known: z.boolean(),
      at: text.nullable(),
      sealed: z.boolean().nullable(),
      why: text.nullable(),
    }),
  }),
  'policy test': z.strictObject({
    ok: z.boolean(),
    path: text,
    lawHash: part.sha256,
    passed: count,
    failed: count,
    cases: z.array(
      z.strictObject({
        name: text,
        ok: z.boolean(),
        expected: z.record(z.string(), z.unknown()),
        found: part.verdict.nullable(),
        problem: text.nullable(),
      }),
    ),
  }),
  'policy replay': z.strictObject({
    ok: z.boolean(),
    lawHash: part.sha256.nullable(),
    proposedHash: part.sha256,
    requests: z.array(change),
    unread: z.array(z.strictObject({ id: text, why: text })),
    changed: count,
  }),
  'wallet create': z
    .strictObject({
      ok: z.literal(true),
      wallet: text,
      address: part.address,
      threshold: count,
      epoch: count,
      commitments: texts,
      lawHash: part.sha256.nullable(),
      config: text,
      changes: texts,
      shares: z.array(
        z.strictObject({ coSigner: text, releaseKey: text.nullable(), file: text, homeKey: text.nullable() }),
      ),
      imported: z.boolean(),
      warnings: texts,
      spoken: text,
      unfinished: texts,
    })
    .describe('also of wallet import'),
  'wallet verify': z.union([
    z.strictObject({ ok: z.literal(true), ...share, lawHash: part.sha256 }),
    z
      .strictObject({ ok: z.literal(true), shares: z.array(z.strictObject(share)), lawHash: part.sha256 })
      .describe('without a file in a lab, of whoever holds several shares'),
  ]),
};
