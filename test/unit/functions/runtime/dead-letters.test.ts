import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { classifyFailure } from '#core/decide/classify-failure.ts';
import { errorFields } from '#core/error-fields.ts';
import { answer, type Handle } from '#functions/runtime/answer.ts';
import type { Context } from '#functions/runtime/context.ts';
import { eventBody } from '#functions/runtime/push.ts';
import { checkDrafts } from '#local/cloud/pubsub/message.ts';
import { readLabPlan } from '#local/lab/plan-file.ts';
import { CODES, type Code, isCode, KeyturnError } from '#schemas/codes.ts';
import { type Burial, buriedAttributes, MOST_DELIVERIES, originalAttributes, toldBy } from '#schemas/dead-letters.ts';
import { MemoryLog, MemoryPublisher } from '#test/support/ports.ts';
import { stage } from '#test/support/stage.ts';

const BURIAL: Burial = {
  code: 'MALFORMED',
  reason: 'no',
  function: 'launch',
  subscription: 'lab-approved-push',
  messageId: '7',
  attempt: 1,
  published: '2026-11-22T00:00:00Z',
};
const delivery = (deliveryAttempt: number | undefined, attributes = {}) => ({ deliveryAttempt, attributes });

describe('how many deliveries there are', () => {
  test('the constant is what the plan says of every push subscription that buries, and ticks do not', () => {
    const { subscriptions } = readLabPlan();
    expect(
      Object.fromEntries(
        subscriptions.flatMap(({ push, deadLetters }) =>
          push === undefined ? [] : [[push.function, deadLetters?.attempts]],
        ),
      ),
    ).toEqual({
      intake: MOST_DELIVERIES,
      collect: MOST_DELIVERIES,
      launch: MOST_DELIVERIES,
      finalize: MOST_DELIVERIES,
      reconcile: undefined,
    });
  });
});

describe('what becomes of a message at which a step failed', () => {
  const MALFORMED = new KeyturnError('MALFORMED', 'no');
  const UNAVAILABLE = new KeyturnError('UNAVAILABLE', 'no');

  test.each([
    ['no dead letters, never mind how hopeless', MALFORMED, delivery(undefined)],
    ['buried before, whatever it is: round in circles', MALFORMED, delivery(1, { 'keyturn-buried-code': 'X' })],
    ['buried before, at its last delivery', UNAVAILABLE, delivery(30, { 'keyturn-buried-code': 'X' })],
    ['may pass by itself', UNAVAILABLE, delivery(1)],
    ['may pass by itself, one before the last', UNAVAILABLE, delivery(29)],
    ['a bug may depend on the moment', new TypeError('x'), delivery(29)],
    ['not even an error', 'x', delivery(1)],
  ])('retry: %s', (_, error, at) => {
    expect(classifyFailure(error, at)).toBe('retry');
  });

  test.each([
    ['can never succeed', MALFORMED, delivery(1)],
    ['the last delivery', UNAVAILABLE, delivery(30)],
    ['beyond it: the count is approximate', UNAVAILABLE, delivery(31)],
    ['a bug, to the end', new TypeError('x'), delivery(30)],
  ])('bury: %s', (_, error, at) => {
    expect(classifyFailure(error, at)).toBe('bury');
  });

  test('what the set-up lacks is waited for: rights spread for minutes after an apply', () => {
    const setup: readonly Code[] = [
      'ATTESTATION_REFUSED',
      'CONFIG',
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'PERMISSION_DENIED',
      'REGISTER_UNLOCKED',
      'UNAUTHENTICATED',
      'USAGE',
    ];
    const patient = Object.keys(CODES)
      .filter(isCode)
      .filter((code) => classifyFailure(new KeyturnError(code, 'x'), delivery(1)) === 'retry');
    const passing = Object.entries(CODES).flatMap(([code, { retry }]) => (retry ? [code] : []));
    expect(patient.toSorted()).toEqual([...passing, ...setup].sort());
  });
});

