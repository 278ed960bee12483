import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import * as names from '#adapters/telemetry/semconv.ts';
import { active, type Telemetry } from '#adapters/telemetry/telemetry.ts';
import { errorFields } from '#core/error-fields.ts';
import type { Message, Publisher } from '#core/ports.ts';
import { requestLink } from './request-link.ts';

const eventOf = ({ attributes }: Message): Readonly<Record<string, string>> => {
  const { 'ce-id': id, 'ce-type': type } = attributes;
  return {
    ...(id === undefined ? {} : { [names.EVENT_ID]: id }),
    ...(type === undefined ? {} : { [names.EVENT_TYPE]: type }),
  };
};

/**
 * A publisher whose messages are spans "send <topic>", below the call that sends them. The message itself goes out as it came: a context in its
 * attributes would make two announcements of one fact differ. So its span is of kind CLIENT, as the conventions have it.
 */
export const tracedPublisher = (publisher: Publisher, telemetry: Telemetry | undefined): Publisher => {
  if (telemetry === undefined) return publisher;
  return {
    publish: async (topic, message) => {
      const within = active();
      const common = {
        [names.SYSTEM]: names.PUBSUB,
        [names.OPERATION_NAME]: 'send',
        [names.DESTINATION]: topic,
      };
      const begun = performance.now();
      const span = telemetry.tracer.startSpan(
        `send ${topic}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            ...common,
            [names.OPERATION_TYPE]: 'send',
            [names.BODY_SIZE]: message.data.length,
            ...eventOf(message),
          },
          links: within?.about.id === undefined ? [] : [requestLink(within.about.id)],
        },
        within === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, within.span),
      );
      let failed = {};
      try {
        await publisher.publish(topic, message);
      } catch (error) {
        failed = { [names.ERROR_TYPE]: String(errorFields(error).code) };
        span.setAttributes(failed).setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        telemetry.histograms.send.record((performance.now() - begun) / 1000, { ...common, ...failed });
        span.end();
      }
    },
  };
};
