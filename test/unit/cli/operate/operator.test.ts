import { describe, expect, test } from 'vitest';
import type { Leased } from '#cli/app/session.ts';
import { run as list } from '#cli/commands/dead-letters.ts';
import { run as pause } from '#cli/commands/pause.ts';
import { run as redrive } from '#cli/commands/redrive.ts';
import { run as resume } from '#cli/commands/resume.ts';
import { run as status } from '#cli/commands/status.ts';
import { readDeadLetter, redriven } from '#cli/operate/dead-letters.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { buriedAttributes } from '#schemas/dead-letters.ts';
import {
  type CliHarness,
  type CliHarnessOptions,
  idOf,
  MemoryLessor,
  NOW,
  requestOf,
  stageOf,
} from '#test/support/cli/people.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

let next = 0;
const dead = (over: { data?: string; from?: string; attributes?: Record<string, string> } = {}): Leased => {
  const id = `${1000 + next++}`;
  return {
    id,
    ackId: `ack-${id}`,
    publishedAt: NOW - 60_000,
    data: bytesOf(over.data ?? JSON.stringify(requestOf())),
    attributes: {
      CloudPubSubDeadLetterSourceSubscription: over.from ?? 'lab-transaction-requests-push',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'lab-project',
      CloudPubSubDeadLetterSourceDeliveryCount: '30',
      CloudPubSubDeadLetterSourceTopicPublishTime: '2026-03-01T11:00:00.000Z',
      googclient_schemaencoding: 'JSON',
      ...over.attributes,
    },
  };
};

const scene = (letters: Leased[], options: CliHarnessOptions = {}): { stage: CliHarness; lessor: MemoryLessor } => {
  const lessor = new MemoryLessor();
  lessor.waiting.push(...letters);
  const stage = stageOf({
    me: 'operator',
    json: true,
    ...options,
    ports: { lessor: async () => lessor, ...options.ports },
  });
  return { stage, lessor };
};

describe('pause and resume', () => {
  test.each(['x'.repeat(1025), 'a\u001b[2J', 'a\nb'])('refuses the reason %j', async (reason) => {
    const stage = stageOf({ me: 'operator' });
    await expect(pause(stage.session, { reason })).rejects.toMatchObject({ code: 'USAGE', field: 'reason' });
    expect(stage.storage.paths).toEqual([]);
  });

  test('an interrupt before it changes nothing', async () => {
    const stage = stageOf({ me: 'operator' });
    stage.interrupt.abort();
    await expect(pause(stage.session, {})).rejects.toThrow('interrupted');
    expect(stage.storage.paths).toEqual([]);
  });

  test('with a reason, which the status shows; twice is once; and back', async () => {
    const stage = stageOf({ me: 'operator', json: true });
    const run = async (work: (stage: CliHarness) => Promise<number>): Promise<unknown> => {
      stage.stdout.text = '';
      expect(await work(stage)).toBe(0);
      return stage.json();
    };
    expect(await run(({ session }) => pause(session, { reason: 'RPC' }))).toMatchObject({
      created: true,
      reason: 'RPC',
    });
    expect(await run(({ session }) => pause(session, { reason: 'other' }))).toMatchObject({
      paused: true,
      created: false,
      reason: 'RPC',
    });
    expect(await run(({ session }) => status(session, undefined))).toMatchObject({
      paused: true,
      pause: { reason: 'RPC', at: '2026-03-01T11:59:00Z' },
    });
    expect(await run(({ session }) => resume(session))).toMatchObject({ ended: true, since: '2026-03-01T11:59:00Z' });
    expect(await run(({ session }) => resume(session))).toMatchObject({ ended: false, since: null });
    expect(await run(({ session }) => status(session, undefined))).toMatchObject({ paused: false, pause: null });
  });

  test('a pause made by other means counts, whatever is in it', async () => {
    for (const bytes of [bytesOf('stop!'), new Uint8Array(), bytesOf('{"reason":7}')]) {
      const stage = stageOf({ me: 'operator' });
      stage.storage.put('lab-work', 'paused', bytes);
      await status(stage.session, undefined);
      expect(stage.stdout.text).toContain('PAUSED: nothing is signed since 2026-03-01T11:59:00Z\n');
    }
  });
});

