import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSdk } from '#adapters/telemetry/sdk.ts';
import { telemetrySettings } from '#adapters/telemetry/settings.ts';
import type { Telemetry } from '#adapters/telemetry/telemetry.ts';
import { answer, type Handle } from '#functions/runtime/answer.ts';
import type { Context } from '#functions/runtime/context.ts';
import { tellLife } from '#functions/telemetry/life.ts';
import { forRequest } from '#functions/telemetry/one-request.ts';
import { openTelemetry } from '#functions/telemetry/open.ts';
import { tracedPublisher } from '#functions/telemetry/sends.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { requestTrace } from '#schemas/trace-ids.ts';
import { type Collector, type HeardSpan, startCollector } from '#test/support/collector.ts';
import { MemoryLog, MemoryPublisher } from '#test/support/ports.ts';
import { stage } from '#test/support/stage.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const ID = 'cd'.repeat(32);
const [UNSET, ERROR] = [0, 2];

let collector: Collector;
let telemetry: Telemetry;
beforeEach(async () => {
  collector = await startCollector();
  const settings = telemetrySettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '600000',
  });
  if (settings === undefined) throw new Error('off');
  telemetry = openSdk(settings, { 'service.name': 'test' }, () => {});
});
afterEach(() => collector.close());

const spans = async (): Promise<readonly HeardSpan[]> => {
  await telemetry.flush();
  return collector.spans();
};

const pushed = (handle: Handle<Context>, over: { headers?: Record<string, string>; body?: unknown } = {}) => {
  const { context } = stage();
  const log = new MemoryLog();
  const body = {
    message: { messageId: '7', data: Buffer.from('{}').toString('base64'), attributes: { secret: 'of the sender' } },
    subscription: 'projects/p/subscriptions/anything-a-caller-likes',
    deliveryAttempt: 3,
  };
  const call = { headers: { traceparent: `00-${TRACE}-${SPAN}-01` }, body, ...over };
  return { log, done: answer('launch', { ...context, telemetry, log }, call, handle) };
};

describe('a push', () => {
  test('is a span below the call that the front end traced, and its lines carry the ids of that span', async () => {
    const { done, log } = pushed(async (_, { log: line, concerns }) => {
      concerns?.(ID);
      line.info('a.line');
    });
    expect(await done).toBe(204);
    const [span] = await spans();
    expect(span).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      name: 'process lab-approved-push',
      kind: 5,
      status: { code: UNSET },
      links: [{ ...requestTrace(ID), attributes: { 'keyturn.request.id': ID } }],
      events: [],
    });
    expect(span?.attributes).toEqual({
      'messaging.system.name': 'gcp.pubsub',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'lab-approved-push',
      'messaging.message.id': '7',
      'messaging.message.body.size': 2,
      'gcp.pubsub.message.delivery_attempt': 3,
      'faas.trigger': 'pubsub',
      'faas.coldstart': expect.any(Boolean),
      'keyturn.request.id': ID,
    });
    expect(log.lines[0]?.fields).toMatchObject({
      id: ID,
      'logging.googleapis.com/trace': expect.stringContaining(`/traces/${TRACE}`),
      'logging.googleapis.com/spanId': span?.spanId,
    });
  });

  test('without a traced call it begins a trace of its own', async () => {
    await pushed(async () => {}, { headers: {} }).done;
    const [span] = await spans();
    expect(span?.parentSpanId).toBeUndefined();
    expect(span?.traceId).not.toBe(TRACE);
  });

  test('that fails is an error by its code, without a word of the message', async () => {
    const { done } = pushed(async () => {
      throw new KeyturnError('UNAVAILABLE', 'hunter2 was not there');
    });
    expect(await done).toBe(500);
    const [span] = await spans();
    expect(span).toMatchObject({ status: { code: ERROR }, events: [] });
    expect(span?.attributes).toMatchObject({ 'error.type': 'UNAVAILABLE' });
    for (const { bytes } of collector.heard) expect(bytes.toString()).not.toMatch(/hunter2|of the sender/);
    expect(collector.points()).toMatchObject([
      { name: 'messaging.process.duration', unit: 's', count: 1, attributes: { 'error.type': 'UNAVAILABLE' } },
    ]);
  });

  test('whatever its body says, a histogram is told apart by closed sets alone', async () => {
    await pushed(async (_, { concerns }) => concerns?.(ID)).done;
    await pushed(async () => {}, { body: { nonsense: 'x'.repeat(50) } }).done;
    await spans();
    expect(collector.points().map(({ attributes }) => attributes)).toEqual([
      {
        'messaging.system.name': 'gcp.pubsub',
        'messaging.operation.name': 'process',
        'messaging.destination.name': 'lab-approved-push',
      },
      {
        'messaging.system.name': 'gcp.pubsub',
        'messaging.operation.name': 'process',
        'messaging.destination.name': 'lab-approved-push',
        'error.type': 'MALFORMED',
      },
    ]);
  });
});

