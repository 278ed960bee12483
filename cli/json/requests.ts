import { z } from 'zod';
import { KINDS, SOURCES, TONES } from '#cli/request/told.ts';
import { ANSWERS } from '#cli/watch/answerable.ts';
import * as part from './parts.ts';
import { simulation } from './simulation.ts';

const { text, id, time, count, texts } = part;

const asked = { id, reference: text, request: part.request, warnings: texts };
const ended = { outcome: part.outcome, backing: part.backing.nullable() };
const state = {
  outcome: part.outcome.nullable(),
  backing: part.backing.nullable().describe('null where it is not over'),
};
const ok = z.literal(true);

/** Of whom a request pays, empowers, calls and names. */
const addresses = {
  addresses: z.array(
    z.strictObject({
      address: part.address,
      roles: texts,
      name: text.describe('as your law names it, or ""'),
      before: z.strictObject({ kind: text, times: count, because: text }).nullable(),
      looksLike: z.array(z.strictObject({ address: part.address, because: text, first: count, last: count })),
    }),
  ),
  history: z.strictObject({ known: z.boolean(), requests: count, whole: z.boolean(), why: text }),
};

const open = z
  .strictObject({
    id,
    wallet: text,
    asks: text,
    stage: text,
    ...state,
    approvals: count,
    needed: count,
    initiators: texts,
    signed: z.boolean(),
    validUntil: time,
    mine: text.nullable(),
    request: part.request,
  })
  .describe('a request that is not decided')
  .meta({ id: 'OpenRequest' });

/** The renderer's own output: what people read, in the order in which they should. */
const reading = {
  lines: z
    .array(
      z.strictObject({
        kind: z.enum(KINDS).describe('what it is about, in the order of the list'),
        label: text,
        text,
        tone: z.enum(TONES).describe('danger and caution are warnings'),
        source: z.enum(SOURCES).describe('whose words stand beside the values of the call'),
      }),
    )
    .describe('what people read, the weightiest first'),
  stops: z
    .array(z.strictObject({ code: text, file: text, address: part.address, message: text }))
    .describe('descriptors by which nobody may approve (docs/clear-signing.md)'),
};

const typedData = z
  .strictObject({
    types: z.record(z.string(), z.array(z.strictObject({ name: text, type: text }))),
    primaryType: z.literal('Request'),
    domain: z.record(z.string(), z.union([text, z.number()])),
    message: z.record(z.string(), text),
  })
  .describe('the second parameter of eth_signTypedData_v4')
  .meta({ id: 'TypedData' });

