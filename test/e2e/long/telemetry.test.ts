import { afterAll, beforeAll, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '#local/lab/people.ts';
import { type Collector, startCollector } from '../../support/collector.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';

/** Traces go to a collector that takes each call and never answers; histograms to a port at which nobody listens. */
let hanging: Collector;
let test: TestLab;
beforeAll(async () => {
  hanging = await startCollector(() => {});
  const gone = await startCollector();
  await gone.close();
  test = await startTestLab({
    functionEnv: {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${hanging.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${gone.url}/v1/metrics`,
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '60000',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    },
  });
}, 120_000);
afterAll(async () => {
  await test.close();
  await hanging.close();
}, 30_000);

// Threat 99.
it('a payment settles while one collector hangs and the other refuses', async () => {
  const id = await test.ask({ reference: 'dead-collector' });
  await test.approve('alice', id);
  await test.approve('bob', id);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  await test.event('keyturn.receipt', { id });
  await test.until('spans at the one that hangs', () => hanging.heard.length > 0);
  for (const source of FUNCTION_NAMES) {
    await test.until(`a word of ${source}`, () => test.logged('telemetry.unsent', { source })[0]);
    // Told once in a row, not once a batch.
    expect(test.logged('telemetry.unsent', { source }).length).toBeLessThanOrEqual(2);
  }
  for (const { fields } of test.logged('telemetry.unsent')) expect(fields).toMatchObject({ severity: 'WARNING' });
  for (const line of test.lines) expect(line.message).not.toMatch(/\.fault$/);
}, 120_000);

it('SIGTERM ends each function all the same, within what Cloud Run leaves it', async () => {
  const ended = (source: string) =>
    test.lines.some((line) => line.source === source && /^ended with code/.test(line.text));
  for (const name of FUNCTION_NAMES) {
    const { pid } = test.lab.functions.hosts.get(name) ?? {};
    if (pid !== undefined) process.kill(pid, 'SIGTERM');
  }
  const begun = Date.now();
  await test.until('all of them to end', () => FUNCTION_NAMES.every(ended));
  expect(Date.now() - begun).toBeLessThan(10_000);
  // By itself: 128 and more is the number of a signal.
  for (const { text } of test.lines.filter((line) => /^ended with code/.test(line.text)))
    expect(text).toMatch(/^ended with code 0;/);
}, 60_000);