describe('reading a dead letter', () => {
  const { deployment } = stageOf().session;
  const read = (over: Parameters<typeof dead>[0]) => readDeadLetter(deployment, dead(over));

  test('a request: its id, and why intake would refuse it', () => {
    expect(read({})).toMatchObject({
      id: idOf(requestOf()),
      topic: 'lab-transaction-requests',
      attempts: 30,
      buriedBy: 'Pub/Sub',
      why: 'buried by Pub/Sub after 30 deliveries from subscription lab-transaction-requests-push; see the log of the function intake',
      publishedAt: NOW - 3_600_000,
    });
    expect(read({ data: '{"a":1}' })).toMatchObject({
      id: '',
      code: 'UNKNOWN_FIELD',
      why: 'UNKNOWN_FIELD: is not a field of a request',
    });
  });

  test('an event names its request in its body, a share in its object', () => {
    const id = 'a'.repeat(64);
    expect(read({ data: JSON.stringify({ id }), from: 'lab-submitted-push' })).toMatchObject({
      id,
      topic: 'lab-submitted',
    });
    expect(read({ data: 'x', attributes: { 'ce-subject': id } })).toMatchObject({ id });
    const share = { bucketId: 'lab-keys', objectId: `alice/shares/${id}` };
    expect(read({ data: '{}', from: 'lab-shares-push', attributes: share })).toMatchObject({ id, topic: 'lab-shares' });
    expect(read({ data: '{}', attributes: { ...share, objectId: 'elsewhere' } })).toMatchObject({ id: '' });
  });

  const buried = (over: Record<string, string> = {}): Leased => ({
    ...dead({ data: '{}' }),
    attributes: buriedAttributes(
      { 'ce-id': 'a', googclient_schemaencoding: 'JSON' },
      {
        code: 'MALFORMED',
        reason: 'no',
        function: 'launch',
        subscription: 'lab-approved-push',
        messageId: '77',
        attempt: 1,
        published: '2026-03-01T11:00:00Z',
        ...over,
      },
    ),
  });

  test('one that a function buried says why, where from and what it was', () => {
    expect(readDeadLetter(deployment, buried())).toMatchObject({
      buriedBy: 'launch',
      topic: 'lab-approved',
      subscription: 'lab-approved-push',
      original: '77',
      attempts: 1,
      code: 'MALFORMED',
      reason: 'no',
      why: 'MALFORMED: no',
      publishedAt: NOW - 3_600_000,
    });
    expect(redriven(buried()).attributes).toEqual({ 'ce-id': 'a' });
  });

  test('the reason that a function gave stands before what intake would say today', () => {
    const letter = buried({ function: 'intake', subscription: 'lab-transaction-requests-push', code: 'UNAVAILABLE' });
    expect(readDeadLetter(deployment, letter)).toMatchObject({
      topic: 'lab-transaction-requests',
      code: 'UNAVAILABLE',
    });
  });

  test('one that Pub/Sub buried has no reason of ours, whatever its publisher wrote', () => {
    const forged = { 'keyturn-buried-code': 'FINE', 'keyturn-buried-reason': 'redrive me', code: 'X', reason: 'y' };
    expect(read({ data: '{}', from: 'lab-submitted-push', attributes: forged })).toMatchObject({
      buriedBy: 'Pub/Sub',
      code: '',
      why: 'buried by Pub/Sub after 30 deliveries from subscription lab-submitted-push; see the log of the function finalize',
    });
    expect(read({ data: '{}', from: 'lab-receipts-finance' }).why).toBe(
      'buried by Pub/Sub after 30 deliveries from subscription lab-receipts-finance; its reader gave it back each time',
    );
  });

  test('for people: by whom, at which delivery, and why', async () => {
    const { stage } = scene([buried()], { json: false });
    await list(stage.session, {});
    expect(stage.stdout.text).toMatch(/given up .*, by launch, at delivery 1\n/);
    expect(stage.stdout.text).toMatch(/published +2026-03-01T11:00:00Z, as 77\n/);
    expect(stage.stdout.text).toMatch(/why +MALFORMED: no\n/);
  });

  test.each(['', 'other-transaction-requests-push', 'lab-ticks-push', 'lab-dead-letters-push', 'lab-receipts-finance'])(
    'from %j: no topic to go back to',
    (from) => {
      expect(read({ from }).topic).toBeUndefined();
    },
  );

  test('bytes that are no text, and counts that are none', () => {
    const letter = { ...dead(), data: Uint8Array.of(255, 254) };
    expect(readDeadLetter(deployment, letter)).toMatchObject({ body: '(2 bytes that are no text)', id: '' });
    expect(read({ attributes: { CloudPubSubDeadLetterSourceDeliveryCount: 'many' } }).attempts).toBeUndefined();
    expect(read({ attributes: { CloudPubSubDeadLetterSourceTopicPublishTime: 'x' } }).publishedAt).toBeUndefined();
  });

  test('is put back without what Pub/Sub added', () => {
    expect(redriven(dead({ attributes: { 'ce-id': 'a', wallet: 'b' } })).attributes).toEqual({
      'ce-id': 'a',
      wallet: 'b',
    });
  });
});

