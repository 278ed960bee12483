import type { Command } from 'commander';
import type { Clock } from '#core/ports.ts';
import type { Deployment, Role } from './deployment.ts';
import { principalOf } from './deployment.ts';
import type { Output } from './output.ts';
import type { Ports, Session } from './session.ts';
import { shellWord } from './shell.ts';

/** The process around a command, as `main` sets it up. A command sets `exitCode`; whatever it throws is told by `main`. */
export interface World {
  readonly out: Output;
  readonly clock: Clock;
  /** Aborts on the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly folder: string;
  /** The program as a person who stands in `folder` types it. */
  readonly typed: string;
  readonly open: (config: string | undefined) => Promise<Deployment>;
  readonly connect: (deployment: Deployment, principal: string | undefined) => Ports;
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly stdin: (limit: number) => Promise<Uint8Array>;
  readonly uuid: () => string;
  left: string;
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
  world: World,
  command: Command,
  role: Role,
  run: (session: Session) => Promise<number>,
): Promise<void> => {
  const options: unknown = command.optsWithGlobals();
  const config = optionOf(options, 'config');
  const deployment = await world.open(config);
  const me = principalOf(deployment, optionOf(options, 'as'), role);
  const ports = world.connect(deployment, me);
  try {
    world.exitCode = await run({
      deployment,
      ports,
      out: world.out,
      clock: world.clock,
      signal: world.signal,
      me,
      commandLine: (rest) => `${world.typed} ${rest}${config === undefined ? '' : ` --config ${shellWord(config)}`}`,
      ask: world.ask,
      stdin: world.stdin,
      uuid: world.uuid,
      leave: (words) => {
        world.left = words;
      },
    });
  } finally {
    await ports.close();
  }
};
