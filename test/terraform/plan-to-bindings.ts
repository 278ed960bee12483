import { mkdirSync, writeFileSync } from 'node:fs';
import { LAB_PLAN_FILE } from '#local/lab/plan-file.ts';
import { labPlan } from './lab-plan.ts';
import { collect, type Results } from './setup.ts';
import { subjectOf } from './subject.ts';
import { terraformVersion } from './terraform.ts';

/** The text of local/lab/generated/lab-plan.json: one thing a line, so that a change is seen as what it is. */
export const labPlanText = (results: Results): string => {
  const members = Object.entries(labPlan(subjectOf(results, 'lab'))).map(([name, value]) => {
    if (!Array.isArray(value))
      return `  ${JSON.stringify(name)}: ${JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')}`;
    return `  ${JSON.stringify(name)}: [\n${value.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`;
  });
  return `{\n${members.join(',\n')}\n}\n`;
};

/** `npx node test/terraform/plan-to-bindings.ts --write` after any change of rights, subscriptions or condition in terraform/. */
if (import.meta.main) {
  const version = terraformVersion();
  if (version === undefined) throw new Error('terraform is not installed');
  const text = labPlanText(await collect(version, ['lab']));
  if (process.argv.includes('--write')) {
    mkdirSync(new URL('.', LAB_PLAN_FILE), { recursive: true });
    writeFileSync(LAB_PLAN_FILE, text);
  } else console.log(text);
}
