import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LabLaw } from '#local/lab/config.ts';
import type { Shape } from '#local/lab/plan-file.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { configValue } from '#schemas/config-text.ts';
import { policy } from '#schemas/policy.ts';

const usage = (message: string, cause?: unknown): KeyturnError =>
  new KeyturnError('USAGE', `--policy: ${message}`, { field: 'policy', cause });

const valueIn = (path: string): unknown => {
  try {
    return configValue(readFileSync(path, 'utf8'), path);
  } catch (cause) {
    throw usage(isKeyturnError(cause) ? cause.message : `${path} cannot be read`, cause);
  }
};

/**
 * The policy of a file, as it stands there: an object as `policy` of a wallet in a law. Undefined where none is named. Throws USAGE with every
 * problem, and where the law is not the lab's own.
 */
export const policyIn = (folder: string, file: string | undefined, shape: Shape): unknown => {
  if (file === undefined) return undefined;
  if (shape !== 'lab') throw usage(`--shape ${shape} has a law of its own: leave out one of the two`);
  const path = resolve(folder, file);
  const value = valueIn(path);
  const parsed = policy.safeParse(value);
  if (parsed.success) return value;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw usage([`${path} is no policy of a wallet`, ...problems].join('\n'));
};

/** The law of a lab with this policy for every wallet. */
export const lawWithPolicy =
  (given: unknown) =>
  (usual: LabLaw): unknown => ({ ...usual, wallets: usual.wallets.map((wallet) => ({ ...wallet, policy: given })) });
