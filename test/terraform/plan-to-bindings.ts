import { mkdirSync, writeFileSync } from 'node:fs';
import { planFile, SHAPES, type Shape } from '#local/lab/plan-file.ts';
import { labPlan } from './lab-plan.ts';
import { collect, type Results } from './setup.ts';
import { subjectOf } from './subject.ts';
import { terraformVersion } from './terraform.ts';

/** The text of local/lab/generated/<shape>-plan.json: one thing a line, so that a change is seen as what it is. */
export const planText = (results: Results, shape: Shape): string => {
  const members = Object.entries(labPlan(subjectOf(results, shape))).map(([name, value]) => {
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
  const results = await collect(version, [...SHAPES]);
  for (const shape of SHAPES) {
    const text = planText(results, shape);
    if (process.argv.includes('--write')) {
      mkdirSync(new URL('.', planFile(shape)), { recursive: true });
      writeFileSync(planFile(shape), text);
    } else console.log(text);
  }
}
