import { z } from 'zod';
import { ANSWERS } from './answers.ts';
import { LAW } from './law.ts';
import { OPERATE } from './operate.ts';
import { failure } from './parts.ts';
import { REQUESTS } from './requests.ts';

export const FAILURE = z.strictObject(failure);

/**
 * What each command prints with --json, by its name: the one place. The commands do not load it. Tests judge by it whatever a command prints,
 * and docs/json.md is made from it.
 */
export const RESULTS = { ...REQUESTS, ...ANSWERS, ...OPERATE, ...LAW };

export type ResultName = keyof typeof RESULTS;

/** What is wrong with it, each with its place; empty where nothing is. */
export const resultProblems = (name: ResultName, value: unknown): readonly string[] => {
  if (FAILURE.safeParse(value).success) return [];
  const shape: z.ZodType = RESULTS[name];
  const parsed = shape.safeParse(value);
  return parsed.success ? [] : problemsIn(parsed.error.issues);
};

/** Of several shapes, what is wrong with the one that comes nearest. */
const problemsIn = (issues: readonly z.core.$ZodIssue[]): readonly string[] =>
  issues.flatMap((issue) => {
    const at = issue.path.join('.');
    if (issue.code !== 'invalid_union') return [`${at}: ${issue.message}`];
    const nearest = issue.errors.map(problemsIn).sort((a, b) => a.length - b.length)[0] ?? [issue.message];
    return nearest.map((words) => (at === '' ? words : `${at}.${words}`));
  });
