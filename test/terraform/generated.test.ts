import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LAB_PLAN_FILE, readLabPlan } from '#local/lab/plan-file.ts';
import { between, generated, README } from './grants.ts';
import { labPlanText } from './plan-to-bindings.ts';
import { results, SKIPPED } from './results.ts';

describe.skipIf(results === undefined)(`what is generated from the plans${SKIPPED}`, () => {
  it('the table of grants in terraform/README.md is fresh', () => {
    if (results === undefined) return;
    expect(between(readFileSync(README, 'utf8')), 'run: npx node test/terraform/grants.ts --write').toBe(
      generated(results),
    );
  });

  it('local/lab/generated/lab-plan.json is fresh', () => {
    if (results === undefined) return;
    expect(readFileSync(LAB_PLAN_FILE, 'utf8'), 'run: npx node test/terraform/plan-to-bindings.ts --write').toBe(
      labPlanText(results),
    );
  });
});

it('local/lab/generated/lab-plan.json is what the local cloud can read', () => {
  const plan = readLabPlan();
  expect(plan.grants.length).toBeGreaterThan(0);
  expect(plan.coSignerGrants.length).toBeGreaterThan(0);
});
