import type { Command } from 'commander';
import type { Clock } from '#core/ports.ts';
import type { Deployment, Role } from './deployment.ts';
import { principalOf } from './deployment.ts';
import type { Output } from './output.ts';
import type { Ports, Session } from './session.ts';
import { shellWord } from './shell.ts';

/** The process around a command, as `main` sets it up. A command sets `exitCode`; whatever it throws is told by `main`. */
export interface CliContext {
  readonly out: Output;
  readonly clock: Clock;
  /** Aborts on the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly folder: string;
  /** The program as a person who stands in `folder` types it. */
  readonly typed: string;
  readonly open: (config: string | undefined) => Promise<Deployment>;
  readonly connect: (deployment: Deployment, principal: string | undefined) => Promise<Ports>;
  readonly ask: (question: string, hidden?: 'hidden') => Promise<string | undefined>;
  readonly stdin: (limit: number) => Promise<Uint8Array>;
  readonly uuid: () => string;
  left: string;
  /** What it prints with --json is a stream of objects, which ends by Ctrl-C as it should. */
  streams?: boolean;
  /** ms that a command has, after an interrupt, to clean up. */
  graceMs: number;
  exitCode: number;
}

/** A text option out of what commander collected. */
export const optionOf = (options: unknown, name: string): string | undefined => {
  const value = typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
  return typeof value === 'string' ? value : undefined;
};

/** Opens the deployment that the options of `command` name, runs the command in it as `role` unless --as says otherwise, and closes. */
export const inSession = async (
  cli: CliContext,
  command: Command,
  role: Role,
  run: (session: Session) => Promise<number>,
): Promise<void> => {
  const options: unknown = command.optsWithGlobals();
  const config = optionOf(options, 'config');
  const deployment = await cli.open(config);
  const me = principalOf(deployment, optionOf(options, 'as'), role);
  // Whoever stands deep in a project should know which lab this is. A program finds it in status --json.
  if (deployment.isAbove === true && !cli.out.json) cli.out.aside(`keyturn: the lab of ${deployment.path}`);
  const ports = await cli.connect(deployment, me);
  try {
    cli.exitCode = await run({
      deployment,
      ports,
      out: cli.out,
      clock: cli.clock,
      signal: cli.signal,
      me,
      commandLine: (rest) => `${cli.typed} ${rest}${config === undefined ? '' : ` --config ${shellWord(config)}`}`,
      ask: cli.ask,
      stdin: cli.stdin,
      uuid: cli.uuid,
      leave: (words, what) => {
        cli.left = words;
        cli.streams = what === 'stream';
      },
    });
  } finally {
    await ports.close();
  }
};
