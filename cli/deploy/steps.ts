import { eventKeys } from './event-key-step.ts';
import { coSigners, foundation, register, secrets, wallets } from './ground-steps.ts';
import { acceptance, admit, admitRegister, build, nameIt, push } from './image-steps.ts';
import { OPERATOR, type Situation, type Step } from './step.ts';

/** In the order in which they must happen, as in terraform/README.md. Each is looked at: nothing is remembered. */
export const stepsOf = async (at: Situation): Promise<readonly Step[]> =>
  Promise.all([
    coSigners(at),
    foundation(at),
    register(at),
    secrets(at),
    ...eventKeys(at),
    wallets(at),
    build(at),
    push(at),
    nameIt(at),
    admit(at),
    admitRegister(at),
    acceptance(at),
  ]);

/**
 * What is next: the first that is not done. A step that cannot be seen does not stop a person who is past it. With `trusting`, it does not
 * stop one whom the others told that it is done. Steps of the operator must be seen by the operator.
 */
export const nextOf = (steps: readonly Step[], trusting = false): Step | undefined => {
  const last = steps.findLastIndex(({ state, proves }) => state === 'done' && proves === true);
  const told = ({ who }: Step) => trusting && who !== OPERATOR;
  return steps.find((step, i) => step.state === 'todo' || (step.state === 'unknown' && !told(step) && i > last));
};
