import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, optionOf } from '#cli/app/cli-context.ts';
import { readConfigFile } from '#cli/app/config-file.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, good, type Row } from '#cli/app/output.ts';
import {
  compareCommands,
  digestInMetadata,
  type ImageContext,
  imageCommands,
  imageNameOf,
  METADATA,
  writeContext,
} from '#cli/deploy/image-context.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseConfig } from '#schemas/config.ts';
import { isInstalled, missingPrograms, type Runner, shellRunner } from '../deploy/run-command.ts';

/** The builder at the root of the project, which brings esbuild with it: loaded only to build. */
export interface Builder {
  readonly dist: string;
  build(): Promise<void>;
  zip(): Promise<readonly { readonly name: string; readonly file: string; readonly object: string }[]>;
}

export const realBuilder = async (): Promise<Builder> => {
  const [{ buildAll, DIST, FUNCTIONS }, { zipFunctions }] = await Promise.all([
    import('../../build/build.ts'),
    import('../../build/zip.ts'),
  ]);
  return { dist: DIST, build: () => buildAll(), zip: () => zipFunctions(DIST, FUNCTIONS) };
};

export interface BuildOptions {
  readonly compare?: string;
}

export interface BuildTools {
  readonly builder: () => Promise<Builder>;
  readonly runner: Runner;
  readonly has: (program: string) => boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Make what is deployed, in dist/. Makes a zip of each function: the same sources always give the same bytes. With --config it also makes the context of the workload image. The context holds the law of that deployment.',
    )
    .option(
      '--compare <digest>',
      'build the image here too and push nothing; say whether it has that digest, before you accept it',
    )
    .action(async (options: BuildOptions) => {
      const config = optionOf(command.optsWithGlobals(), 'config');
      const tools = { builder: realBuilder, runner: shellRunner(cli.out.json), has: isInstalled };
      cli.exitCode = await run(cli, config, options, tools);
    });
  examples(command, [
    ['build', 'the functions, which hold no configuration'],
    ['build --config keyturn.json', 'also the image context; prints how to push it'],
    ['build --config keyturn.json --compare sha256:…', 'as a co-signer: is that image made of these sources?'],
  ]);
};

export const run = async (
  cli: Pick<CliContext, 'out' | 'folder' | 'signal'>,
  given: string | undefined,
  options: BuildOptions,
  tools: BuildTools,
): Promise<number> => {
  const { out, folder } = cli;
  const { compare } = options;
  if (compare !== undefined && !/^sha256:[0-9a-f]{64}$/.test(compare))
    throw new KeyturnError('USAGE', '--compare: must be sha256: and 64 hex digits', { field: 'compare' });
  if (compare !== undefined && given === undefined)
    throw new KeyturnError('USAGE', '--compare needs --config: the law is part of the image', { field: 'config' });
  const file = given === undefined ? undefined : await readConfigFile(folder, given);
  // All problems of a configuration before the minute that building takes.
  const config = file === undefined ? undefined : parseConfig({ law: file.law, operations: file.operations });
  const { dist, build, zip } = await tools.builder();
  await out.during('building', build());
  const zips = await out.during('zipping', zip());
  const context: ImageContext | undefined = file === undefined ? undefined : writeContext(dist, file.law);
  if (compare !== undefined && context !== undefined) return compared(cli, context, compare, tools);
  const repository = config === undefined ? undefined : imageNameOf(config.operations.image).repository;
  const commands = context === undefined || repository === undefined ? [] : imageCommands(context, repository);
  const rows: Row[] = zips.map((one) => ({ label: one.name, lines: [one.file] }));
  out.line([good('built'), ` ${zips.length} functions`]);
  out.rows([
    ...rows,
    ...(context === undefined ? [] : [{ label: 'image', lines: [context.folder, `tag ${context.tag}`] }]),
  ]);
  if (config === undefined) out.line('No image context: its law is that of a deployment, named with --config.');
  else {
    out.line(`The law in it: ${config.lawHash}`);
    out.line('Push it, and put the digest that the last line prints into operations.image:');
    out.lines(commands.map((one) => ['  ', bold(one)]));
  }
  out.result('build', {
    ok: true,
    functions: zips,
    image: context ?? null,
    lawHash: config?.lawHash ?? null,
    commands,
  });
  return DONE;
};

/** What a co-signer accepts is what the co-signer built: anything else would be the word of whoever asks. */
const compared = async (
  { out, signal }: Pick<CliContext, 'out' | 'signal'>,
  context: ImageContext,
  digest: string,
  { runner, has }: BuildTools,
): Promise<number> => {
  const into = mkdtempSync(join(tmpdir(), 'keyturn-compare-'));
  try {
    const commands = compareCommands(context, into);
    const missing = missingPrograms(commands, has);
    if (missing.length > 0) throw new KeyturnError('NOT_FOUND', missing.join('\n'), { field: 'compare' });
    for (const line of commands) {
      out.aside(`$ ${line}`);
      const code = await runner(line, signal);
      goOn(signal);
      if (code !== 0) throw new KeyturnError('UNAVAILABLE', `docker ended with ${code}: nothing was compared`);
    }
    const built = digestInMetadata(readFileSync(join(into, METADATA), 'utf8'));
    const same = built === digest;
    out.line(
      same
        ? [good('the same image'), `: ${digest} is made of these sources and this law`]
        : [bad('ANOTHER IMAGE'), `: these sources and this law make ${built}. Do not accept ${digest}.`],
    );
    out.result('build', {
      ok: same,
      ...(same ? {} : { code: 'CONFIG', field: 'compare', message: 'another image', advice: 'Do not accept it.' }),
      wanted: digest,
      built,
      image: context,
    });
    return same ? DONE : FAILED;
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
};
