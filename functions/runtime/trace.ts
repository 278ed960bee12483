import type { IncomingHttpHeaders } from 'node:http';
import type { LogFields } from '#core/ports.ts';

const none = (digits: string): boolean => /^0+$/.test(digits);

/** A span, as a header or a span of our own names it. `span` is '' where only the trace is known. */
export interface Trace {
  readonly trace: string;
  readonly span: string;
  readonly sampled: boolean;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: a later version may carry more fields behind these. */
const fromTraceparent = (text: string): Trace | undefined => {
  const [, version, trace, span, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text) ?? [];
  if (version === undefined || trace === undefined || span === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined) || none(trace) || none(span)) return undefined;
  return { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** https://cloud.google.com/trace/docs/trace-context#legacy-http-header: `TRACE/SPAN;o=1`, with the span in decimal. */
const fromCloudTrace = (text: string): Trace | undefined => {
  const [, trace, span = '0', option] = /^([0-9a-f]{32})(?:\/([0-9]{1,20}))?(?:;o=([0-9]))?$/i.exec(text) ?? [];
  if (trace === undefined || none(trace)) return undefined;
  const id = BigInt.asUintN(64, BigInt(span)).toString(16).padStart(16, '0');
  return { trace: trace.toLowerCase(), span: none(id) ? '' : id, sampled: option === '1' };
};

/** The trace of the call at hand. Undefined without a readable header. Cloud Run's front end sets both. */
export const incomingTrace = (headers: IncomingHttpHeaders): Trace | undefined => {
  const { traceparent, 'x-cloud-trace-context': cloudTrace } = headers;
  return (
    (typeof traceparent === 'string' ? fromTraceparent(traceparent) : undefined) ??
    (typeof cloudTrace === 'string' ? fromCloudTrace(cloudTrace) : undefined)
  );
};

/**
 * The fields by which Cloud Logging ties a line to the trace of the call that it belongs to
 * (https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields). Empty without a trace: none is made up here.
 *
 * The trace ends with the call. Events do not carry it on. Whatever announces a fact sends the same event with the same attributes, and
 * reconcile may announce it an hour later. What belongs to one request is found by its id, which every line has, and which its spans link to.
 */
export const traceFields = (found: Trace | undefined, projectId: string): LogFields => {
  if (found === undefined) return {};
  return {
    'logging.googleapis.com/trace': `projects/${projectId}/traces/${found.trace}`,
    ...(found.span === '' ? {} : { 'logging.googleapis.com/spanId': found.span }),
    'logging.googleapis.com/trace_sampled': found.sampled,
  };
};
