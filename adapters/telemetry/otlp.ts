import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { callerOn } from '#adapters/calls/deadline.ts';
import { errorFields } from '#core/error-fields.ts';
import type { LogFields } from '#core/ports.ts';
import type { Signal } from './settings.ts';

/** The two results of an export (ExportResultCode). */
const SENT = 0;
const UNSENT = 1;
type Done = (result: { code: typeof SENT | typeof UNSENT }) => void;

/** Told of the first batch in a row that could not be sent. */
export type Unsent = (fields: LogFields) => void;

/** Retryable, as OTLP has it (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response). */
const RETRYABLE = [429, 502, 503, 504];
const ATTEMPTS = 2;

/**
 * Posts batches, each with a deadline over the whole answer. The collector may hang, lie or be gone: its answer is not read, and no redirect
 * is followed. A batch that two tries did not send is dropped.
 */
const sender = ({ url, protocol, timeoutMs }: Signal, what: string, unsent: Unsent) => {
  const call = callerOn();
  const type = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  let silent = false;
  const post = async (bytes: Uint8Array, signal: AbortSignal): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: { 'content-type': type },
      redirect: 'error',
      signal,
    });
    await response.body?.cancel();
    if (response.ok) return;
    const { status } = response;
    throw Object.assign(new Error('refused'), { status: RETRYABLE.includes(status) ? 503 : Math.min(status, 499) });
  };
  return async (serialize: () => Uint8Array | undefined): Promise<boolean> => {
    try {
      const bytes = serialize();
      if (bytes === undefined) return false;
      const limits = { attemptMs: Math.ceil(timeoutMs / ATTEMPTS), attempts: ATTEMPTS };
      await call({ service: 'OTLP', call: 'export', resource: what }, limits, (signal) => post(bytes, signal));
      silent = false;
      return true;
    } catch (error) {
      if (!silent) unsent(errorFields(error));
      silent = true;
      return false;
    }
  };
};

/** Exports that run, so that a flush can wait for them. */
const tracked = (send: ReturnType<typeof sender>) => {
  const open = new Set<Promise<void>>();
  return {
    send: (serialize: () => Uint8Array | undefined, done: Done): void => {
      const one = send(serialize).then((sent) => {
        open.delete(one);
        done({ code: sent ? SENT : UNSENT });
      });
      open.add(one);
    },
    idle: async (): Promise<void> => {
      await Promise.all(open);
    },
  };
};

type Serialize<T> = (items: T) => Uint8Array | undefined;

export const spanExporter = (
  signal: Signal,
  serialize: Serialize<Parameters<SpanExporter['export']>[0]>,
  unsent: Unsent,
): SpanExporter => {
  const { send, idle } = tracked(sender(signal, 'traces', unsent));
  return { export: (spans, done) => send(() => serialize(spans), done), forceFlush: idle, shutdown: idle };
};

export const metricExporter = (
  signal: Signal,
  serialize: Serialize<Parameters<PushMetricExporter['export']>[0]>,
  unsent: Unsent,
): PushMetricExporter => {
  const { send, idle } = tracked(sender(signal, 'metrics', unsent));
  return { export: (metrics, done) => send(() => serialize(metrics), done), forceFlush: idle, shutdown: idle };
};
