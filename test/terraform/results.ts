import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { Plan } from './plan.ts';
import type { Results } from './setup.ts';

const file = inject('terraformResults');

/** Undefined where terraform is not installed: then only what needs no terraform can be tested. */
export const results: Results | undefined = file === '' ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as Results);

export const EXAMPLES = ['lab', 'split'] as const;
export type Example = (typeof EXAMPLES)[number];

/** The plan of an example: that of its first run that planned and passed. Throws with what terraform said where there is none. */
export const examplePlan = (given: Results, example: Example): Plan => {
  const checked = given.checked[`terraform/examples/${example}`];
  const plan = checked?.tests?.runs.find((run) => run.plan !== undefined && run.status === 'pass')?.plan;
  if (plan !== undefined) return plan;
  const said = [checked?.init, ...(checked?.validation ?? []), ...(checked?.tests?.runs.flatMap((run) => run.messages) ?? [])];
  throw new Error(`no plan of examples/${example}: ${said.filter(Boolean).join('; ')}`);
};
