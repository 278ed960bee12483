import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import { realClock } from '#adapters/clock.ts';
import { KeyturnError } from '#schemas/codes.ts';
import about from '../../package.json' with { type: 'json' };
import type { CliContext } from './cli-context.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { DONE, failureOf, tell, USAGE } from './failure.ts';
import { DEFAULT_CONFIG } from './find-lab.ts';
import { examples } from './help.ts';
import { Interrupted, watchInterrupts } from './interrupt.ts';
import { Output, USUAL_COLUMNS } from './output.ts';
import { askHiddenOn, askOn, readAll } from './prompt.ts';
import { typedIn } from './typed.ts';

/** The program with the names of all commands; the options of one are added when it is about to run. */
const programOf = (
  cli: CliContext,
  entries: readonly CommandEntry[],
  write: { out: (text: string) => void; err: (text: string) => void },
) => {
  const program = new Command(cli.typed)
    .description(about.description)
    .version(about.version)
    .option(
      '--config <path>',
      `keyturn.json of a deployment, or dev.json of a lab (default: ${DEFAULT_CONFIG}, here or in the nearest folder above)`,
    )
    .option('--as <name>', 'who you are: a co-signer; in a lab also dapp, finance or operator')
    .option('--json', 'print one JSON object and nothing else')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: write.out, writeErr: write.err })
    .showHelpAfterError('(add --help for usage)')
    .exitOverride();
  for (const { name, summary } of entries) program.command(name).summary(summary).description(summary);
  program.hook('preSubcommand', async (_, command) => {
    const module = await entries.find(({ name }) => name === command.name())?.load();
    module?.define(command, cli);
  });
  return examples(program, [
    ['request --wallet treasury --to 0x… --value "0.5 ether"', 'ask for a transaction'],
    ['pending --as alice', 'what waits for Alice'],
    ['show 3f2a91bc', 'read one request in words'],
    ['approve 3f2a91bc --as alice', 'approve exactly that one'],
    ['status 3f2a91bc', 'what became of it'],
  ]);
};

const noCommand = ({ typed }: CliContext) => new KeyturnError('USAGE', `give a command; ${typed} --help lists them`);

/** Runs one command line and gives the exit code: 0 done, 1 refused or failed, 2 usage. */
export const run = async (
  args: readonly string[],
  cli: CliContext,
  write: { out: (text: string) => void; err: (text: string) => void },
  entries: readonly CommandEntry[] = COMMANDS,
): Promise<number> => {
  try {
    if (args.length === 0) throw noCommand(cli);
    // `help show` is `show --help`: by then its options are loaded.
    const [first, topic] = args;
    const asked = first === 'help' && topic !== undefined && !topic.startsWith('-') ? [topic, '--help'] : args;
    await programOf(cli, entries, write).parseAsync([...asked], { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    // What fails after Ctrl-C fails because of it: children get the signal too.
    if (error instanceof Interrupted || cli.signal.aborted) throw new Interrupted();
    if (!(error instanceof CommanderError)) return tell(cli.out, failureOf(error));
    if (error.exitCode === 0) return DONE;
    // People have been told by commander already.
    if (cli.out.json)
      tell(
        cli.out,
        failureOf(
          error.code === 'commander.help'
            ? noCommand(cli)
            : new KeyturnError('USAGE', error.message.replace(/^error: /, '')),
        ),
      );
    return USAGE;
  }
};

const graceOf = (ms: number): Promise<'late'> =>
  new Promise((resolve) => {
    setTimeout(() => resolve('late'), ms).unref();
  });

/** The whole process: signals, streams, exit code. Never returns. */
export const start = async (): Promise<void> => {
  const args = process.argv.slice(2);
  const json = args.includes('--json');
  const { stdout, stderr, stdin } = process;
  const interrupts = watchInterrupts(process);
  const { signal } = interrupts;
  // Whoever reads us has gone (`receipts | head`): nothing more can be said. After a signal the terminal itself may be gone, and things are
  // still to be put away.
  stdout.on('error', () => {
    if (!signal.aborted) process.exit(DONE);
  });
  stderr.on('error', () => {});
  const out = new Output({
    stdout,
    stderr,
    json,
    paint: (format, text) => styleText(format, text, { stream: stdout }),
    watched: stderr.isTTY === true,
    terminalColumns: () => (stdout.isTTY ? stdout.columns : undefined),
    pipeColumns: USUAL_COLUMNS,
  });
  const cli: CliContext = {
    out,
    clock: realClock,
    signal,
    folder: process.cwd(),
    typed: typedIn(process.cwd()),
    // Neither --help nor --version needs a deployment, nor what parses one.
    open: async (config) => (await import('./deployment.ts')).loadDeployment(config, process.cwd()),
    connect: async (deployment, principal) => (await import('./connect.ts')).connect(deployment, principal),
    ask: (question, hidden) =>
      hidden === undefined
        ? askOn(stdin, stderr, question, signal)
        : askHiddenOn(stdin, stderr, question, { signal, interrupted: () => process.kill(process.pid, 'SIGINT') }),
    stdin: (limit) => readAll(stdin, limit),
    uuid: randomUUID,
    left: '',
    graceMs: 300,
    exitCode: DONE,
  };
  const write = { out: (text: string) => stdout.write(text), err: (text: string) => !json && stderr.write(text) };
  const aborted = new Promise<'late'>((resolve) => {
    signal.addEventListener('abort', () => void graceOf(cli.graceMs).then(resolve), { once: true });
  });
  const ended = await Promise.race([
    run(args, cli, write).catch((error: unknown): 'late' => {
      if (error instanceof Interrupted) return 'late';
      throw error;
    }),
    aborted,
  ]);
  if (ended === 'late') {
    const message = cli.left === '' ? 'interrupted; nothing was changed' : `interrupted; ${cli.left}`;
    if (json && cli.streams !== true)
      out.result('failure', { ok: false, code: 'INTERRUPTED', field: '', message, advice: '' });
    else if (!json) out.aside(`keyturn: ${message}`);
  }
  await out.raw('').catch(() => {});
  process.exit(ended === 'late' ? interrupts.code() : ended);
};
