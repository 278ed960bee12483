import type { Config } from '#schemas/config.ts';
import type { Plan } from '../plan.ts';

/** What is judged: the plan of an example, and the keyturn.json that lies beside it. */
export interface Subject {
  readonly plan: Plan;
  readonly config: Config;
}

/** What is wrong, one line each: the address of the resource, and why. None: all is well. */
export type Policy = (subject: Subject) => readonly string[];
