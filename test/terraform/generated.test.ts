import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planFile, readLabPlan, SHAPES } from '#local/lab/plan-file.ts';
import { between, generated, README } from './grants.ts';
import { planText } from './plan-to-bindings.ts';
import { results, SKIPPED } from './results.ts';

describe.skipIf(results === undefined)(`what is generated from the plans${SKIPPED}`, () => {
  it('the table of grants in terraform/README.md is fresh', () => {
    if (results === undefined) return;
    expect(between(readFileSync(README, 'utf8')), 'run: npx node test/terraform/grants.ts --write').toBe(
      generated(results),
    );
  });

  it.each(SHAPES)('local/lab/generated/%s-plan.json is fresh', (shape) => {
    if (results === undefined) return;
    expect(readFileSync(planFile(shape), 'utf8'), 'run: npx node test/terraform/plan-to-bindings.ts --write').toBe(
      planText(results, shape),
    );
  });
});

it.each(SHAPES)('local/lab/generated/%s-plan.json is what the local cloud can read', (shape) => {
  const plan = readLabPlan(shape);
  expect(plan.grants.length).toBeGreaterThan(0);
  expect(plan.coSignerGrants.length).toBeGreaterThan(0);
});