export const REQUESTS = {
  request: z.union([
    z.strictObject({
      ok,
      ...asked,
      answer: z.literal('unknown').describe('published; not waited for, or not to be seen'),
    }),
    z.strictObject({ ok, ...asked, answer: z.literal('accepted'), acceptedAt: time, already: z.boolean() }),
    z
      .strictObject({
        ok: z.boolean(),
        ...asked,
        answer: z.literal('accepted'),
        acceptedAt: time,
        already: z.boolean(),
        ...ended,
      })
      .describe('with --wait: ok where it is finalized'),
    z.strictObject({ ...part.failure, ...asked, answer: z.literal('refused'), existingId: text }),
    z.strictObject({ id, request: part.request, typedData }).describe('with --print, also without --json'),
  ]),
  withdraw: z.union([
    z.strictObject({ ok, id, answer: z.literal('unknown') }),
    z.strictObject({ ok, id, answer: z.literal('withdrawn'), already: z.boolean() }),
    z.strictObject({ ...part.failure, id, answer: z.literal('refused') }),
  ]),
  pending: z.union([
    z.strictObject({
      ok,
      requests: z.array(open),
      broken: z.array(z.strictObject({ id, code: text, message: text })),
    }),
    z
      .strictObject({ ok, change: z.enum(['new', 'changed']), request: open })
      .describe('with --watch, one line for each change'),
    z.strictObject({ ok, change: z.literal('over'), id, outcome: text.nullable() }).describe('of one that is over'),
    z
      .strictObject({ ok, change: z.literal('broken'), id, code: text, message: text })
      .describe('of what is stored, and not what its id says'),
  ]),
  watch: z
    .strictObject({
      ok,
      type: z.literal('keyturn.request.accepted'),
      eventId: text.describe('ce-id of that event: deduplicate by it'),
      timestamp: time.describe('when it was accepted, UTC'),
      as: text.describe('the co-signer who watches'),
      can: z
        .array(z.enum(ANSWERS))
        .describe('what they can answer now; empty where a function calls it over and nothing shows it'),
      request: open,
    })
    .describe('a line for each request; a command reads the same, and a webhook gets it'),
  list: z.strictObject({
    ok,
    requests: z.array(z.strictObject({ id, acceptedAt: time, stage: text, ...state, request: part.request })),
    refusals: z
      .array(
        z.strictObject({
          refusedAt: time,
          dataHash: part.sha256,
          wallet: text,
          requester: text,
          reference: text,
          code: text,
          field: text,
          reason: text,
          existingId: text,
          backing: part.backing,
        }),
      )
      .describe('messages that intake refused: who asked is what they claim'),
    broken: z.array(z.strictObject({ id, code: text, message: text })).describe('stored, and not what its id says'),
    complete: z.boolean().describe('false: --limit left some out'),
  }),
  console: z.strictObject({
    ok,
    url: text.describe('to open in a browser of this machine: once, within 5 minutes'),
    me: text.nullable().describe('as --as says'),
    share: z.enum(['file', 'terminal', 'none']).describe('where the process finds the share'),
  }),
  show: z.strictObject({
    ok: z.boolean().describe('false where a descriptor stops it'),
    id,
    words: text,
    wallet: text,
    address: part.address,
    stage: text,
    asks: texts,
    request: part.request,
    signer: z.enum(['claimed', 'verified', 'wrong']),
    policy: part.verdict,
    needed: count,
    votes: z.array(part.vote),
    gasProblems: texts,
    destination: text,
    simulation,
    ...addresses,
    room: z.array(z.strictObject({ window: text, amount: part.decimal, most: part.decimal, left: text.nullable() })),
    ...state,
    warnings: texts,
    ...reading,
    next: text.nullable(),
  }),
  verify: z.strictObject({
    ok: z.boolean(),
    id,
    words: text,
    digests: z.strictObject({ domain: text, message: text, calldata: text }),
    typedData,
    ...addresses,
    lawHash: part.sha256,
    wallet: text,
    address: part.address,
    asks: texts,
    request: part.request,
    signer: z.enum(['claimed', 'verified', 'wrong']),
    policy: part.verdict,
    problem: z.strictObject({ code: text, field: text, reason: text }).nullable(),
    today: z.strictObject({ code: text, field: text, reason: text }).nullable(),
    mismatch: text.nullable(),
    warnings: texts,
    ...reading,
  }),
  status: z.union([
    z
      .strictObject({ ok, id, change: z.strictObject({ at: time, what: text, detail: text }) })
      .describe('with --follow: a line for each change, and then one of the request'),
    z
      .strictObject({
        ok,
        id,
        wallet: text,
        stage: text,
        steps: z.array(z.strictObject({ at: time, what: text, detail: text })),
        approvedBy: texts,
        votes: z.array(part.vote),
        needed: count,
        nonce: part.decimal.nullable(),
        transactionHashes: texts,
        mining: part.mining,
        wait: part.seen(z.strictObject({ code: text, at: time, nextNonce: part.decimal.nullable() }).nullable()),
        why: z.strictObject(part.why),
        turn: part.seen(part.turn.nullable()),
        ...state,
      })
      .describe('of a request'),
    z
      .strictObject({
        ok,
        name: text,
        lawHash: part.sha256,
        lab: z.boolean(),
        config: text.optional().describe('the file that it was read from'),
        register: part.seen(text),
        paused: part.seen(z.boolean()),
        pause: part.seen(z.strictObject({ reason: text, at: time }).nullable()),
        open: part.seen(z.record(z.string(), count)),
        deadLetters: part.seen(count),
        wallets: z.array(
          z.strictObject({
            name: text,
            address: part.address,
            chainId: part.decimal,
            threshold: count,
            holders: count,
            balanceWei: part.seen(part.decimal),
            nextNonce: part.seen(part.decimal),
            turn: part.seen(part.turn.nullable()),
            stopped: part.seen(z.strictObject({ id, transactionHash: text }).nullable()),
            chainAhead: part.seen(z.boolean()),
          }),
        ),
      })
      .describe('of the deployment'),
  ]),
  why: z.union([
    z.strictObject({
      ...{ ok, id, wallet: text, stage: text, ...part.why, ...state },
      deviations: texts.describe('where it did otherwise than was approved or predicted, in words'),
    }),
    z
      .strictObject({
        ok: z.literal(false),
        id: text,
        state: z.literal('unknown'),
        code: z.literal('NOT_FOUND'),
        sentence: text,
        next: text,
      })
      .describe('no accepted request has that id'),
  ]),
};
