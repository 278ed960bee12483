import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES, OWNER } from '#local/lab/people.ts';
import { approvedObject, bucketsOf, outcomeObject, requestObject, submittedObject } from '#schemas/names.ts';
import { DIST } from '../../build/build.ts';
import { type Collector, type HeardSpan, startCollector } from '../support/collector.ts';
import { LeakWatch } from '../support/leaks/watch.ts';
import { startTestLab, type TestLab } from './support/lab.ts';
import { payee } from './support/requests.ts';

const [INTERNAL, CLIENT, CONSUMER] = [1, 3, 5];
const to = payee(21);
const VALUE = 123_456_789_000_777n;
const REFERENCE = 'telemetry-reference-1';
const MEMO = 'memo that nobody else needs';

/** The ids by another way: what docs/telemetry.md says, with sha256 of Node. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const traceId = (): string => sha256(`keyturn/v1/trace/${id}`).slice(0, 32);
const spanId = (part: string): string => sha256(`keyturn/v1/span/${part}/${id}`).slice(0, 16);

let test: TestLab;
let collector: Collector;
let id = '';

const spans = (name: string): readonly HeardSpan[] => collector.spans().filter((span) => span.name === name);
const linked = (): readonly HeardSpan[] =>
  collector.spans().filter(({ links }) => links.some((link) => link.traceId === traceId()));
const stages = () => collector.points().filter(({ name }) => name === 'keyturn.request.stage.duration');

beforeAll(async () => {
  const leaks = new LeakWatch();
  collector = await startCollector(undefined, leaks.onTelemetry);
  test = await startTestLab({
    leaks,
    functionEnv: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      // Histograms leave at SIGTERM alone.
      OTEL_METRIC_EXPORT_INTERVAL: '3600000',
    },
  });
  id = await test.ask({ to, value: `${VALUE}`, reference: REFERENCE, memo: MEMO });
  await test.approve('alice', id);
  await test.event('keyturn.request.share-seen', { id, coSigner: 'alice' });
  await test.approve('bob', id);
  await test.outcome(id);
  await test.event('keyturn.receipt', { id });
  await test.until('the trace of the request', () => spans('request')[0]);
  await test.until('a span of finalize', () => linked().some(({ name }) => name === 'process lab-submitted-push'));
}, 180_000);
afterAll(async () => {
  await test.close();
  await collector.close();
}, 30_000);

/** Of a fact, as Cloud Storage dated it: ns. */
const dated = (bucket: 'results' | 'register', name: string): bigint => {
  const [object] = test.lab.servers.store.list(OWNER, bucketsOf('lab')[bucket], { prefix: name }).items;
  if (object === undefined) throw new Error(`no ${name}`);
  return BigInt(object.created) * 1_000_000n;
};
const dates = () => {
  const { seal } = test.json('results', submittedObject(id)) ?? {};
  return {
    requested: dated('results', requestObject(id)),
    approved: dated('results', approvedObject(id)),
    sealed: dated('register', String(seal)),
    sent: dated('results', submittedObject(id)),
    final: dated('results', outcomeObject(id)),
  };
};
const STAGES = [
  ['requested', 'approved'],
  ['approved', 'sealed'],
  ['sealed', 'sent'],
  ['sent', 'final'],
] as const;

describe('one payment, by the processes that work on it', () => {
  it('has one trace, whose ids anybody can work out, and whose times are those of the facts', () => {
    const found = collector.spans().filter((span) => span.traceId === traceId());
    const at = dates();
    expect(found.find(({ name }) => name === 'request')).toMatchObject({
      spanId: spanId('request'),
      kind: INTERNAL,
      startTimeUnixNano: at.requested,
      endTimeUnixNano: at.final,
      attributes: { 'keyturn.request.id': id, 'keyturn.outcome': 'finalized', 'keyturn.chain.id': '31337' },
    });
    for (const [from, until] of STAGES)
      expect(found.filter(({ name }) => name === `${from} to ${until}`)).toMatchObject([
        {
          spanId: spanId(`${from}-${until}`),
          parentSpanId: spanId('request'),
          startTimeUnixNano: at[from],
          endTimeUnixNano: at[until],
          attributes: { 'keyturn.request.id': id, 'keyturn.stage': `${from}-${until}` },
        },
      ]);
    expect(found).toHaveLength(5);
    // Whoever came to it first ended the request.
    expect(['keyturn-finalize', 'keyturn-reconcile']).toContain(found[0]?.service);
  });

  it('is linked to by the work of every function on it', () => {
    for (const [service, subscription, times] of [
      ['keyturn-intake', 'lab-transaction-requests-push', 1],
      ['keyturn-collect', 'lab-shares-push', 2],
      ['keyturn-launch', 'lab-approved-push', 1],
      ['keyturn-finalize', 'lab-submitted-push', 1],
    ] as const) {
      const found = linked().filter(({ name }) => name === `process ${subscription}`);
      // At least once: Pub/Sub may deliver again.
      expect(found.length).toBeGreaterThanOrEqual(times);
      for (const span of found) {
        expect(span).toMatchObject({
          service,
          kind: CONSUMER,
          links: [{ traceId: traceId(), spanId: spanId('request') }],
        });
        expect(span.traceId).not.toBe(traceId());
        // The call that the front end traced.
        expect(span.parentSpanId).toMatch(/^[0-9a-f]{16}$/);
        expect(span.attributes).toMatchObject({
          'messaging.system.name': 'gcp.pubsub',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': subscription,
          'messaging.message.id': expect.stringMatching(/^[0-9]+$/),
          'messaging.message.body.size': expect.any(Number),
          'faas.trigger': 'pubsub',
          'keyturn.request.id': id,
          'keyturn.decision': expect.stringMatching(/^(?:act|ignore|wait)$/),
        });
      }
    }
  });

  it('shows what each call sent, below that call', () => {
    const sent = linked().filter(({ name }) => name.startsWith('send '));
    const types = new Set(sent.map(({ attributes }) => attributes['cloudevents.event_type']));
    for (const type of ['accepted', 'share-seen', 'approved', 'outcome'])
      expect(types).toContain(`keyturn.request.${type}`);
    expect(types).toContain('keyturn.receipt');
    const all = new Map(collector.spans().map((span) => [span.spanId, span]));
    for (const span of sent) {
      const above = all.get(span.parentSpanId ?? '');
      expect(span).toMatchObject({ kind: CLIENT, traceId: above?.traceId, service: above?.service });
      expect(above?.name).toMatch(/^process |^reconcile request$/);
    }
  });

  it('adds nothing to any message', () => {
    const known =
      /^(?:ce-[a-z]+|content-type|wallet|requester|reference|id|bucketId|objectId|objectGeneration|eventType|eventTime|payloadFormat|notificationConfig|overwrote\w+|googclient_schema\w+)$/;
    expect(test.seen.length).toBeGreaterThan(5);
    for (const { attributes, topic } of test.seen)
      for (const name of Object.keys(attributes)) expect(name, topic).toMatch(known);
    for (const { attributes, text } of test.seen) {
      const carried = JSON.stringify([attributes, text]);
      for (const span of collector.spans()) expect(carried).not.toContain(span.traceId);
    }
  });

  it('ties the lines of the log to the spans', () => {
    const [line] = test.logged('intake.act', { id });
    const span = collector.spans().find((one) => one.spanId === line?.fields['logging.googleapis.com/spanId']);
    expect(span?.name).toBe('process lab-transaction-requests-push');
    expect(line?.fields['logging.googleapis.com/trace']).toBe(
      `projects/${test.lab.world.project.id}/traces/${span?.traceId}`,
    );
  });
});

