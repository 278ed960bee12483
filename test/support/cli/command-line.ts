import type { CliContext } from '#cli/app/cli-context.ts';
import type { CommandEntry } from '#cli/app/commands.ts';
import type { Deployment } from '#cli/app/deployment.ts';
import { DONE } from '#cli/app/failure.ts';
import { run } from '#cli/app/main.ts';
import { Output } from '#cli/app/output.ts';
import type { Ports } from '#cli/app/session.ts';
import type { Clock } from '#core/ports.ts';
import { judge } from './judge.ts';
import { type CliHarness, requestOf, Sheet, stageOf } from './people.ts';

/** What is otherwise than in `people.ts`. */
export interface Over {
  readonly clock?: Clock;
  readonly open?: () => Promise<Deployment>;
  readonly ports?: Partial<Ports>;
  /** Before the line is run. */
  readonly begin?: (stage: CliHarness) => void;
}

/**
 * One line as a person types it, run by the real program on ports of memory. ID stands for the id of one accepted request. `args`: as one text
 * where no word has a blank.
 */
export const lineOf = async (args: string | readonly string[], entries?: readonly CommandEntry[], over: Over = {}) => {
  const stage = stageOf(over.ports === undefined ? {} : { ports: over.ports });
  over.begin?.(stage);
  const id = stage.accept(requestOf());
  const [stdout, stderr] = [new Sheet(), new Sheet()];
  const given = (typeof args === 'string' ? args.split(' ') : args).filter(
    (word) => word !== '' || typeof args !== 'string',
  );
  const json = given.includes('--json');
  const opened: (string | undefined)[] = [];
  const connected: (string | undefined)[] = [];
  let closed = 0;
  const world: CliContext = {
    ...stage.session,
    out: new Output({ stdout, stderr, json, paint: (_, text) => text, watched: false, judge }),
    // No file can be made there, whoever runs this.
    folder: '/dev/null/none',
    typed: './keyturn',
    clock: over.clock ?? stage.clock,
    open: async (config) => {
      opened.push(config);
      return over.open?.() ?? stage.session.deployment;
    },
    connect: async (_, principal) => {
      connected.push(principal);
      return { ...stage.session.ports, close: async () => void closed++ };
    },
    left: '',
    graceMs: 0,
    exitCode: DONE,
  };
  const write = { out: (text: string) => stdout.write(text), err: (text: string) => !json && stderr.write(text) };
  const words = given.map((word) => (word === 'ID' ? id : word));
  const code = await run(words, world, write, entries);
  return { code, stdout: stdout.text, stderr: stderr.text, opened, connected, closed, id };
};
