import type { Link, Span } from '@opentelemetry/api';
import { REQUEST_ID } from '#adapters/telemetry/semconv.ts';
import { requestTrace } from '#schemas/trace-ids.ts';

/** Sampled: whether the trace is kept is decided where it is told, and whoever links to it cannot know. */
const SAMPLED = 1;

/** The link by which a span belongs to a request. It is worked out from the id, so no message carries it. */
export const requestLink = (id: string): Link => ({
  context: { ...requestTrace(id), traceFlags: SAMPLED, isRemote: true },
  attributes: { [REQUEST_ID]: id },
});

export const linkTo = (span: Span, id: string): void => {
  span.addLink(requestLink(id)).setAttribute(REQUEST_ID, id);
};
