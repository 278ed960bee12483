import type { Place } from '../../support/leaks/scan.ts';

/** What every command line of this test file was given and printed. */
const said: Place[] = [];

export const ranHere = (args: readonly string[], out: string, err: string): void => {
  const command = args.find((arg) => !arg.startsWith('-')) ?? 'keyturn';
  said.push({ where: `arguments of keyturn ${command}`, bytes: Buffer.from(args.join('\n')) });
  said.push({ where: `output of keyturn ${command}`, bytes: Buffer.from(`${out}\n${err}`) });
};

export const placesSaid = (): readonly Place[] => said;
