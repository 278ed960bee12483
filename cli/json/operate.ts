import { z } from 'zod';
import { FACTS } from '#schemas/facts.ts';
import * as part from './parts.ts';
import { statement } from './statement.ts';

const { text, id, time, count, texts } = part;

const beside = {
  explorer: text.describe('page of the transaction, or ""'),
  names: part.names,
  backing: part.backing,
};
const isReceipt = ({ explorer: _, names: __, backing: ___, ...fact }: Record<string, unknown>): boolean =>
  FACTS.receipt.safeParse(fact).success;

/** All members of a receipt, checked by the fact's own schema, and three more. */
export const receipt = z
  .looseObject(beside)
  .refine(isReceipt, 'is no receipt')
  .describe('all members of a receipt (docs/formats.md), and three more')
  .meta({ id: 'Receipt' });

const followed = z
  .looseObject({
    ...beside,
    event: z
      .strictObject({
        time: text.describe('ce-time, as it was written'),
        replayed: text.describe('name of the replay that sent it once more, or ""'),
        signed: z
          .enum(['valid', 'invalid', 'unknown-key', 'absent'])
          .describe('who said it, by the event keys of your law (docs/formats.md, "Signed events")'),
      })
      .nullable()
      .describe('with --subscription; null where the bucket was read'),
  })
  .refine(({ event: _, ...rest }) => isReceipt(rest), 'is no receipt');

const check = z.strictObject({ name: text, result: z.enum(['pass', 'fail', 'unchecked']), because: text });
const checked = { ok: z.boolean(), root: text, failed: texts, checks: z.array(check) };

const dayOrNone = text.describe('day, or ""');
const replay = { replay: text.describe('its name'), since: dayOrNone, until: dayOrNone, sent: count, unsent: count };

export const OPERATE = {
  receipts: z.union([
    z.strictObject({
      ok: z.literal(true),
      receipts: z.array(receipt),
      unreadable: texts,
      totals: z.strictObject({
        assets: z.array(z.looseObject({ left: part.decimal, came: part.decimal })),
        fees: z.array(z.strictObject({ chainId: part.decimal, wei: part.decimal })),
        unverified: count,
        unlisted: count,
      }),
    }),
    followed.describe('with --follow: one line for each, a receipt as above and the event that brought it'),
  ]),
  statement,
  audit: z.union([
    z.strictObject({ ...checked, id, left: texts.describe('what could not be read') }),
    z.strictObject({ ...checked, bundle: text }).describe('with --bundle'),
    z
      .strictObject({ ok: z.literal(true), bundles: z.array(z.strictObject({ id, path: text, left: texts })) })
      .describe('with --export'),
    z
      .strictObject({
        ok: z.boolean(),
        wallet: text,
        root: text,
        logs: z.array(
          z.looseObject({
            chainId: part.decimal,
            seals: count,
            missing: texts,
            conflicting: texts,
            junk: texts,
            unevidenced: texts,
          }),
        ),
      })
      .describe('with --wallet'),
  ]),
  demo: z.strictObject({
    ok: z.boolean(),
    requests: z.array(z.looseObject({ id })),
    vmBoots: count,
    elapsedMs: count,
  }),
  dev: z.looseObject({ ready: z.literal(true), pid: count, started: text }).describe('as dev.json (docs/formats.md)'),
  logs: z.strictObject({
    ok: z.literal(true),
    id,
    filter: text.describe('of Cloud Logging'),
    command: text.describe('the same query for gcloud'),
    lines: z
      .array(
        z.strictObject({
          time: text,
          who: text.describe('function or machine'),
          severity: text,
          event: text,
          fields: z.record(z.string(), z.unknown()),
        }),
      )
      .nullable()
      .describe('null with --print'),
  }),
  pause: z.strictObject({ ok: z.literal(true), paused: z.literal(true), created: z.boolean(), at: time, reason: text }),
  resume: z.strictObject({ ok: z.literal(true), paused: z.literal(false), ended: z.boolean(), since: time.nullable() }),
  'dead-letters': z.strictObject({
    ok: z.literal(true),
    subscription: text,
    deadLetters: z.array(
      z.looseObject({
        messageId: text,
        original: z.unknown(),
        topic: text.nullable(),
        attempts: z.unknown(),
        deadSince: time,
        publishedAt: time.nullable(),
      }),
    ),
    complete: z.boolean(),
  }),
  redrive: z.strictObject({
    ...part.failing,
    redriven: count,
    results: z.array(z.looseObject({ messageId: text, topic: text.nullable(), id: text, problem: text })),
  }),
  replay: z.union([
    z
      .strictObject({
        ...part.failing,
        ...replay,
        receipts: count.describe('that lay there at the start'),
        state: z.enum(['open', 'ended', 'stopped']).describe('stopped: somebody deleted the wish'),
        reason: text,
      })
      .describe('with days: the one that was started'),
    z.strictObject({
      ok: z.literal(true),
      open: z.array(z.strictObject({ ...replay, receipts: count, startedAt: time })),
      ended: z
        .array(z.strictObject({ ...replay, code: text, reason: text, endedAt: time }))
        .describe('the newest 20, the newest first'),
    }),
  ]),
  doctor: z.strictObject({
    ...part.failing,
    name: text,
    counts: z.strictObject({ ok: count, warn: count, bad: count, unread: count, unchecked: count }),
    findings: z.array(
      z.strictObject({
        area: text,
        level: z.enum(['ok', 'warn', 'bad', 'unread', 'unchecked']),
        what: text,
        todo: text,
      }),
    ),
  }),
  build: z.union([
    z.strictObject({
      ok: z.literal(true),
      functions: z.array(z.unknown()),
      image: z.unknown(),
      lawHash: part.sha256.nullable(),
      commands: texts,
    }),
    z.strictObject({ ...part.failing, wanted: text, built: text, image: z.unknown() }).describe('with --compare'),
  ]),
  deploy: z.strictObject({
    ...part.failing,
    lab: z.literal(true).optional(),
    config: text,
    steps: z.array(z.strictObject({ name: text, state: text, seen: text, who: texts, commands: texts })),
    next: text.nullable(),
  }),
  completion: z.strictObject({ ok: z.literal(true), shell: text, script: text }),
};
