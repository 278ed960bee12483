import { z } from 'zod';
import { type Plan, planOf, testPlanSchema } from './plan.ts';

const diagnosticSchema = z.object({
  severity: z.enum(['error', 'warning']),
  summary: z.string(),
  detail: z.string().default(''),
  range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).optional(),
});

const lineSchema = z.object({
  type: z.string(),
  '@testfile': z.string().optional(),
  '@testrun': z.string().optional(),
  test_run: z.object({ progress: z.string(), status: z.string().optional() }).optional(),
  test_plan: testPlanSchema.optional(),
  diagnostic: diagnosticSchema.optional(),
});

/** One `run` block of a test file. */
export interface TestRun {
  readonly file: string;
  readonly run: string;
  readonly status: string;
  readonly messages: readonly string[];
  /** Where the run planned the folder's own configuration and passed. */
  readonly plan: Plan | undefined;
}

export interface TestReport {
  readonly runs: readonly TestRun[];
  /** Diagnostics that belong to no run. */
  readonly messages: readonly string[];
}

const sentence = ({ severity, summary, detail, range }: z.infer<typeof diagnosticSchema>): string =>
  `${severity}: ${range === undefined ? '' : `${range.filename}:${range.start.line}: `}${summary}${detail === '' ? '' : `: ${detail.replaceAll(/\s+/g, ' ')}`}`;

/** The diagnostics of `terraform validate -json`, one line each. */
export const validationMessages = (stdout: string): readonly string[] =>
  z
    .object({ diagnostics: z.array(diagnosticSchema) })
    .parse(JSON.parse(stdout))
    .diagnostics.map(sentence);

/** The lines of `terraform test -json -verbose`. */
export const testReport = (stdout: string): TestReport => {
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
  const of = (file: string | undefined, run: string | undefined) =>
    lines.filter((line) => line['@testfile'] === file && line['@testrun'] === run);
  const said = (some: typeof lines) =>
    some.flatMap(({ diagnostic }) => (diagnostic === undefined ? [] : [sentence(diagnostic)]));
  const runs = lines.flatMap((line): TestRun[] => {
    const [file, run, status] = [line['@testfile'], line['@testrun'], line.test_run?.status];
    if (line.test_run?.progress !== 'complete' || file === undefined || run === undefined) return [];
    const own = of(file, run);
    const plan = own.find(({ test_plan: found }) => found !== undefined)?.test_plan;
    return [{ file, run, status: status ?? 'unknown', messages: said(own), plan: plan && planOf(plan) }];
  });
  return { runs, messages: said(lines.filter((line) => line['@testrun'] === undefined)) };
};
