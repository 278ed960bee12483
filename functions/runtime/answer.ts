import type { IncomingHttpHeaders } from 'node:http';
import { logWith } from '#adapters/log.ts';
import { classifyFailure } from '#core/decide/classify-failure.ts';
import { errorFields } from '#core/error-fields.ts';
import type { LogFields } from '#core/ports.ts';
import type { Context } from './context.ts';
import { deadLetter } from './dead-letter.ts';
import { type Pushed, type PushMessage, parsePush } from './push.ts';
import { traceFields } from './trace.ts';

/** What a function makes of one message. */
export type Handle<C extends Context> = (message: PushMessage, context: C) => Promise<void>;

/** The parts of the call that are read. */
export interface PushCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/**
 * Answers one push. 204 acknowledges: the message is worked, or buried among the dead letters with its reason. 500: Pub/Sub delivers again,
 * with backoff, and buries without a reason what fails to the end. Every line of the call carries its trace, and the id of the request
 * from where that is known.
 */
export const answer = async <C extends Context>(
  name: string,
  context: C,
  call: PushCall,
  handle: Handle<C>,
): Promise<204 | 500> => {
  let about: LogFields = traceFields(call.headers, context.law.operator.projectId);
  const log = logWith(context.log, () => about);
  const concerns = (id: string): void => {
    about = { ...about, id };
  };
  let message: Pushed | undefined;
  try {
    message = parsePush(call.body);
    await handle(message, { ...context, log, concerns });
    return 204;
  } catch (error) {
    const { messageId, deliveryAttempt } = message ?? {};
    log.warn(`${name}.fault`, { messageId, attempt: deliveryAttempt, ...errorFields(error) });
    // A body that is no push holds no message that could be buried.
    if (message === undefined || classifyFailure(error, message) === 'retry') return 500;
    try {
      await deadLetter({ ...context, log }, name, message, error);
      return 204;
    } catch (unburied) {
      log.warn(`${name}.fault`, { messageId, attempt: deliveryAttempt, ...errorFields(unburied) });
      return 500;
    }
  }
};
