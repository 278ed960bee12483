import type { Command, Option } from 'commander';

/** What may stand at the cursor. `prefix`: what each candidate begins with beside itself, as `--wallet=`. */
export type Place =
  | { readonly kind: 'command' | 'option'; readonly command: Command }
  | { readonly kind: 'value'; readonly option: Option; readonly prefix: string }
  | { readonly kind: 'argument'; readonly name: string; readonly choices: readonly string[] };

/** A line as far as the cursor. */
export interface Line {
  readonly place: Place;
  /** What is typed of the word at the cursor. */
  readonly begun: string;
  /** Options that stand before it, by their long names. */
  readonly given: ReadonlyMap<string, string>;
}

/** bash breaks words at `=`, and hands over words as they are typed. Quotes and backslashes go; nothing is ever expanded. */
const joined = (words: readonly string[]): readonly string[] => {
  const whole: string[] = [];
  for (const [n, word] of words.entries()) {
    const before = whole.at(-1) ?? '';
    const afterEquals = words[n - 1] === '=' && before.startsWith('--') && before.endsWith('=');
    if (word === '=' && /^--[a-z-]+$/.test(before)) whole[whole.length - 1] = `${before}=`;
    else if (afterEquals) whole[whole.length - 1] = `${before}${word}`;
    else whole.push(word);
  }
  return whole.map((word) => /^(['"])(.*?)\1?$/.exec(word)?.[2] ?? word.replace(/\\(.)/g, '$1'));
};

const optionNamed = (command: Command, name: string): Option | undefined =>
  command.options.find(({ long }) => long === name) ??
  (command.parent && optionNamed(command.parent, name)) ??
  undefined;

const takesValue = (option: Option | undefined): option is Option =>
  option !== undefined && (option.required || option.optional);

const lastPlace = (command: Command, operands: number, begun: string): Place => {
  const [, name = '', value] = /^(--[a-z-]+)(=.*)?$/s.exec(begun) ?? [];
  const option = optionNamed(command, name);
  if (value !== undefined && takesValue(option)) return { kind: 'value', option, prefix: `${name}=` };
  if (begun.startsWith('-')) return { kind: 'option', command };
  const visible = command.createHelp().visibleCommands(command);
  if (operands === 0 && visible.some((one) => one.name() !== 'help')) return { kind: 'command', command };
  const all = command.registeredArguments;
  const last = all.at(-1);
  const argument = all[operands] ?? (last?.variadic === true ? last : undefined);
  return { kind: 'argument', name: argument?.name() ?? '', choices: argument?.argChoices ?? [] };
};

/** Where the cursor is. `words`: after the program's name, the one at the cursor last. `load`: defines a command before it is looked into. */
export const lineOf = async (
  program: Command,
  words: readonly string[],
  load: (command: Command) => Promise<void>,
): Promise<Line> => {
  const all = joined(words);
  const begun = all.at(-1) ?? '';
  const given = new Map<string, string>();
  let command = program;
  let operands = 0;
  let waiting: Option | undefined;
  for (const word of all.slice(0, -1)) {
    if (waiting !== undefined) {
      given.set(waiting.long ?? '', word);
      waiting = undefined;
      continue;
    }
    const [, name, , value] = /^(--[a-z-]+)(=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined) {
      const option = optionNamed(command, name);
      if (!takesValue(option)) continue;
      if (value === undefined) waiting = option;
      else given.set(name, value);
      continue;
    }
    const inner = operands === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (inner === undefined) operands += 1;
    else {
      await load(inner);
      command = inner;
    }
  }
  if (waiting !== undefined) return { place: { kind: 'value', option: waiting, prefix: '' }, begun, given };
  const place = lastPlace(command, operands, begun);
  // bash replaces only what stands behind the equals sign.
  const isBroken = place.kind === 'value' && words.slice(-2).includes('=');
  return isBroken
    ? { place: { ...place, prefix: '' }, begun: begun.slice(place.prefix.length), given }
    : { place, begun, given };
};
