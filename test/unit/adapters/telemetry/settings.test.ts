import { describe, expect, test } from 'vitest';
import { type Environment, telemetrySettings } from '#adapters/telemetry/settings.ts';
import { thrownBy } from '#test/support/code.ts';

const URL_NAME = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const ON = { [URL_NAME]: 'https://collector.example' };

describe('off', () => {
  test.each<[string, Environment]>([
    ['by default', {}],
    ['with an empty endpoint, which is none', { [URL_NAME]: '' }],
    ['whatever else is set', { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }],
    ['by OTEL_SDK_DISABLED', { ...ON, OTEL_SDK_DISABLED: 'TRUE' }],
    ['where neither signal is wanted', { ...ON, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }],
  ])('%s', (_, environment) => {
    expect(telemetrySettings(environment)).toBeUndefined();
  });
});

describe('on', () => {
  test('an endpoint is enough: the defaults are those of the specification', () => {
    const signal = (path: string) => ({
      url: `https://collector.example/v1/${path}`,
      protocol: 'http/protobuf',
      timeoutMs: 10_000,
    });
    expect(telemetrySettings(ON)).toEqual({
      traces: signal('traces'),
      metrics: signal('metrics'),
      sampler: { root: 'on', ratio: 1, parentBased: true },
      batch: { delayMs: 5000, timeoutMs: 30_000, queue: 2048, size: 512 },
      metricReader: { intervalMs: 60_000, timeoutMs: 30_000, delta: false },
    });
  });

  test.each([
    ['https://collector.example/', 'https://collector.example/v1/traces'],
    ['https://collector.example:4318/otlp', 'https://collector.example:4318/otlp/v1/traces'],
    ['https://collector.example/otlp/', 'https://collector.example/otlp/v1/traces'],
    ['http://localhost:4318', 'http://localhost:4318/v1/traces'],
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
    ['http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
  ])('%s leads to %s', (text, url) => {
    expect(telemetrySettings({ [URL_NAME]: text })?.traces?.url).toBe(url);
  });

  test('a signal has an endpoint, a protocol and a timeout of its own, taken as they are', () => {
    const set = telemetrySettings({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '3000',
      OTEL_EXPORTER_OTLP_TIMEOUT: '4000',
    });
    expect(set?.traces).toEqual({ url: 'https://traces.example/in', protocol: 'http/json', timeoutMs: 3000 });
    expect(set?.metrics).toBeUndefined();
    expect(telemetrySettings({ ...ON, OTEL_TRACES_EXPORTER: 'none' })).toMatchObject({
      traces: undefined,
      metrics: { url: 'https://collector.example/v1/metrics' },
    });
  });

  test.each([
    ['always_on', undefined, { root: 'on', parentBased: false }],
    ['parentbased_always_off', undefined, { root: 'off', parentBased: true }],
    ['traceidratio', '0.25', { root: 'ratio', ratio: 0.25, parentBased: false }],
    ['parentbased_traceidratio', undefined, { root: 'ratio', ratio: 1, parentBased: true }],
  ])('OTEL_TRACES_SAMPLER=%s with %s', (name, argument, sampler) => {
    const environment = { ...ON, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
    expect(telemetrySettings(environment)?.sampler).toMatchObject(sampler);
  });

  test('batches and intervals', () => {
    expect(
      telemetrySettings({
        ...ON,
        OTEL_BSP_SCHEDULE_DELAY: '250',
        OTEL_BSP_EXPORT_TIMEOUT: '900',
        OTEL_BSP_MAX_QUEUE_SIZE: '64',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '128',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_METRIC_EXPORT_TIMEOUT: '700',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      }),
    ).toMatchObject({
      // No batch is larger than the queue.
      batch: { delayMs: 250, timeoutMs: 900, queue: 64, size: 64 },
      metricReader: { intervalMs: 1000, timeoutMs: 700, delta: true },
    });
  });
});

describe('refused by name, and never by value, which may hold a credential', () => {
  const SECRET = 'hunter2';
  test.each<[string, Environment]>([
    [URL_NAME, { [URL_NAME]: `https://user:${SECRET}@collector.example` }],
    [URL_NAME, { [URL_NAME]: `https://${SECRET}@collector.example` }],
    [URL_NAME, { [URL_NAME]: `https://collector.example/?key=${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `https://collector.example/?` }],
    [URL_NAME, { [URL_NAME]: `https://collector.example/#${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `http://collector.example/${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `http://localhost.example/${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `http://127.0.0.1.example/${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `grpc://collector.example/${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `collector.example:4318/${SECRET}` }],
    [URL_NAME, { [URL_NAME]: `https://collector.example/a\n${SECRET}` }],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `ftp://${SECRET}` }],
    ['OTEL_EXPORTER_OTLP_HEADERS', { ...ON, OTEL_EXPORTER_OTLP_HEADERS: `authorization=${SECRET}` }],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', { ...ON, OTEL_EXPORTER_OTLP_TRACES_HEADERS: `k=${SECRET}` }],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', { ...ON, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['OTEL_TRACES_EXPORTER', { ...ON, OTEL_TRACES_EXPORTER: 'console' }],
    ['OTEL_TRACES_SAMPLER', { ...ON, OTEL_TRACES_SAMPLER: 'xray' }],
    ['OTEL_TRACES_SAMPLER_ARG', { ...ON, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' }],
    ['OTEL_TRACES_SAMPLER_ARG', { ...ON, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'NaN' }],
    ['OTEL_BSP_SCHEDULE_DELAY', { ...ON, OTEL_BSP_SCHEDULE_DELAY: '-1' }],
    ['OTEL_BSP_MAX_QUEUE_SIZE', { ...ON, OTEL_BSP_MAX_QUEUE_SIZE: '1e9' }],
    ['OTEL_METRIC_EXPORT_INTERVAL', { ...ON, OTEL_METRIC_EXPORT_INTERVAL: '0' }],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', { ...ON, OTEL_EXPORTER_OTLP_TIMEOUT: '600000' }],
  ])('%s in case %#', (name, environment) => {
    const { code, field, message } = thrownBy(() => telemetrySettings(environment));
    expect({ code, field }).toEqual({ code: 'CONFIG', field: name });
    expect(message.startsWith(`${name}: `)).toBe(true);
    expect(message).not.toContain(SECRET);
  });
});