describe('the attributes of a burial', () => {
  test('stand beside those of the message, which come back exactly', () => {
    const own = { 'ce-id': 'a', wallet: 'b', code: 'mine', reason: 'too', 'keyturn-other': 'c' };
    const buried = buriedAttributes({ ...own, googclient_schemaencoding: 'JSON' }, BURIAL);
    expect(buried).toEqual({
      ...own,
      'keyturn-buried-code': 'MALFORMED',
      'keyturn-buried-reason': 'no',
      'keyturn-buried-function': 'launch',
      'keyturn-buried-subscription': 'lab-approved-push',
      'keyturn-buried-messageId': '7',
      'keyturn-buried-attempt': '1',
      'keyturn-buried-published': '2026-11-22T00:00:00Z',
    });
    expect(originalAttributes(buried)).toEqual(own);
    expect(toldBy(buried)).toEqual({
      by: 'function',
      function: 'launch',
      code: 'MALFORMED',
      reason: 'no',
      subscription: 'lab-approved-push',
      messageId: '7',
      attempts: 1,
      published: '2026-11-22T00:00:00Z',
    });
  });

  test.each(['x'.repeat(5000), '€'.repeat(2000), `x${'€'.repeat(2000)}`, `xx${'𝄞'.repeat(2000)}`])(
    'fit whatever the reason is, and break no character',
    (reason) => {
      const attributes = buriedAttributes({}, { ...BURIAL, reason });
      // The local Pub/Sub's own check, whose limits are Google's.
      expect(() => checkDrafts([{ attributes }])).not.toThrow();
      const said = toldBy(attributes).reason;
      expect(Buffer.byteLength(said)).toBeGreaterThan(1015);
      expect(said).not.toContain('\ufffd');
      expect(reason.startsWith(said.slice(0, -1))).toBe(true);
    },
  );

  test('nobody else speaks in our name, or in the name of Pub/Sub', () => {
    const forged = { 'keyturn-buried-code': 'OK', 'keyturn-buried-subscription': 'lab-submitted-push' };
    const forwarded = { ...forged, CloudPubSubDeadLetterSourceSubscription: 'lab-approved-push' };
    expect(toldBy(forwarded)).toMatchObject({ by: 'pubsub', code: '', subscription: 'lab-approved-push' });
    expect(originalAttributes(forwarded)).toEqual({});
    expect(toldBy(buriedAttributes({ CloudPubSubDeadLetterSourceSubscription: 'x' }, BURIAL))).toMatchObject({
      by: 'function',
      subscription: 'lab-approved-push',
    });
  });

  test.each(['', 'many', '-1', '1e3', '9'.repeat(20)])('%j is no count of attempts', (attempt) => {
    expect(toldBy({ 'keyturn-buried-code': 'X', 'keyturn-buried-attempt': attempt }).attempts).toBeUndefined();
  });
});

describe('the body of an event', () => {
  const schema = z.object({ id: z.string(), wallet: z.string() });
  const read = (text: string) =>
    eventBody({ data: Buffer.from(text), attributes: {}, messageId: '', deliveryAttempt: 1 }, schema);

  test.each([
    ['secret{', 'not JSON'],
    ['"secret"', 'not an object'],
    ['{"id":1,"wallet":"secret"}', 'id'],
    ['{"secret":"secret"}', 'id, wallet'],
  ])('%s: says which fields, and nothing of what they hold', (text, why) => {
    expect(() => read(text)).toThrow(
      new KeyturnError('MALFORMED', `the event body is not what this step is fed with: ${why}`),
    );
  });
});

