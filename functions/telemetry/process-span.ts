import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type TimeInput, trace } from '@opentelemetry/api';
import * as names from '#adapters/telemetry/semconv.ts';
import { inSpan, type Telemetry } from '#adapters/telemetry/telemetry.ts';
import type { Pushed } from '#functions/runtime/push.ts';
import type { Trace } from '#functions/runtime/trace.ts';
import { topicsOf } from '#schemas/names.ts';
import { linkTo } from './request-link.ts';

/** What becomes known of a push while it is worked on. */
export interface Processing {
  /** The trace that log lines of this call belong to. */
  readonly trace: Trace | undefined;
  message(pushed: Pushed): void;
  /** The request that it is about. */
  concerns(id: string): void;
  /** It came to no good end: the code of why. */
  failed(code: string): void;
}

const TOPICS = {
  intake: 'transactionRequests',
  collect: 'shares',
  launch: 'approved',
  finalize: 'submitted',
  reconcile: 'ticks',
} as const;

/** The push subscription that feeds a function. Never what the body says: names of metrics must be few. */
const subscriptionOf = (step: string, deployment: string): string => {
  const found = Object.entries(TOPICS).find(([name]) => name === step)?.[1];
  return found === undefined ? step : `${topicsOf(deployment)[found]}-push`;
};

let isFirst = true;

const parentOf = (incoming: Trace | undefined) =>
  incoming === undefined || incoming.span === ''
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: incoming.trace,
        spanId: incoming.span,
        traceFlags: incoming.sampled ? 1 : 0,
        isRemote: true,
      });

const traceOf = (span: Span): Trace => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return { trace: traceId, span: spanId, sampled: (traceFlags & 1) === 1 };
};

/** Without telemetry: only the trace that the call came with, for the log. */
const untold = (incoming: Trace | undefined): Processing => ({
  trace: incoming,
  message: () => {},
  concerns: () => {},
  failed: () => {},
});

export interface Push {
  /** Of the function. */
  readonly step: string;
  readonly deployment: string;
  readonly incoming: Trace | undefined;
}

/**
 * Runs what a function makes of one push, in a span "process <subscription>". Its parent is the call that Cloud Run's front end traced, where
 * it did. What ties the calls about one request together is a link to the trace of that request.
 */
export const processing = async <T>(
  telemetry: Telemetry | undefined,
  { step, deployment, incoming }: Push,
  work: (processing: Processing) => Promise<T>,
): Promise<T> => {
  if (telemetry === undefined) return work(untold(incoming));
  const destination = subscriptionOf(step, deployment);
  const common = {
    [names.SYSTEM]: names.PUBSUB,
    [names.OPERATION_NAME]: 'process',
    [names.DESTINATION]: destination,
  };
  const begun: TimeInput = performance.now();
  const span = telemetry.tracer.startSpan(
    `process ${destination}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...common,
        [names.OPERATION_TYPE]: 'process',
        [names.FAAS_TRIGGER]: 'pubsub',
        [names.FAAS_COLDSTART]: isFirst,
      },
    },
    parentOf(incoming),
  );
  isFirst = false;
  const about: { id?: string } = {};
  let error: string | undefined;
  try {
    return await inSpan({ span, about }, () =>
      work({
        trace: traceOf(span),
        message: ({ messageId, data, deliveryAttempt }) => {
          span.setAttributes({ [names.MESSAGE_ID]: messageId, [names.BODY_SIZE]: data.length });
          if (deliveryAttempt !== undefined) span.setAttribute(names.DELIVERY_ATTEMPT, deliveryAttempt);
        },
        concerns: (id) => {
          about.id = id;
          linkTo(span, id);
        },
        failed: (code) => {
          error = code;
        },
      }),
    );
  } finally {
    const failed = error === undefined ? {} : { [names.ERROR_TYPE]: error };
    if (error !== undefined) span.setAttributes(failed).setStatus({ code: SpanStatusCode.ERROR });
    telemetry.histograms.process.record((performance.now() - begun) / 1000, { ...common, ...failed });
    span.end();
  }
};
