import { Argument, type Command } from 'commander';
import type { CliContext } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { printable } from '#cli/app/output.ts';
import { WRAPPER } from '#cli/app/typed.ts';
import { candidatesFor } from '#cli/completion/candidates.ts';
import { lineOf } from '#cli/completion/place.ts';
import { completionScript, SHELLS, type Shell } from '#cli/completion/script.ts';

/** ms in which ids are looked up. */
const DEADLINE_MS = 1500;

export const define = (command: Command, cli: CliContext): void => {
  command
    .description('Complete command lines in your shell, ids of open requests too. Prints what the shell must read.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => printScript(cli, shell));
  command
    .command('reply', { hidden: true })
    .description('What the script asks for at each tab.')
    .argument('[words...]', 'the words of the line as far as the cursor, after the name of the program')
    .action((words: readonly string[]) => reply(command, cli, words));
  examples(command, [
    ['completion bash > ~/.keyturn-completion', 'then, in ~/.bashrc: source ~/.keyturn-completion'],
    ['completion zsh > ~/.keyturn-completion', 'then, in ~/.zshrc after compinit: source ~/.keyturn-completion'],
  ]);
};

const printScript = async (cli: CliContext, shell: Shell): Promise<void> => {
  const script = completionScript(shell, WRAPPER);
  if (cli.out.json) cli.out.result('completion', { ok: true, shell, script });
  else await cli.out.raw(script);
  cli.exitCode = DONE;
};

/** One line for each candidate, before them whether files fit. Never an error: nobody asked for anything yet. */
const reply = async (command: Command, cli: CliContext, words: readonly string[]): Promise<void> => {
  const { COMMANDS } = await import('#cli/app/commands.ts');
  const { parent } = command;
  if (parent === null) return;
  const loaded = new Set<Command>([command]);
  const load = async (one: Command): Promise<void> => {
    const entry = one.parent === parent ? COMMANDS.find(({ name }) => name === one.name()) : undefined;
    if (entry === undefined || loaded.has(one)) return;
    loaded.add(one);
    (await entry.load()).define(one, cli);
  };
  const { files, found } = await candidatesFor(cli, await lineOf(parent, words, load), DEADLINE_MS);
  const lines = found.map(({ value, about }) => `${printable(value)}\t${printable(about.replaceAll('\n', ' '))}\n`);
  await cli.out.raw([files ? 'file\n' : 'words\n', ...lines].join(''));
  cli.exitCode = DONE;
};
