import type { CliContext } from '#cli/app/cli-context.ts';
import type { ConfigFile } from '#cli/app/config-file.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { warn } from '#cli/app/output.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Builder } from '../commands/build.ts';
import { writeContext } from './image-context.ts';
import { missingPrograms, type Runner } from './run-command.ts';
import type { Command, Step } from './step.ts';

export interface Tools {
  readonly runner: Runner;
  /** Whether a program is on this machine. */
  readonly has: (program: string) => boolean;
  /** dist/ of this project where it is newer than its sources. */
  readonly dist: () => Promise<string | undefined>;
  readonly builder: () => Promise<Builder>;
}

/** ms. Terraform ends what it has begun and unlocks its state: whoever pressed Ctrl-C waits for that, or presses it again. */
const COMMAND_LIMIT_MS = 600_000;

export type Performed = 'done' | 'not-ours' | 'failed';

const runLine = async (cli: CliContext, line: string, tools: Tools): Promise<boolean> => {
  const { out, signal } = cli;
  const before = cli.graceMs;
  out.aside(`$ ${line}`);
  cli.graceMs = COMMAND_LIMIT_MS;
  cli.left = `the command that ran was told to end: run ${cli.typed} deploy again; it checks what is done`;
  try {
    const code = await tools.runner(line, signal);
    goOn(signal);
    if (code !== 0) out.aside(`It ended with ${code}; nothing after it was run.`);
    return code === 0;
  } finally {
    cli.graceMs = before;
  }
};

const performOne = async (cli: CliContext, file: ConfigFile, command: Command, tools: Tools): Promise<boolean> => {
  const { out } = cli;
  switch (command.kind) {
    case 'run':
      return runLine(cli, command.line, tools);
    case 'write':
      out.aside(`writes: ${command.line}`);
      await command.write();
      return true;
    case 'build': {
      const { build, zip, dist } = await tools.builder();
      await out.during('building', build());
      await out.during('zipping', zip());
      out.aside(`built: ${writeContext(dist, file.law).folder}`);
      return true;
    }
    case 'tell':
      throw new KeyturnError('USAGE', `deploy does not do that: ${command.line}`);
    default:
      return command satisfies never;
  }
};

/** Does what is the operator's to do, one command after the other, and stops at the first that fails. */
export const perform = async (cli: CliContext, file: ConfigFile, step: Step, tools: Tools): Promise<Performed> => {
  const { out, signal } = cli;
  if (step.commands.length === 0 || step.commands.some(({ kind }) => kind === 'tell')) {
    out.line(warn(`Others must do this step: ${step.who.join(', ')}. Run deploy again when it is done.`));
    return 'not-ours';
  }
  const missing = missingPrograms(
    step.commands.flatMap(({ kind, line }) => (kind === 'run' ? [line] : [])),
    tools.has,
  );
  if (missing.length > 0) {
    for (const words of missing) out.aside(words);
    out.aside('Nothing was run. The commands above may also be run by hand, on a machine that has it.');
    return 'failed';
  }
  for (const command of step.commands) {
    goOn(signal);
    if (!(await performOne(cli, file, command, tools))) return 'failed';
  }
  return 'done';
};