describe('an answer to a push', () => {
  const scene = async (handle: Handle<Context>, over: Record<string, unknown> = {}, headers = {}) => {
    const { context } = stage();
    const log = new MemoryLog();
    const publisher = new MemoryPublisher();
    if (over.deaf === true) publisher.fault = () => new KeyturnError('PERMISSION_DENIED', 'may not publish');
    const message = { data: Buffer.from('body').toString('base64'), attributes: { a: 'b' }, messageId: '7' };
    const body = {
      message,
      subscription: 'projects/p/subscriptions/lab-approved-push',
      deliveryAttempt: 1,
      ...(over.body as object),
    };
    const status = await answer('launch', { ...context, log, publisher }, { headers, body: over.raw ?? body }, handle);
    return { status, sent: publisher.sent, lines: log.lines };
  };
  const fails =
    (error: unknown): Handle<Context> =>
    () =>
      Promise.reject(error);

  test('done: acknowledged, and nothing said', async () => {
    expect(await scene(async () => {})).toEqual({ status: 204, sent: [], lines: [] });
  });

  test.each([
    ['nothing', {}],
    ['a text', 'x'],
    ['no subscription', { message: { messageId: '7' } }],
  ])('no push body (%s): not acknowledged, and nothing to bury', async (_, raw) => {
    expect(await scene(async () => {}, { raw })).toMatchObject({
      status: 500,
      sent: [],
      lines: [{ event: 'launch.fault', fields: { code: 'MALFORMED' } }],
    });
  });

  test('a fault that may pass: delivered again', async () => {
    expect(await scene(fails(new KeyturnError('UNAVAILABLE', 'later')))).toMatchObject({
      status: 500,
      sent: [],
      lines: [{ event: 'launch.fault', fields: { code: 'UNAVAILABLE', messageId: '7', attempt: 1 } }],
    });
  });

  test('one that never can: buried as it was, with the reason, then acknowledged', async () => {
    const { status, sent, lines } = await scene(fails(new KeyturnError('MALFORMED', 'not an event')));
    expect(status).toBe(204);
    expect(sent).toEqual([
      {
        topic: 'lab-dead-letters',
        message: {
          data: Buffer.from('body'),
          attributes: {
            a: 'b',
            'keyturn-buried-code': 'MALFORMED',
            'keyturn-buried-reason': 'not an event',
            'keyturn-buried-function': 'launch',
            'keyturn-buried-subscription': 'lab-approved-push',
            'keyturn-buried-messageId': '7',
            'keyturn-buried-attempt': '1',
          },
        },
      },
    ]);
    expect(lines.map(({ event }) => event)).toEqual(['launch.fault', 'launch.buried']);
    expect(lines[1]?.fields).toMatchObject({ code: 'MALFORMED', subscription: 'lab-approved-push', messageId: '7' });
  });

  test('the last delivery: the last reason; a bug gives its name and never its words', async () => {
    const error = new TypeError('0xsecret');
    const { status, sent } = await scene(fails(error), { body: { deliveryAttempt: MOST_DELIVERIES } });
    expect(status).toBe(204);
    expect(toldBy(sent[0]?.message.attributes ?? {})).toMatchObject({ ...errorFields(error), attempts: 30 });
    expect(JSON.stringify(sent)).not.toContain('secret');
  });

  test('what cannot be buried is not acknowledged', async () => {
    expect(await scene(fails(new KeyturnError('MALFORMED', 'no')), { deaf: true })).toMatchObject({
      status: 500,
      sent: [],
      lines: [{ fields: { code: 'MALFORMED' } }, { event: 'launch.fault', fields: { code: 'PERMISSION_DENIED' } }],
    });
  });

  test('every line of the call has its trace, and the id from where it is known', async () => {
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const handle: Handle<Context> = async (_, { log, concerns }) => {
      log.info('early');
      concerns?.('f00');
      log.info('late');
      log.alarm('of another', { id: 'ba5' });
      throw new KeyturnError('UNAVAILABLE', 'x');
    };
    const { lines } = await scene(handle, {}, headers);
    expect(lines.map(({ event, fields }) => [event, fields.id])).toEqual([
      ['early', undefined],
      ['late', 'f00'],
      ['of another', 'ba5'],
      ['launch.fault', 'f00'],
    ]);
    for (const { fields } of lines)
      expect(fields).toMatchObject({
        'logging.googleapis.com/trace': `projects/lab/traces/${'a'.repeat(32)}`,
        'logging.googleapis.com/spanId': 'b'.repeat(16),
        'logging.googleapis.com/trace_sampled': true,
      });
  });
});
