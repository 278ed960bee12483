import type { Command } from 'commander';

/** The name of the whole program, as it was typed. */
const programName = (command: Command): string =>
  command.parent === null ? command.name() : programName(command.parent);

/**
 * Examples below the help of a command. Each is what to type after the program's name, and what it does. One that begins with `npm` is
 * shown whole.
 */
export const examples = (command: Command, lines: readonly (readonly [string, string])[]): Command =>
  command.addHelpText('after', () => {
    const program = programName(command);
    const typed = lines.map(([text]) => (text.startsWith('npm ') ? text : `${program} ${text}`));
    const width = Math.max(...typed.map((text) => text.length));
    const text = lines.map(([, does], i) => `  $ ${(typed[i] ?? '').padEnd(width)}   ${does}`);
    return ['', 'Examples:', ...text].join('\n');
  });
