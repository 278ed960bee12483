import { CODE, DECISION } from '#adapters/telemetry/semconv.ts';
import { active } from '#adapters/telemetry/telemetry.ts';
import type { Decision, Waiting } from '#core/decision.ts';
import type { Clock, Log, LogFields } from '#core/ports.ts';
import type { PushMessage } from './push.ts';

/** One step of the pipeline. Only `load`, `commit`, `refuse` and `wait` touch the world; `decide` is pure. */
export interface Step<Input, State, Act, Refusal> {
  readonly name: string;
  /** Undefined: not for this step, acknowledged. Throws MALFORMED. */
  readonly parse: (message: PushMessage) => Input | undefined;
  /** What a log line says of the input. */
  readonly about: (input: Input) => LogFields;
  readonly load: (input: Input) => Promise<State>;
  readonly decide: (input: Input, state: State, now: number) => Decision<Act, Refusal>;
  /** Creates the facts, then announces them. */
  readonly commit: (input: Input, state: State, act: Act, now: number) => Promise<void>;
  readonly refuse: (input: Input, refusal: Refusal) => Promise<void>;
  readonly wait: (input: Input, state: State, now: number, decision: Waiting) => Promise<void>;
}

/**
 * The one place that turns a decision into commit, announcements and acknowledgement. Returning acknowledges; only a fault throws, and
 * Pub/Sub then delivers again. A wait acknowledges too: the open mark says when reconcile tries again.
 */
export const runStep = async <Input, State, Act, Refusal>(
  step: Step<Input, State, Act, Refusal>,
  message: PushMessage,
  ports: { clock: Clock; log: Log; concerns?: (id: string) => void },
): Promise<void> => {
  const input = step.parse(message);
  if (input === undefined) {
    ports.log.info(`${step.name}.ignore`, { reason: 'not for this step', messageId: message.messageId });
    return;
  }
  const about = step.about(input);
  if (typeof about.id === 'string' && about.id !== '') ports.concerns?.(about.id);
  const state = await step.load(input);
  const now = ports.clock.now();
  const decision = step.decide(input, state, now);
  active()?.span.setAttributes({
    [DECISION]: decision.kind,
    ...('code' in decision && decision.code !== undefined ? { [CODE]: decision.code } : {}),
  });
  switch (decision.kind) {
    case 'act':
      await step.commit(input, state, decision.act, now);
      ports.log.info(`${step.name}.act`, about);
      return;
    case 'ignore':
      ports.log.info(`${step.name}.ignore`, { ...about, code: decision.code, reason: decision.reason });
      return;
    case 'refuse':
      await step.refuse(input, decision.refusal);
      return;
    case 'wait':
      await step.wait(input, state, now, decision);
      ports.log.info(`${step.name}.wait`, { ...about, code: decision.code, reason: decision.reason });
      return;
    default:
      decision satisfies never;
  }
};

export const nothing = async (): Promise<void> => {};
