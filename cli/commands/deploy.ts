import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, optionOf } from '#cli/app/cli-context.ts';
import { type ConfigFile, readConfigFile } from '#cli/app/config-file.ts';
import { deploymentOf } from '#cli/app/deployment.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bold, dim, good, type Span, warn } from '#cli/app/output.ts';
import { shellWord } from '#cli/app/shell.ts';
import { contextWith } from '#cli/deploy/image-context.ts';
import { checkedConfig, draftNames, standInConfig } from '#cli/wallet/wallet-draft.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { perform, type Tools } from '../deploy/perform.ts';
import { isInstalled, shellRunner } from '../deploy/run-command.ts';
import type { State, Step } from '../deploy/step.ts';
import { nextOf, stepsOf } from '../deploy/steps.ts';
import { hasModule } from '../deploy/tfvars.ts';
import { realBuilder } from './build.ts';

export type { Tools } from '../deploy/perform.ts';

export interface DeployOptions {
  readonly terraform?: string;
  readonly pastUnseen?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Walk through a deployment. Checks what is done, shows what is next, and stops where another person must act. It keeps no state: run it again when something has changed.\nExit code 0: shown, or the operator’s part is done; 1: something failed; 2: usage.',
    )
    .option('--terraform <folder>', 'your root module (default: the folder of keyturn.json, if *.tf lie there)')
    .option('--dry-run', 'print the whole plan with its commands')
    .option('--yes', 'do the next steps, until others must act (terraform still asks before it changes anything)')
    .option('--past-unseen', 'treat steps you cannot see as done, because the others confirmed them')
    .action(async (options: DeployOptions) => {
      cli.exitCode = await run(cli, optionOf(command.optsWithGlobals(), 'config'), options, toolsFor(cli));
    });
  examples(command, [
    ['deploy --config keyturn.json --dry-run', 'all steps with their commands'],
    ['deploy --config keyturn.json', 'what is done, and what is next'],
    ['deploy --config keyturn.json --yes', 'do the operator’s part of it'],
  ]);
};

const toolsFor = ({ out }: CliContext): Tools => ({
  runner: shellRunner(out.json),
  has: (program) => isInstalled(program),
  dist: async () => {
    const { DIST, isBuilt } = await import('../../build/build.ts');
    return isBuilt() ? DIST : undefined;
  },
  builder: realBuilder,
});

const MARKS: Readonly<Record<State, Span>> = { done: good('done'), todo: warn('todo'), unknown: dim('?   ') };

/** The configuration as far as it is whole: wallets whose keys are still to be made are left out. Undefined where no other is left. */
const wholeOf = (file: ConfigFile, drafts: readonly string[]): Config | undefined => {
  const { wallets } = file.law;
  if (!Array.isArray(wallets) || wallets.length === 0) return undefined;
  if (drafts.length === 0) return parseConfig({ law: file.law, operations: file.operations });
  return Array.isArray(wallets) && wallets.length > drafts.length
    ? checkedConfig(file.law, file.operations)
    : undefined;
};

/** The root module. Throws USAGE: the one in terraform/ of this project takes no provider and no people, and applies to nothing. */
const moduleFolder = (folder: string, given: string | undefined, config: string): string => {
  const at = given === undefined ? dirname(config) : resolve(folder, given);
  if (hasModule(at)) return at;
  throw new KeyturnError(
    'USAGE',
    given === undefined
      ? `--terraform must be given: no *.tf beside ${config}. Begin with a copy of terraform/examples/lab or split.`
      : `--terraform: there is no *.tf in ${at}. Begin with a copy of terraform/examples/lab or split.`,
    { field: 'terraform' },
  );
};

const LOGIN = 'gcloud auth application-default login';

const isAnonymous = (steps: readonly Step[]): boolean =>
  steps.some(({ state, seen }) => state === 'unknown' && seen.startsWith('UNAUTHENTICATED:'));

