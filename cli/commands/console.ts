import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { examples } from '#cli/app/help.ts';
import type { Session } from '#cli/app/session.ts';
import { parseCount } from '#cli/app/units.ts';
import { readPage } from '#cli/console/files.ts';
import { runConsole } from '#cli/console/run-console.ts';

export interface ConsoleCommandOptions {
  readonly port?: string;
  readonly share?: string;
  readonly subscription?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Serve one page on this machine: what waits, each request in words, receipts, wallets and their health. A co-signer approves and rejects there.\nIt prints a link that works once. Open it in a browser of this machine; nobody else is answered.\nYour share never enters the browser. This process reads it from --share, or asks here each time that you approve.',
    )
    .option('--port <n>', 'port on 127.0.0.1 (default: one that is free)')
    .option('--share <file>', 'your share (in a lab: the share file of --as); without it you are asked here')
    .option(
      '--subscription <name>',
      'look at once when an event comes to this subscription of yours, which is read and acknowledged',
    )
    .action((options: ConsoleCommandOptions) =>
      // Nobody's answers are guessed: without --as one only looks on.
      inSession(cli, command, 'finance', (session) => run(session, options)),
    );
  examples(command, [
    ['console --as alice', 'in a lab: see, approve and reject as Alice'],
    ['console', 'to look on: what waits, receipts, wallets'],
    ['console --config keyturn.json --as alice --share alice.share', 'in a deployment'],
    ['console --config keyturn.json --as alice', 'the same, and the share is asked for here'],
  ]);
};

export const run = async (session: Session, { port, share, subscription }: ConsoleCommandOptions): Promise<never> => {
  const number = port === undefined ? 0 : parseCount(port, '--port', 65_535);
  const { DIST, ensureBuilt } = await import('../../build/build.ts');
  await session.out.during('building the page', ensureBuilt());
  const files = await readPage(`${DIST}/console`);
  return runConsole(session, { port: number, share, subscription, files });
};
