import { readEvent } from '#client/read-event.ts';
import type { Message } from '#core/ports.ts';
import { finalizeStep } from '#functions/finalize/handle.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { signingPublisher } from '#functions/runtime/signed-events.ts';
import { MemoryEventKey } from './event-keys.ts';
import { stage } from './stage.ts';

/** The pipeline, with finalize and reconcile as they are wired under a law that names `key`; the others say what they say unsigned. */
export const signedStage = (made = new MemoryEventKey('events-1'), named = made.key) => {
  const s = stage();
  const law = { ...s.config.law, eventKeys: [named] };
  const publisher = signingPublisher(s.publisher, law, () => made);
  const context: ReconcileContext = { ...s.context, law, publisher };
  const push = (id: string) => ({
    data: s.submission(id),
    attributes: {},
    messageId: 'm',
    deliveryAttempt: 1,
  });
  const finalize = (id: string) => runStep(finalizeStep(context), push(id), context);
  const tick = () => {
    s.clock.advance(60_000);
    return reconcile(context);
  };
  const on = (topic: string): readonly Message[] =>
    s.publisher.sent.filter((one) => one.topic === topic).map(({ message }) => message);
  const signedOf = (message: Message) => readEvent(message, law.eventKeys).signed;
  return { ...s, made, context, finalize, tick, on, signedOf };
};
