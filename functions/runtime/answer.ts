import type { IncomingHttpHeaders } from 'node:http';
import { logWith } from '#adapters/log.ts';
import { classifyFailure } from '#core/decide/classify-failure.ts';
import { errorFields } from '#core/error-fields.ts';
import type { LogFields } from '#core/ports.ts';
import { type Processing, processing } from '#functions/telemetry/process-span.ts';
import type { Context } from './context.ts';
import { deadLetter } from './dead-letter.ts';
import { type Pushed, type PushMessage, parsePush } from './push.ts';
import { incomingTrace, traceFields } from './trace.ts';

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
export const answer = <C extends Context>(
  name: string,
  context: C,
  call: PushCall,
  handle: Handle<C>,
): Promise<204 | 500> =>
  processing(
    context.telemetry,
    { step: name, deployment: context.law.name, incoming: incomingTrace(call.headers) },
    (telling) => answerIn(telling, { name, context, handle }, call),
  );

interface Answering<C extends Context> {
  readonly name: string;
  readonly context: C;
  readonly handle: Handle<C>;
}

const answerIn = async <C extends Context>(
  telling: Processing,
  { name, context, handle }: Answering<C>,
  call: PushCall,
): Promise<204 | 500> => {
  let about: LogFields = traceFields(telling.trace, context.law.operator.projectId);
  const log = logWith(context.log, () => about);
  const concerns = (id: string): void => {
    about = { ...about, id };
    telling.concerns(id);
  };
  let message: Pushed | undefined;
  try {
    message = parsePush(call.body);
    telling.message(message);
    await handle(message, { ...context, log, concerns });
    return 204;
  } catch (error) {
    const { messageId, deliveryAttempt } = message ?? {};
    log.warn(`${name}.fault`, { messageId, attempt: deliveryAttempt, ...errorFields(error) });
    telling.failed(String(errorFields(error).code));
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