/** Reads the configuration anew and looks at everything. */
const look = async (cli: CliContext, given: string | undefined, options: DeployOptions, tools: Tools) => {
  const { out, folder, clock, typed } = cli;
  const file = await readConfigFile(folder, given);
  const drafts = draftNames(file);
  const config = wholeOf(file, drafts);
  const deployment = deploymentOf(file.path, config ?? standInConfig(file));
  const terraform = moduleFolder(folder, options.terraform, file.path);
  const ports = await cli.connect(deployment, undefined);
  try {
    const at = await tools.dist();
    const context =
      at === undefined || config === undefined || drafts.length > 0 ? undefined : contextWith(at, file.law);
    const situation = { typed, file, terraform, config, drafts, deployment, ports, context, now: clock.now() };
    const steps = await out.during('looking', stepsOf(situation));
    return { file, steps, next: nextOf(steps, options.pastUnseen === true) };
  } finally {
    await ports.close();
  }
};

export const run = async (
  cli: CliContext,
  given: string | undefined,
  options: DeployOptions,
  tools: Tools,
): Promise<number> => {
  if (options.dryRun === true && options.yes === true)
    throw new KeyturnError('USAGE', '--dry-run prints, --yes runs: give one of them', { field: 'yes' });
  const file = await readConfigFile(cli.folder, given);
  if (file.lab) return inLab(cli, file);
  let before: string | undefined;
  for (;;) {
    const seen = await look(cli, given, options, tools);
    const { steps, next } = seen;
    show(cli, seen, options.dryRun === true);
    if (isAnonymous(steps)) {
      cli.out.aside(`You are not logged in, so little could be seen: ${LOGIN}`);
      if (options.yes === true) throw new KeyturnError('UNAUTHENTICATED', `log in first: ${LOGIN}`);
    }
    if (next === undefined || options.yes !== true) return result(cli, seen, '');
    // What was run without an effect that can be seen would be run for ever.
    if (next.name === before) {
      cli.out.aside(`"${next.name}" was run, and is still not done: ${next.seen}`);
      return result(cli, seen, `"${next.name}" was run, and is still not done`);
    }
    goOn(cli.signal);
    const performed = await perform(cli, seen.file, next, tools);
    if (performed === 'failed') return result(cli, seen, `a command of "${next.name}" failed, or could not be run`);
    if (performed === 'not-ours') return result(cli, seen, '');
    before = next.name;
  }
};

const commandLines = ({ commands }: Step) => commands.map(({ line }) => ['     ', bold(line)]);

interface Seen {
  readonly file: ConfigFile;
  readonly steps: readonly Step[];
  readonly next: Step | undefined;
}

const show = ({ out, typed }: CliContext, { file, steps, next }: Seen, all: boolean): void => {
  for (const [i, step] of steps.entries()) {
    out.line([`${i + 1}. `, MARKS[step.state], `  ${step.name}: ${step.seen}`]);
    if (all) out.lines(commandLines(step));
  }
  if (all) return;
  out.line();
  if (next === undefined) {
    out.line([good('All is done.'), ` Check it: ${typed} doctor --config ${shellWord(file.path)}`]);
    return;
  }
  out.line([bold('Next'), `, by ${next.who.join(', ')}: ${next.name}`]);
  out.lines(commandLines(next));
};

const result = ({ out, typed }: CliContext, { file, steps, next }: Seen, failed: string): number => {
  out.result('deploy', {
    ok: failed === '',
    ...(failed === '' ? {} : { code: 'UNAVAILABLE', field: '', message: failed, advice: `Run ${typed} deploy again.` }),
    config: file.path,
    steps: steps.map(({ name, state, seen, who, commands }) => ({
      name,
      state,
      seen,
      who,
      commands: commands.map(({ line }) => line),
    })),
    next: next?.name ?? null,
  });
  return failed === '' ? DONE : FAILED;
};

/** A lab does all of this itself when it starts. */
const inLab = ({ out, typed }: CliContext, file: ConfigFile): number => {
  const { law } = parseConfig({ law: file.law, operations: file.operations });
  const there = 'buckets, topics, keys, identity pools, wallet, image, functions';
  out.line([good('done'), `  all of it: dev made ${there} of ${law.name} when it started`]);
  out.line(`Name a keyturn.json with --config to deploy to Google Cloud. Check this lab: ${typed} doctor`);
  out.result('deploy', { ok: true, lab: true, config: file.path, steps: [], next: null });
  return DONE;
};
