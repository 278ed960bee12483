import type { Command } from 'commander';
import { type CliContext, optionOf } from '#cli/app/cli-context.ts';
import { readConfigFile } from '#cli/app/config-file.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold, warn } from '#cli/app/output.ts';
import { configFindings } from '#cli/doctor/check-config.ts';
import { descriptorFindings } from '#cli/doctor/check-descriptors.ts';
import { type Finding, ok, unchecked, wrong } from '#cli/doctor/finding.ts';
import { report } from '#cli/doctor/report.ts';
import { CASES_FILE, casesBeside, readCases } from '#cli/policy/cases-file.ts';
import { runCases } from '#cli/policy/run-cases.ts';
import { canonicalText, hashOf, type Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Law, parseConfig } from '#schemas/config.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';

export interface ConfigOptions {
  readonly law?: boolean;
  readonly operations?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Check keyturn.json, and print its law or its operations. Both are printed in the form that is hashed: RFC 8785 canonical JSON, without a newline at the end.',
    )
    .option('--law', 'print the canonical law; the image contains it, and every seal holds its hash')
    .option('--operations', "print the canonical operations: the work bucket's operations.json")
    .action(async (options: ConfigOptions) => {
      cli.exitCode = await run(cli, optionOf(command.optsWithGlobals(), 'config'), options);
    });
  examples(
    command
      .command('check')
      .summary('name what is risky, and run the cases of the policy')
      .description(
        `Check keyturn.json: name what is risky in it. Compare the descriptors beside it with those that it pins. Run the cases of ${CASES_FILE} where that lies beside it. No network.\nExit code 0: nothing is bad; 1: something is bad, or a case fails; 2: the command line is wrong.`,
      )
      .action(async () => {
        cli.exitCode = await check(cli, optionOf(command.optsWithGlobals(), 'config'));
      }),
    [['config check --config keyturn.json', 'before anybody accepts its law']],
  );
  examples(command, [
    ['config check --config keyturn.json', 'what is risky in it, and does its policy do what was meant?'],
    ['config --config keyturn.json', 'is it right, and what is the hash of its law?'],
    ['config --config keyturn.json --law | sha256sum', 'the same hash, by another tool'],
    ['config --config keyturn.json --operations', 'for the work bucket'],
  ]);
};

/** Cases that fail, one finding each. */
const caseFindings = async (path: string, law: Law): Promise<readonly Finding[]> => {
  const cases = await readCases(casesBeside(path));
  const area = 'cases';
  if (cases === undefined) return [{ area, ...unchecked(`there is no ${CASES_FILE} beside the configuration`) }];
  const results = runCases(cases, law);
  const failed = results.filter(({ problem }) => problem !== '');
  if (failed.length === 0)
    return [{ area, ...ok(`all ${results.length} cases of ${CASES_FILE} come out as expected`) }];
  return failed.map(({ one, problem }) => ({
    area,
    ...wrong(`${one.name}: ${problem}`, 'Correct the law, or the case.'),
  }));
};

export const check = async (
  { out, folder }: Pick<CliContext, 'out' | 'folder'>,
  given: string | undefined,
): Promise<number> => {
  const file = await readConfigFile(folder, given);
  const config = parseConfig({ law: file.law, operations: file.operations });
  const cases = await caseFindings(file.path, config.law);
  const descriptors = await descriptorFindings(file.path, config.law);
  return report(out, config.law.name, [...configFindings(config, file.lab), ...descriptors, ...cases]);
};

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

export const run = async (
  { out, folder }: Pick<CliContext, 'out' | 'folder'>,
  given: string | undefined,
  options: ConfigOptions,
): Promise<number> => {
  if (options.law === true && options.operations === true)
    throw new KeyturnError('USAGE', 'give --law or --operations, not both', { field: 'law' });
  const file = await readConfigFile(folder, given);
  const { law, lawHash } = parseConfig({ law: file.law, operations: file.operations });
  const [lawText, operationsText] = [canonicalText(asJson(file.law)), canonicalText(asJson(file.operations))];
  const text = options.law === true ? lawText : options.operations === true ? operationsText : undefined;
  const operationsHash = hashOf(asJson(file.operations));
  if (text !== undefined && !out.json) {
    await out.raw(text);
    // On standard error, so that what is piped on is exactly what was hashed.
    out.aside(`keyturn: sha256 ${options.law === true ? lawHash : operationsHash}`);
    return DONE;
  }
  out.rows([
    { label: 'config', lines: [file.path] },
    { label: 'deployment', lines: [bold(law.name)] },
    { label: 'law', lines: [lawHash] },
    { label: 'operations', lines: [operationsHash] },
    {
      label: 'register',
      lines: [
        law.register.lock === 'off'
          ? warn('LAB: not locked; the owner of its bucket could make a wallet sign twice')
          : `locked for at least ${law.register.retentionSeconds} s`,
      ],
    },
    {
      label: 'wallets',
      lines: law.wallets.map((one) => `${one.name} ${one.address}, ${one.threshold} of ${one.holders.length}`),
    },
    { label: 'buckets', lines: [Object.values(bucketsOf(law.name)).join(', ')] },
    { label: 'topics', lines: [Object.values(topicsOf(law.name)).join(', ')] },
  ]);
  out.result('config', {
    ok: true,
    path: file.path,
    name: law.name,
    lawHash,
    operationsHash,
    ...(options.law === true ? { law: file.law, canonical: lawText } : {}),
    ...(options.operations === true ? { operations: file.operations, canonical: operationsText } : {}),
    buckets: bucketsOf(law.name),
    topics: topicsOf(law.name),
  });
  return DONE;
};
