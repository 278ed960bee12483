/** One command of keyturn's in a page, as a shell would split it. Variables stand as `value`. */
export interface Line {
  readonly args: readonly string[];
  /** Printed to be run, rather than named in a sentence. */
  readonly whole: boolean;
}

const fences = (page: string): readonly string[] =>
  [...page.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, text = '']) => text);

/** Commands in a shell text: continued lines joined, comments gone, pipes and lists taken apart, quotes kept. */
const commandsIn = (text: string): readonly string[] =>
  text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const parts: string[] = [''];
      let quote = '';
      for (const [at, character] of [...line].entries()) {
        if (quote === '' && character === '#' && /^$|\s/.test(line[at - 1] ?? '')) break;
        if (quote === '' && '|;&'.includes(character)) {
          parts.push('');
          continue;
        }
        if (character === quote) quote = '';
        else if (quote === '' && (character === '"' || character === "'")) quote = character;
        parts.push(`${parts.pop()}${character}`);
      }
      return parts.map((part) => part.trim()).filter((part) => part !== '');
    });

const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replaceAll(/["']/g, '').replaceAll(/\$\w+/g, 'value'),
  );

const KEYTURN = /^\.\/keyturn /;
/** A call of keyturn, whatever way it is written. */
const CALL = /^(?:\S+=\S* +)*(?:(?:npx|npm|exec|sudo|node)\s.*?)?(?:\S*\/)?keyturn(?:\.js)?\s+\S/;

const spansOf = (page: string): readonly string[] =>
  [...page.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\n', ' ').trim(),
  );

/** Calls of keyturn that cannot be pasted in the root of the checkout, or that ask the public registry. */
export const badCallsOf = (page: string): readonly string[] =>
  [...fences(page).flatMap(commandsIn), ...spansOf(page).flatMap(commandsIn)].filter(
    (command) => CALL.test(command) && !KEYTURN.test(command),
  );

/** Every command of keyturn's in a page: in blocks of shell, and between backticks in sentences. */
export const linesOf = (page: string): readonly Line[] => {
  const spans = spansOf(page);
  const line = (command: string, whole: boolean): Line => ({
    args: wordsOf(command.replace(KEYTURN, '')),
    whole: whole || / (-|<|")/.test(command),
  });
  return [
    ...fences(page)
      .flatMap(commandsIn)
      .filter((command) => KEYTURN.test(command))
      .map((command) => line(command, true)),
    ...spans.filter((span) => KEYTURN.test(span)).map((span) => line(span, false)),
  ];
};

/** The lines of a page's shell blocks that call a program. */
export const callsOf = (page: string, program: string): readonly string[] =>
  fences(page)
    .flatMap((text) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .filter((line) => line.trim().startsWith(`${program} `));