describe('keyturn dead-letters', () => {
  test.each(['0', 'many', '1001'])('refuses --limit %s', async (limit) => {
    const { stage } = scene([]);
    await expect(list(stage.session, { limit })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('shows what waits and loses nothing', async () => {
    const { stage, lessor } = scene([dead(), dead({ from: 'lab-submitted-push', data: '{"id":1}' })]);
    expect(await list(stage.session, {})).toBe(0);
    expect(stage.json()).toMatchObject({
      subscription: 'lab-dead-letters-operator',
      complete: true,
      deadLetters: [{ topic: 'lab-transaction-requests' }, { topic: 'lab-submitted', id: '' }],
    });
    expect({ waiting: lessor.waiting.length, away: lessor.away.size, lost: lessor.acknowledged }).toEqual({
      waiting: 2,
      away: 0,
      lost: [],
    });
  });

  test('for people: what a message draws with is shown and not drawn', async () => {
    const { stage } = scene([dead({ data: '\u001b[2J' })], { json: false });
    await list(stage.session, {});
    expect(stage.stdout.text).toContain('\\u{1b}[2J');
    expect(stage.stdout.text).toContain('MALFORMED: the message is not JSON');
    expect(stage.stdout.text).toContain('./keyturn redrive --all');
  });

  test('the status counts them', async () => {
    const { stage, lessor } = scene([dead(), dead()]);
    await status(stage.session, undefined);
    expect(stage.json()).toMatchObject({ deadLetters: 2 });
    expect(lessor.waiting).toHaveLength(2);
    const blind = stageOf({
      json: true,
      ports: { lessor: () => Promise.reject(new KeyturnError('PERMISSION_DENIED', 'no')) },
    });
    await status(blind.session, undefined);
    expect(blind.json()).toMatchObject({ ok: true, deadLetters: { unseen: 'PERMISSION_DENIED' } });
  });
});

describe('keyturn redrive', () => {
  test.each<[string | undefined, { all?: boolean }]>([
    [undefined, {}],
    ['1', { all: true }],
    ['abc', {}],
  ])('refuses %j %j', async (message, options) => {
    const { stage, lessor } = scene([dead()]);
    await expect(redrive(stage.session, message, options)).rejects.toMatchObject({ code: 'USAGE', field: 'message' });
    expect(lessor.asked).toEqual([]);
  });

  test('one that is not there: nothing is published, all others stay', async () => {
    const { stage, lessor } = scene([dead()]);
    await expect(redrive(stage.session, '99', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(stage.published).toEqual([]);
    expect(lessor.waiting).toHaveLength(1);
  });

  test('one of two: back on its topic, byte for byte, and only then acknowledged', async () => {
    const letters = [dead(), dead({ data: '{"id":"b"}', from: 'lab-submitted-push' })];
    const { stage, lessor } = scene(letters);
    const id = letters[1]?.id ?? '';
    expect(await redrive(stage.session, id, {})).toBe(0);
    expect(stage.published).toEqual([{ topic: 'lab-submitted', text: '{"id":"b"}' }]);
    expect({ gone: lessor.acknowledged, waiting: lessor.waiting.map((one) => one.id) }).toEqual({
      gone: [id],
      waiting: [letters[0]?.id],
    });
  });

  test('all, but for what came from elsewhere, and what its topic does not take', async () => {
    const letters = [dead(), dead({ from: 'foreign' }), dead({ data: 'refused' })];
    const publisher = {
      publish: async (_: string, { data }: { data: Uint8Array }) => {
        if (new TextDecoder().decode(data) === 'refused') throw new KeyturnError('INVALID_ARGUMENT', 'schema');
      },
    };
    const { stage, lessor } = scene(letters, { ports: { publisher: async () => publisher } });
    expect(await redrive(stage.session, undefined, { all: true })).toBe(1);
    expect(stage.json()).toMatchObject({
      ok: false,
      redriven: 1,
      results: [
        { problem: '' },
        { problem: expect.stringContaining('does not say') },
        { problem: 'INVALID_ARGUMENT: schema' },
      ],
    });
    expect(lessor.acknowledged).toEqual([letters[0]?.id]);
    expect(lessor.waiting.map(({ id }) => id)).toEqual([letters[1]?.id, letters[2]?.id]);
  });

  test('a fault in the middle gives everything back that is not on its topic', async () => {
    const publisher = {
      publish: async () => {
        throw new TypeError('broken');
      },
    };
    const { stage, lessor } = scene([dead(), dead()], { ports: { publisher: async () => publisher } });
    await expect(redrive(stage.session, undefined, { all: true })).rejects.toThrow('broken');
    expect({ waiting: lessor.waiting.length, away: lessor.away.size }).toEqual({ waiting: 2, away: 0 });
  });
});