it('the SDK is in a file that only a set endpoint loads, and nowhere in the image that signs', () => {
  const holds = (file: string): boolean => readFileSync(`${DIST}/${file}`, 'utf8').includes('BatchSpanProcessor');
  for (const name of FUNCTION_NAMES) {
    expect(holds(`functions/${name}/index.js`), name).toBe(false);
    expect(holds(`functions/${name}/telemetry.js`), name).toBe(true);
  }
  expect(holds('image/main.mjs')).toBe(false);
});

describe('at SIGTERM', () => {
  it('the histograms leave, which nothing else has sent', async () => {
    expect(collector.points()).toEqual([]);
    for (const name of FUNCTION_NAMES) {
      const { pid } = test.lab.functions.hosts.get(name) ?? {};
      if (pid !== undefined) process.kill(pid, 'SIGTERM');
    }
    await test.until('the stages of the request', () => stages().length >= 5);
    await test.until(
      'a process of each function',
      () => new Set(collector.points().map(({ service }) => service)).size === 5,
    );
  }, 60_000);

  it('each stage counts once, in seconds, and they add up', () => {
    const at = dates();
    const all = [...STAGES, ['requested', 'final'] as const];
    expect(stages()).toHaveLength(all.length);
    for (const [from, until] of all) {
      const [point, ...more] = stages().filter(({ attributes }) => attributes['keyturn.stage'] === `${from}-${until}`);
      expect(more).toEqual([]);
      expect(point).toMatchObject({ unit: 's', count: 1 });
      expect(point?.sum).toBeCloseTo(Number(at[until] - at[from]) / 1e9, 6);
      expect(point?.explicitBounds).toEqual([
        0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400, 259_200, 604_800,
      ]);
      expect(point?.attributes).toEqual({
        'keyturn.stage': `${from}-${until}`,
        'keyturn.outcome': 'finalized',
        'keyturn.chain.id': '31337',
      });
    }
  });

  it('those of messaging are told apart by system, operation, destination and error alone', () => {
    const names = new Set(collector.points().map(({ name }) => name));
    expect([...names].sort()).toEqual([
      'keyturn.request.stage.duration',
      'messaging.client.operation.duration',
      'messaging.process.duration',
    ]);
    for (const { attributes, name } of collector.points())
      if (name.startsWith('messaging.'))
        for (const key of Object.keys(attributes))
          expect([
            'messaging.system.name',
            'messaging.operation.name',
            'messaging.destination.name',
            'error.type',
          ]).toContain(key);
    const metrics = collector.heard.filter(({ path }) => path === '/v1/metrics').map(({ bytes }) => bytes.toString());
    for (const text of metrics) expect(text).not.toContain(id);
  });

  it('whoever collects learns no payee, amount, memo or reference, and nothing comes from the machine that signs', () => {
    expect(new Set(collector.spans().map(({ service }) => service))).toEqual(
      new Set(FUNCTION_NAMES.map((name) => `keyturn-${name}`)),
    );
    const texts = collector.heard.map(({ bytes }) => bytes.toString().toLowerCase());
    for (const words of [to, to.slice(2), `${VALUE}`, REFERENCE, MEMO, test.lab.wallet.address])
      for (const text of texts) expect(text).not.toContain(words.toLowerCase());
  });
});
