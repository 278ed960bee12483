import type { Command } from 'commander';
import { type CliContext, optionOf } from '#cli/app/cli-context.ts';
import { readConfigFile } from '#cli/app/config-file.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold, warn } from '#cli/app/output.ts';
import { canonicalText, hashOf, type Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseConfig } from '#schemas/config.ts';
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
  examples(command, [
    ['config --config keyturn.json', 'is it right, and what is the hash of its law?'],
    ['config --config keyturn.json --law | sha256sum', 'the same hash, by another tool'],
    ['config --config keyturn.json --operations', 'for the work bucket'],
  ]);
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
  out.result({
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
