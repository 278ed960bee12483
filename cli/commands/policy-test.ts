import { resolve } from 'node:path';
import type { CliContext } from '#cli/app/cli-context.ts';
import { readConfigFile } from '#cli/app/config-file.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { casesBeside, readCases } from '#cli/policy/cases-file.ts';
import { caseLines, casesJson, failedIn, runCases } from '#cli/policy/run-cases.ts';
import { readLawFile } from '#cli/request/read-request-file.ts';
import { KeyturnError } from '#schemas/codes.ts';

export interface CasesOptions {
  readonly law?: string;
  readonly config?: string | undefined;
}

/** Runs the cases of `given`, or of the file beside the law. */
export const testPolicy = async (
  { out, folder }: Pick<CliContext, 'out' | 'folder'>,
  given: string | undefined,
  { law: lawFile, config }: CasesOptions,
): Promise<number> => {
  const { law, lawHash } = await readLawFile(folder, lawFile, config);
  const lawPath = lawFile === undefined ? (await readConfigFile(folder, config)).path : resolve(folder, lawFile);
  const path = given === undefined ? casesBeside(lawPath) : resolve(folder, given);
  const cases = await readCases(path);
  if (cases === undefined)
    throw new KeyturnError('NOT_FOUND', `there is no ${path}: docs/formats.md has its form`, { field: 'cases' });
  const results = runCases(cases, law);
  out.line(path);
  out.lines(caseLines(results));
  const ok = failedIn(results) === 0;
  out.result('policy test', { ok, path, lawHash, ...casesJson(results) });
  return ok ? DONE : FAILED;
};
