import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FLUSH_MS, openSdk } from '#adapters/telemetry/sdk.ts';
import { type Environment, telemetrySettings } from '#adapters/telemetry/settings.ts';
import type { LogFields } from '#core/ports.ts';
import { requestTrace } from '#schemas/trace-ids.ts';
import { type Answer, type Collector, startCollector } from '#test/support/collector.ts';

const ID = 'ab'.repeat(32);
const collectors: Collector[] = [];
afterEach(async () => {
  await Promise.all(collectors.splice(0).map((one) => one.close()));
});

const opened = (url: string, environment: Environment = {}) => {
  const told: LogFields[] = [];
  const settings = telemetrySettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    ...environment,
  });
  if (settings === undefined) throw new Error('off');
  const telemetry = openSdk(settings, { 'service.name': 'test' }, (fields) => told.push(fields));
  return { telemetry, told };
};
const against = async (answer?: Answer, environment?: Environment) => {
  const collector = await startCollector(answer);
  collectors.push(collector);
  return { collector, ...opened(collector.url, environment) };
};
const timed = async (work: Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
};

describe('what is sent', () => {
  test('spans and histograms, at the two paths of OTLP/HTTP, with nothing that could be a credential', async () => {
    const { collector, telemetry, told } = await against();
    telemetry.tracer.startSpan('one', { attributes: { a: 1 } }).end();
    telemetry.histograms.stage.record(3, { b: 'c' });
    await telemetry.flush();
    expect(collector.heard.map(({ path, type }) => [path, type]).sort()).toEqual([
      ['/v1/metrics', 'application/json'],
      ['/v1/traces', 'application/json'],
    ]);
    for (const { headers } of collector.heard)
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['authorization', 'cookie', 'traceparent']));
    expect(collector.spans()).toMatchObject([{ name: 'one', attributes: { a: 1 }, service: 'test' }]);
    expect(collector.points()).toMatchObject([
      { name: 'keyturn.request.stage.duration', unit: 's', count: 1, sum: 3, attributes: { b: 'c' } },
    ]);
    expect(told).toEqual([]);
  });

  test('protobuf by default, which holds the same ids', async () => {
    const { collector, telemetry } = await against(undefined, { OTEL_EXPORTER_OTLP_PROTOCOL: '' });
    telemetry.withIds(requestTrace(ID), () => telemetry.tracer.startSpan('one')).end();
    await telemetry.flush();
    const [first] = collector.heard;
    expect(first).toMatchObject({ path: '/v1/traces', type: 'application/x-protobuf' });
    expect(first?.bytes.toString('hex')).toContain(requestTrace(ID).traceId);
    expect(first?.bytes.toString('hex')).toContain(requestTrace(ID).spanId);
  });

  test('given ids are those of one span, and of no span after it', async () => {
    const { collector, telemetry } = await against();
    telemetry.withIds(requestTrace(ID), () => telemetry.tracer.startSpan('given')).end();
    telemetry.tracer.startSpan('random').end();
    await telemetry.flush();
    const [given, random] = collector.spans();
    expect(given).toMatchObject(requestTrace(ID));
    expect(random?.traceId).not.toBe(given?.traceId);
    expect(random?.spanId).not.toBe(given?.spanId);
  });

  test('what the sampler leaves out is not sent', async () => {
    const { collector, telemetry } = await against(undefined, { OTEL_TRACES_SAMPLER: 'always_off' });
    telemetry.tracer.startSpan('one').end();
    await telemetry.flush();
    expect(collector.heard.filter(({ path }) => path === '/v1/traces')).toEqual([]);
  });
});

describe('a collector that is no help', () => {
  const refusing = (status: number) => (response: ServerResponse) => void response.writeHead(status).end('no');

  test.each<[string, Answer]>([
    ['takes the call and says nothing', () => {}],
    [
      'sends a byte now and then, so that no idle timer ends it',
      (response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'), 20);
        response.once('close', () => clearInterval(timer));
      },
    ],
  ])('%s: a span costs nothing, and a flush ends in time', async (_, answer) => {
    const { telemetry } = await against(answer, { OTEL_EXPORTER_OTLP_TIMEOUT: '60000' });
    const begun = performance.now();
    for (let n = 0; n < 100; n++) telemetry.tracer.startSpan('one').end();
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(await timed(telemetry.flush())).toBeLessThan(FLUSH_MS + 2000);
  });

  test('nobody listens: told once for all that follows, in closed words, and again after it worked in between', async () => {
    let works = false;
    const { collector, telemetry, told } = await against(
      (response) => void response.writeHead(works ? 200 : 400).end('{"message":"a secret of the collector"}'),
      { OTEL_METRICS_EXPORTER: 'none' },
    );
    const send = async () => {
      telemetry.tracer.startSpan('one').end();
      await telemetry.flush();
    };
    await send();
    await send();
    expect(told).toEqual([
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'OTLP: export traces: HTTP 400' }),
    ]);
    works = true;
    await send();
    works = false;
    await send();
    expect(told).toHaveLength(2);
    // What cannot succeed is not tried twice.
    expect(collector.heard).toHaveLength(4);
  });

  test('a port that nobody listens at', async () => {
    const closed = await startCollector();
    await closed.close();
    const { telemetry, told } = opened(closed.url, { OTEL_METRICS_EXPORTER: 'none' });
    telemetry.tracer.startSpan('one').end();
    expect(await timed(telemetry.flush())).toBeLessThan(FLUSH_MS + 2000);
    await vi.waitFor(() => expect(told).toEqual([expect.objectContaining({ code: 'UNAVAILABLE' })]));
  });

  test.each([429, 502, 503, 504])('%i is tried once more', async (status) => {
    let calls = 0;
    const { collector, telemetry, told } = await against(
      (response) => refusing(++calls === 1 ? status : 200)(response),
      { OTEL_METRICS_EXPORTER: 'none' },
    );
    telemetry.tracer.startSpan('one').end();
    await telemetry.flush();
    await vi.waitFor(() => expect(collector.heard).toHaveLength(2));
    expect(told).toEqual([]);
  });

  test('sends elsewhere: no redirect is followed', async () => {
    const elsewhere = await startCollector();
    collectors.push(elsewhere);
    const { telemetry, told } = await against(
      (response) => void response.writeHead(307, { location: `${elsewhere.url}/v1/traces` }).end(),
      { OTEL_METRICS_EXPORTER: 'none' },
    );
    telemetry.tracer.startSpan('one').end();
    await telemetry.flush();
    await vi.waitFor(() => expect(told).toHaveLength(1));
    expect(elsewhere.heard).toEqual([]);
  });
});
