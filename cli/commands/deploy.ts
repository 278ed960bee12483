import { resolve } from 'node:path';
import type { Command } from 'commander';
import { KeyturnError } from '#schemas/codes.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { type ConfigFile, readConfigFile } from '../config-file.ts';
import { type Runner, runInShell } from '../deploy/run-command.ts';
import { BUILD, nextOf, type Situation, type State, type Step, stepsOf } from '../deploy/steps.ts';
import { deploymentOf } from '../deployment.ts';
import { DONE, FAILED } from '../failure.ts';
import { examples } from '../help.ts';
import { contextWith, writeContext } from '../image-context.ts';
import { goOn } from '../interrupt.ts';
import { bold, dim, good, type Span, warn } from '../output.ts';
import { checkedConfig, configToLook, draftNames } from '../wallet-draft.ts';
import { optionOf, type World } from '../world.ts';
import { type Builder, realBuilder } from './build.ts';

export interface DeployOptions {
  readonly terraform?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const define = (command: Command, world: World): void => {
  command
    .description(
      'Walk through a deployment: looks at what is done, shows what is next, and stops where somebody else must act. Nothing is remembered: run it again whenever something has changed.',
    )
    .option('--terraform <folder>', 'where your root module is', 'terraform')
    .option('--dry-run', 'print the whole plan with its commands')
    .option('--yes', 'run the commands of the next step here (terraform still asks before it changes anything)')
    .action(async (options: DeployOptions) => {
      world.exitCode = await run(world, optionOf(command.optsWithGlobals(), 'config'), options, realTools);
    });
  examples(command, [
    ['keyturn deploy --config keyturn.json --dry-run', 'all steps with their commands'],
    ['keyturn deploy --config keyturn.json', 'what is done, and what is next'],
    ['keyturn deploy --config keyturn.json --yes', 'and do it, as far as it is the operator’s to do'],
  ]);
};

export interface Tools {
  readonly runner: Runner;
  /** dist/ of this project where it is newer than its sources. */
  readonly dist: () => Promise<string | undefined>;
  readonly builder: () => Promise<Builder>;
}

const realTools: Tools = {
  runner: runInShell,
  dist: async () => {
    const { DIST, isBuilt } = await import('../../build.ts');
    return isBuilt() ? DIST : undefined;
  },
  builder: realBuilder,
};

const MARKS: Readonly<Record<State, Span>> = { done: good('done'), todo: warn('todo'), unknown: dim('?   ') };

/** The configuration as far as it is whole: wallets whose keys are still to be made are left out; undefined where no other is left. */
const wholeOf = (file: ConfigFile, drafts: readonly string[]): Config | undefined => {
  const { wallets } = file.law;
  if (!Array.isArray(wallets) || wallets.length === 0) return undefined;
  if (drafts.length === 0) return parseConfig({ law: file.law, operations: file.operations });
  return Array.isArray(wallets) && wallets.length > drafts.length
    ? checkedConfig(file.law, file.operations)
    : undefined;
};

export const run = async (
  world: World,
  given: string | undefined,
  options: DeployOptions,
  tools: Tools,
): Promise<number> => {
  const { out, folder, clock } = world;
  if (options.dryRun === true && options.yes === true)
    throw new KeyturnError('USAGE', '--dry-run prints, --yes runs: give one of them', { field: 'yes' });
  const file = await readConfigFile(folder, given);
  if (file.lab) return inLab(world, file);
  const drafts = draftNames(file);
  const config = wholeOf(file, drafts);
  const deployment = deploymentOf(file.path, config ?? configToLook(file));
  const ports = world.connect(deployment, undefined);
  try {
    const at = await tools.dist();
    const situation: Situation = {
      file: file.path,
      terraform: resolve(folder, options.terraform ?? 'terraform'),
      config,
      drafts,
      deployment,
      ports,
      context: at === undefined || config === undefined || drafts.length > 0 ? undefined : contextWith(at, file.law),
      now: clock.now(),
    };
    const steps = await out.during('looking', stepsOf(situation));
    const next = nextOf(steps);
    show(world, steps, next, options.dryRun === true);
    const code = next === undefined || options.yes !== true ? DONE : await perform(world, file, next, tools);
    result(world, file.path, steps, next, code);
    return code;
  } finally {
    await ports.close();
  }
};

const commandLines = ({ commands }: Step) => commands.map(({ line }) => ['     ', bold(line)]);

const show = ({ out }: World, steps: readonly Step[], next: Step | undefined, all: boolean): void => {
  for (const [i, step] of steps.entries()) {
    out.line([`${i + 1}. `, MARKS[step.state], `  ${step.name}: ${step.seen}`]);
    if (all) out.lines(commandLines(step));
  }
  if (all) return;
  out.line();
  if (next === undefined) {
    out.line([good('All is done.'), ' Check it: keyturn doctor']);
    return;
  }
  out.line([bold('Next'), `, by ${next.who.join(', ')}: ${next.name}`]);
  out.lines(commandLines(next));
};

/** Runs what is the operator's to run, one command after the other, and stops at the first that fails. */
const perform = async (world: World, file: ConfigFile, step: Step, tools: Tools): Promise<number> => {
  const { out, signal } = world;
  if (step.name === BUILD) {
    const { build, zip, dist } = await tools.builder();
    await out.during('building', build());
    await out.during('zipping', zip());
    out.line(`built: ${writeContext(dist, file.law).folder}`);
    return DONE;
  }
  const mine = step.commands.filter(({ run: may }) => may);
  if (mine.length === 0 || mine.length < step.commands.length) {
    out.line(warn('This is not for deploy to run. Come back when it is done.'));
    return DONE;
  }
  for (const { line } of mine) {
    goOn(signal);
    out.aside(`$ ${line}`);
    const code = await tools.runner(line, signal);
    goOn(signal);
    if (code !== 0) {
      out.line(warn(`It ended with ${code}; nothing after it was run.`));
      return FAILED;
    }
  }
  out.line('Run keyturn deploy again to see what is next.');
  return DONE;
};

const result = ({ out }: World, config: string, steps: readonly Step[], next: Step | undefined, code: number): void =>
  out.result({
    ok: code === DONE,
    ...(code === DONE
      ? {}
      : { code: 'UNAVAILABLE', field: '', message: `a command of "${next?.name}" failed`, advice: '' }),
    config,
    steps: steps.map(({ name, state, seen, who, commands }) => ({
      name,
      state,
      seen,
      who,
      commands: commands.map(({ line }) => line),
    })),
    next: next?.name ?? null,
  });

/** A lab does all of this itself when it starts. */
const inLab = ({ out }: World, file: ConfigFile): number => {
  const { law } = parseConfig({ law: file.law, operations: file.operations });
  const there = 'buckets, topics, keys, identity pools, wallet, image, functions';
  out.line([good('done'), `  all of it: keyturn dev made ${there} of ${law.name} when it started`]);
  out.line('Name a keyturn.json with --config to deploy to Google Cloud. Check this lab: keyturn doctor');
  out.result({ ok: true, lab: true, config: file.path, steps: [], next: null });
  return DONE;
};
