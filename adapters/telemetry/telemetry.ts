import { AsyncLocalStorage } from 'node:async_hooks';
import type { Histogram, Meter, Span, Tracer } from '@opentelemetry/api';
import type { SpanIds } from '#schemas/trace-ids.ts';

/**
 * What the code knows of telemetry: OpenTelemetry's API. The SDK is behind it (sdk.ts), and is loaded only where an endpoint is set.
 *
 * Nothing is registered globally. A Google client that found a global tracer could write a context into the messages that it publishes. A
 * message announced again must have the same attributes.
 */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly histograms: Histograms;
  /** The span that `start` starts gets these ids. */
  withIds(ids: SpanIds, start: () => Span): Span;
  /** Sends what is kept, in FLUSH_MS at most. Never rejects. */
  flush(): Promise<void>;
}

/** Durations in seconds. Their attributes are closed sets: never an id, an address or an amount. */
export interface Histograms {
  readonly process: Histogram;
  readonly send: Histogram;
  readonly stage: Histogram;
}

/** Those that the conventions advise, and what a tick of reconcile may take. */
const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300, 540];
/** From a block of a fast chain to a week, in which people approve. */
const STAGE_SECONDS = [
  0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400, 259_200, 604_800,
];

export const histogramsOf = (meter: Meter): Histograms => {
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });
  return {
    process: seconds('messaging.process.duration', 'Duration of processing operation.', CALL_SECONDS),
    send: seconds(
      'messaging.client.operation.duration',
      'Duration of messaging operation initiated by a producer or consumer client.',
      CALL_SECONDS,
    ),
    stage: seconds(
      'keyturn.request.stage.duration',
      'Time between two points in the life of a request, as its facts are dated.',
      STAGE_SECONDS,
    ),
  };
};

/** The span around the code that runs, and the request that it is about, where that is known. */
export interface Active {
  readonly span: Span;
  readonly about: { id?: string };
}

const running = new AsyncLocalStorage<Active>();

export const active = (): Active | undefined => running.getStore();

export const inSpan = <T>(now: Active, work: () => Promise<T>): Promise<T> => running.run(now, work);
