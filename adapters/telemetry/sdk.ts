import {
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { realClock } from '#adapters/clock.ts';
import type { SpanIds } from '#schemas/trace-ids.ts';
import { metricExporter, spanExporter, type Unsent } from './otlp.ts';
import { SCHEMA_URL } from './semconv.ts';
import type { TelemetrySettings } from './settings.ts';
import { histogramsOf, type Telemetry } from './telemetry.ts';

/** ms. Much less than what Cloud Run leaves a process after SIGTERM. */
export const FLUSH_MS = 1_500;

/** Random ids, but for the one span that is being started under given ones. */
class GivenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  given: SpanIds | undefined;

  generateTraceId(): string {
    return this.given?.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.given?.spanId ?? this.#random.generateSpanId();
  }
}

const samplerOf = ({ root, ratio, parentBased }: TelemetrySettings['sampler']): Sampler => {
  const own =
    root === 'on'
      ? new AlwaysOnSampler()
      : root === 'off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root: own }) : own;
};

/**
 * OpenTelemetry's SDK over these settings. Registered nowhere. Spans and histograms wait in bounded memory and leave in the background:
 * whoever makes a span never waits for a collector. `attributes`: of the process (OTEL_RESOURCE_ATTRIBUTES adds to them and wins).
 */
export const openSdk = (
  settings: TelemetrySettings,
  attributes: Readonly<Record<string, string>>,
  unsent: Unsent,
): Telemetry => {
  const { traces, metrics, batch, metricReader } = settings;
  const resource = defaultResource()
    .merge(resourceFromAttributes({ ...attributes }))
    .merge(detectResources({ detectors: [envDetector] }));
  const ids = new GivenIds();
  const traced = (signal: NonNullable<typeof traces>): BatchSpanProcessor =>
    new BatchSpanProcessor({
      exporter: spanExporter(
        signal,
        (spans) =>
          (signal.protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer).serializeRequest(spans),
        unsent,
      ),
      scheduledDelayMillis: batch.delayMs,
      exportTimeoutMillis: batch.timeoutMs,
      maxQueueSize: batch.queue,
      maxExportBatchSize: batch.size,
    });
  const measured = (signal: NonNullable<typeof metrics>): PeriodicExportingMetricReader =>
    new PeriodicExportingMetricReader({
      exporter: {
        ...metricExporter(
          signal,
          (all) =>
            (signal.protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer).serializeRequest(all),
          unsent,
        ),
        selectAggregationTemporality: () =>
          metricReader.delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
      },
      exportIntervalMillis: metricReader.intervalMs,
      exportTimeoutMillis: Math.min(metricReader.intervalMs, metricReader.timeoutMs),
    });
  const tracers = new TracerProvider({
    resource,
    sampler: samplerOf(settings.sampler),
    idGenerator: ids,
    spanProcessors: traces === undefined ? [] : [traced(traces)],
  });
  const meters = new MeterProvider({ resource, readers: metrics === undefined ? [] : [measured(metrics)] });
  return {
    tracer: tracers.getTracer('keyturn', undefined, { schemaUrl: SCHEMA_URL }),
    histograms: histogramsOf(meters.getMeter('keyturn', undefined, { schemaUrl: SCHEMA_URL })),
    withIds: (given, start) => {
      ids.given = given;
      try {
        return start();
      } finally {
        ids.given = undefined;
      }
    },
    flush: async () => {
      await withTimeLimit(realClock, FLUSH_MS, () => Promise.allSettled([tracers.forceFlush(), meters.forceFlush()]));
    },
  };
};
