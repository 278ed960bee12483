import type { Command } from 'commander';

/** Examples below the help of a command: what to type, and what it does. */
export const examples = (command: Command, lines: readonly (readonly [string, string])[]): Command => {
  const width = Math.max(...lines.map(([typed]) => typed.length));
  const text = lines.map(([typed, does]) => `  $ ${typed.padEnd(width)}   ${does}`);
  return command.addHelpText('after', ['', 'Examples:', ...text].join('\n'));
};
