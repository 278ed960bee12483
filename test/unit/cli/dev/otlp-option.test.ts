import { expect, test } from 'vitest';
import { telemetrySettings } from '#adapters/telemetry/settings.ts';
import { otlpEnvironment, otlpOf } from '#cli/dev/otlp-option.ts';
import { expectRefusal } from '#test/support/code.ts';

test.each(['http://127.0.0.1:4318', 'http://localhost:4318/', 'http://[::1]:4318', 'https://collector.example/otlp'])(
  '--otlp %s, which the functions of the lab take as it is',
  (url) => {
    expect(otlpOf(url)).toBe(url);
    expect(telemetrySettings(otlpEnvironment(url))).toMatchObject({
      traces: { url: `${url.replace(/\/$/, '')}/v1/traces` },
      metrics: { url: `${url.replace(/\/$/, '')}/v1/metrics` },
      sampler: { root: 'on', parentBased: false },
    });
  },
);

test('without it the functions are told nothing', () => {
  expect(otlpOf(undefined)).toBeUndefined();
  expect(otlpEnvironment(undefined)).toEqual({});
});

test.each([
  '',
  '4318',
  '127.0.0.1:4318',
  'grpc://127.0.0.1:4317',
  'file:///tmp/traces',
  'http://collector.example:4318',
  'http://0.0.0.0:4318',
  'https://name:hunter2@collector.example',
  'https://collector.example/?key=hunter2',
])('--otlp %s is refused, by the name of the option and without being repeated', (text) => {
  expectRefusal(
    () => otlpOf(text),
    'USAGE',
    'otlp',
    /^--otlp: must be the https url of an OTLP\/HTTP collector, or http on this machine \(http:\/\/127\.0\.0\.1:4318\); no name, password, query or fragment$/,
  );
});
