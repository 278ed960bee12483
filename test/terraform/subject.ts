import { readFileSync } from 'node:fs';
import type { Config } from '#schemas/config.ts';
import { parseConfigText } from '#schemas/config-text.ts';
import { LAB_PEOPLE, type People, SPLIT_PEOPLE } from './people.ts';
import type { Plan } from './plan.ts';
import type { Subject } from './policies/finding.ts';
import type { Results } from './setup.ts';
import { ROOT } from './used-types.ts';

export const EXAMPLES = ['lab', 'split'] as const;
export type Example = (typeof EXAMPLES)[number];

/** As it is shipped: a draft, whose wallet is made in the ceremony. */
export const exampleDraftText = (example: Example): string =>
  readFileSync(`${ROOT}terraform/examples/${example}/keyturn.json`, 'utf8');

/** The same after a ceremony: what the example's own tests plan. */
export const exampleConfigText = (example: Example): string =>
  readFileSync(`${ROOT}terraform/examples/${example}/tests/keyturn.json`, 'utf8');

export const exampleConfig = (example: Example): Config => parseConfigText(exampleConfigText(example));

/** The plan of an example: that of its first run that planned and passed. Throws with what terraform said where there is none. */
export const examplePlan = (given: Results, example: Example): Plan => {
  const checked = given.checked[`terraform/examples/${example}`];
  const plan = checked?.tests?.runs.find((run) => run.plan !== undefined && run.status === 'pass')?.plan;
  if (plan !== undefined) return plan;
  const said = [
    checked?.init,
    ...(checked?.validation ?? []),
    ...(checked?.tests?.messages ?? []),
    ...(checked?.tests?.runs.flatMap((run) => run.messages) ?? []),
  ];
  throw new Error(`no plan of examples/${example}: ${said.filter(Boolean).join('; ')}`);
};

const PEOPLE: Readonly<Record<Example, People>> = { lab: LAB_PEOPLE, split: SPLIT_PEOPLE };

export const subjectWith = (plan: Plan, example: Example): Subject => ({
  plan,
  config: exampleConfig(example),
  people: PEOPLE[example],
});

export const subjectOf = (given: Results, example: Example): Subject =>
  subjectWith(examplePlan(given, example), example);
