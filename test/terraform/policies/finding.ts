import type { Config } from '#schemas/config.ts';
import type { People } from '../people.ts';
import type { Plan } from '../plan.ts';

/** What is judged: the plan of an example, the keyturn.json that lies beside it, and the people that it was planned for. */
export interface Subject {
  readonly plan: Plan;
  readonly config: Config;
  readonly people: People;
}

/** What is wrong, one line each: the address of the resource, and why. None: all is well. */
export type Policy = (subject: Subject) => readonly string[];
