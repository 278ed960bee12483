import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { ERROR_TYPE, REQUEST_ID } from '#adapters/telemetry/semconv.ts';
import { active, inSpan, type Telemetry } from '#adapters/telemetry/telemetry.ts';
import { errorFields } from '#core/error-fields.ts';
import { requestLink } from './request-link.ts';

/** Runs what a tick does for one of many requests, in a span of its own that links to that request. */
export const forRequest = async <T>(
  telemetry: Telemetry | undefined,
  name: string,
  id: string,
  work: () => Promise<T>,
): Promise<T> => {
  if (telemetry === undefined) return work();
  const within = active();
  const span = telemetry.tracer.startSpan(
    name,
    { attributes: { [REQUEST_ID]: id }, links: [requestLink(id)] },
    within === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, within.span),
  );
  try {
    return await inSpan({ span, about: { id } }, work);
  } catch (error) {
    span.setAttribute(ERROR_TYPE, String(errorFields(error).code)).setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
};
