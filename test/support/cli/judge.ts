import { FAILURE, RESULTS, type ResultName, resultProblems } from '#cli/json/results.ts';

/** Results that were seen to be as documented, in this process. */
export const judged = new Set<string>();

/** Throws where what a command prints with --json is not of the shape that docs/json.md gives it. */
export const judge = (name: ResultName | 'failure', text: string): void => {
  const value: unknown = JSON.parse(text);
  const problems =
    name === 'failure' ? (FAILURE.safeParse(value).success ? [] : ['is no failure']) : resultProblems(name, value);
  if (problems.length > 0) throw new Error(`${name} --json is not as documented: ${problems.join('; ')}\n${text}`);
  judged.add(name);
};

const isResult = (name: string): name is ResultName => Object.hasOwn(RESULTS, name);

/** The same of a whole command line. */
export const judgeLine = (args: readonly string[], text: string): void => {
  const words = args.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  const names = words.flatMap((word, n) => [`${word} ${words[n + 1] ?? ''}`, word]);
  const same: Readonly<Record<string, ResultName>> = { cancel: 'request', 'wallet import': 'wallet create' };
  const found = names.map((name) => same[name] ?? name).find(isResult);
  if (found !== undefined) judge(found, text);
};