describe('a message that is sent', () => {
  const message = { data: Buffer.from('body'), attributes: { 'ce-id': 'a/b', 'ce-type': 'keyturn.receipt' } };

  test('goes out as it came: nothing is added that would make two announcements differ', async () => {
    const publisher = new MemoryPublisher();
    const before = JSON.stringify(message);
    await tracedPublisher(publisher, telemetry).publish('t', message);
    expect(publisher.sent[0]?.message).toBe(message);
    expect(JSON.stringify(message)).toBe(before);
  });

  test('is a span below the work that sends it, and links to the same request', async () => {
    const publisher = tracedPublisher(new MemoryPublisher(), telemetry);
    await pushed(async (_, { concerns }) => {
      concerns?.(ID);
      await publisher.publish('t', message);
    }).done;
    const [sent, worked] = await spans();
    expect(sent).toMatchObject({
      name: 'send t',
      kind: 3,
      traceId: TRACE,
      parentSpanId: worked?.spanId,
      links: [requestTrace(ID)],
      attributes: {
        'messaging.system.name': 'gcp.pubsub',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 't',
        'messaging.message.body.size': 4,
        'cloudevents.event_id': 'a/b',
        'cloudevents.event_type': 'keyturn.receipt',
      },
    });
  });

  test('and is not taken: the error goes on as it was', async () => {
    const inner = new MemoryPublisher();
    const error = new KeyturnError('DEADLINE', 'late');
    inner.fault = () => error;
    await expect(tracedPublisher(inner, telemetry).publish('t', message)).rejects.toBe(error);
    const [sent] = await spans();
    expect(sent).toMatchObject({ status: { code: ERROR }, attributes: { 'error.type': 'DEADLINE' } });
  });

  test('without telemetry the publisher is the one that was given', () => {
    const publisher = new MemoryPublisher();
    expect(tracedPublisher(publisher, undefined)).toBe(publisher);
  });
});

describe('what a tick does for one of many requests', () => {
  test('is a span that links to it, and an error goes on', async () => {
    const error = new KeyturnError('CHAIN_UNREACHABLE', 'x');
    await expect(
      forRequest(telemetry, 'reconcile request', ID, async () => {
        throw error;
      }),
    ).rejects.toBe(error);
    const [span] = await spans();
    expect(span).toMatchObject({
      name: 'reconcile request',
      links: [requestTrace(ID)],
      status: { code: ERROR },
      attributes: { 'keyturn.request.id': ID, 'error.type': 'CHAIN_UNREACHABLE' },
    });
  });
});

describe('the life of a request', () => {
  const rejected = async (told: Telemetry | undefined) => {
    const all = stage();
    Object.assign(all.context, { telemetry: told });
    const id = await all.ask();
    all.clock.advance(90_000);
    all.reject('alice', id);
    all.reject('bob', id);
    await all.tick();
    await all.tick();
    return { ...all, id };
  };

  test('one that was rejected is told once, with what it had, by whoever ended it', async () => {
    const { id, tick } = await rejected(telemetry);
    await tick();
    const root = (await spans()).filter(({ name }) => name === 'request');
    expect(root).toMatchObject([
      {
        ...requestTrace(id),
        attributes: { 'keyturn.outcome': 'rejected', 'keyturn.request.id': id, 'keyturn.code': 'REJECTED' },
      },
    ]);
    expect(root[0]?.parentSpanId).toBeUndefined();
    const stages = collector.points().filter(({ name }) => name === 'keyturn.request.stage.duration');
    expect(stages).toMatchObject([
      {
        count: 1,
        attributes: { 'keyturn.stage': 'requested-final', 'keyturn.outcome': 'rejected', 'keyturn.chain.id': '31337' },
      },
    ]);
    expect(stages[0]?.sum).toBeGreaterThanOrEqual(90);
  });

  test('telemetry changes nothing that the pipeline stores or says', async () => {
    const [without, with_] = [await rejected(undefined), await rejected(telemetry)];
    const said = ({ publisher }: typeof without) =>
      publisher.sent.map(({ topic, message }) => [topic, Buffer.from(message.data).toString(), message.attributes]);
    expect(said(with_)).toEqual(said(without));
  });

  test('facts that cannot be read cost a line, and nothing else', async () => {
    const { context, log, storage } = stage();
    const failing = Object.assign(Object.create(storage), {
      list: async () => {
        throw new KeyturnError('UNAVAILABLE', 'no');
      },
    });
    await tellLife({ ...context, storage: failing, telemetry }, ID);
    expect(log.lines).toEqual([
      { level: 'warn', event: 'telemetry.fault', fields: expect.objectContaining({ id: ID, code: 'UNAVAILABLE' }) },
    ]);
  });
});

describe('a process', () => {
  test('has no telemetry by default, and none with one line where a setting is wrong', async () => {
    const { config } = stage();
    const log = new MemoryLog();
    expect(await openTelemetry('intake', config.law, log, {})).toBeUndefined();
    expect(log.lines).toEqual([]);
    const wrong = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://hunter2.example' };
    expect(await openTelemetry('intake', config.law, log, wrong)).toBeUndefined();
    expect(log.lines).toMatchObject([
      { level: 'warn', event: 'telemetry.off', fields: { code: 'CONFIG', field: 'OTEL_EXPORTER_OTLP_ENDPOINT' } },
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('hunter2');
  });

  test('says which function of which deployment it is', async () => {
    const { config } = stage();
    const opened = await openTelemetry('intake', config.law, new MemoryLog(), {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      K_SERVICE: 'unit-intake',
      K_REVISION: 'unit-intake-00007-abc',
    });
    opened?.tracer.startSpan('one').end();
    await opened?.flush();
    expect(collector.spans()[0]?.resource).toMatchObject({
      'service.name': 'keyturn-intake',
      'service.namespace': config.law.name,
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'cloud.provider': 'gcp',
      'cloud.platform': 'gcp_cloud_run',
      'faas.name': 'unit-intake',
      'faas.version': 'unit-intake-00007-abc',
      'telemetry.sdk.name': 'opentelemetry',
    });
  });
});
