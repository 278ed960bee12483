import { readFileSync, writeFileSync } from 'node:fs';
import type { Subject } from './policies/finding.ts';
import type { Results } from './setup.ts';
import { collect } from './setup.ts';
import { EXAMPLES, type Example, subjectOf } from './subject.ts';
import { grantsText } from './table.ts';
import { terraformVersion } from './terraform.ts';
import { ROOT } from './used-types.ts';

/** The table of grants in terraform/README.md: `npx node test/terraform/grants.ts --write` makes it from the plans of the examples. */
export const README = `${ROOT}terraform/README.md`;
const BEGIN = '<!-- BEGIN grants -->';
const END = '<!-- END grants -->';

export const generatedFrom = (subjects: Readonly<Record<Example, Subject>>): string =>
  EXAMPLES.map((example) => grantsText(`examples/${example}`, subjects[example])).join('\n\n');

export const generated = (results: Results): string =>
  generatedFrom({ lab: subjectOf(results, 'lab'), split: subjectOf(results, 'split') });

/** The text between the marks. Throws where they do not stand once each, in order. */
export const between = (readme: string): string => {
  const [before, rest, ...more] = readme.split(BEGIN);
  const [inner, after, ...others] = (rest ?? '').split(END);
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`terraform/README.md must have ${BEGIN} and ${END}, once each`);
  return (inner ?? '').trim();
};

/** The README with another text between the marks. */
export const renewed = (readme: string, text: string): string => {
  const [head = '', tail = ''] = [readme.split(BEGIN)[0], readme.split(END)[1]];
  return `${head}${BEGIN}\n\n${text}\n\n${END}${tail}`;
};

const main = async (write: boolean): Promise<void> => {
  const version = terraformVersion();
  if (version === undefined) throw new Error('terraform is not installed');
  const text = generated(await collect(version, EXAMPLES));
  if (!write) {
    console.log(text);
    return;
  }
  const readme = readFileSync(README, 'utf8');
  const old = between(readme);
  writeFileSync(README, renewed(readme, text));
  console.log(old === text ? 'unchanged' : 'written');
};

if (import.meta.main) await main(process.argv.includes('--write'));
