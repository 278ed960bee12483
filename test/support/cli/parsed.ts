import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { CliContext } from '#cli/app/cli-context.ts';
import { COMMANDS } from '#cli/app/commands.ts';
import { DONE } from '#cli/app/failure.ts';
import { run } from '#cli/app/main.ts';
import { stageOf } from './people.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Parsed {
  readonly code: number;
  readonly said: string;
  readonly help: string;
  readonly command: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the real program makes of a command line, up to the moment at which it would begin. */
export const parsed = async (args: readonly string[]): Promise<Parsed> => {
  const { session } = stageOf();
  const { out, clock, signal, ask, stdin, uuid } = session;
  const nothing = () => {
    throw new Error('a command began');
  };
  const cli: CliContext = {
    out,
    clock,
    signal,
    folder: ROOT,
    typed: './keyturn',
    open: nothing,
    connect: nothing,
    ask,
    stdin,
    uuid,
    left: '',
    graceMs: 0,
    exitCode: DONE,
  };
  let found: Pick<Parsed, 'command' | 'options'> = { command: '', options: {} };
  const listen = (command: Command): void => {
    for (const inner of command.commands) listen(inner);
    // A group by itself runs nothing, unless it has options of its own, as config has.
    if (command.commands.length > 0 && command.options.length === 0) return;
    command.action(() => {
      found = { command: command.name(), options: command.optsWithGlobals() };
    });
  };
  const entries = COMMANDS.map((entry) => ({
    ...entry,
    load: async () => {
      const { define } = await entry.load();
      return {
        define: (command: Command, given: CliContext) => {
          define(command, given);
          listen(command);
        },
      };
    },
  }));
  let said = '';
  let help = '';
  const write = {
    out: (more: string) => {
      help += more;
    },
    err: (more: string) => {
      said += more;
    },
  };
  const code = await run(args, cli, write, entries);
  return { code, said, help, ...found };
};
