import { grantsOf } from './grants-of.ts';
import type { Subject } from './policies/finding.ts';
import { customRoles, PROJECT_GRANTS } from './policies/iam.ts';
import { vocabularyOf } from './vocabulary.ts';

interface Row {
  readonly on: string;
  readonly may: string;
  readonly who: readonly string[];
  readonly when: string;
}

/** `{a}` of names that are too long for a table: the condition in short, with the deployment's own names left as they are. */
const inShort = (condition: string | undefined): string =>
  condition === undefined
    ? ''
    : `\`${condition.replaceAll(/projects\/_\/buckets\/[^/"]+\/objects\//g, '…/').replaceAll('|', '\\|')}\``;

/** Every grant of a plan, those that differ in nothing but the member on one line. */
export const rowsOf = (subject: Subject): readonly Row[] => {
  const words = vocabularyOf(subject);
  const custom = customRoles(subject.plan);
  const rows = new Map<string, { row: Omit<Row, 'who'>; who: Set<string> }>();
  for (const grant of grantsOf(subject.plan)) {
    const permissions = custom.get(grant.role);
    const may = permissions === undefined ? grant.role : [...permissions].sort().join(', ');
    const row = { on: words.what(grant), may: `\`${may}\``, when: inShort(grant.condition) };
    const key = JSON.stringify(row);
    const known = rows.get(key) ?? { row, who: new Set<string>() };
    known.who.add(words.who(grant.member));
    rows.set(key, known);
  }
  return [...rows.values()]
    .map(({ row, who }) => ({ ...row, who: [...who].sort() }))
    .sort((a, b) => a.on.localeCompare(b.on) || a.may.localeCompare(b.may) || a.when.localeCompare(b.when));
};

const WHY_CUSTOM: readonly (readonly [RegExp, string])[] = [
  [/compute\.instances\.create/, 'a VM that is not there yet cannot carry the right to make it'],
  [/compute\.instances\.delete/, 'VMs come and go: the condition keeps the right to those of turns'],
  [/compute\.instances\.list/, 'a list is asked of the project, not of an instance'],
];

const reasonOf = ({ may }: Row): string => {
  const role = may.replaceAll('`', '');
  return PROJECT_GRANTS[role] ?? WHY_CUSTOM.find(([pattern]) => pattern.test(role))?.[1] ?? '';
};

const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What stands in terraform/README.md between the marks of the generated part. */
export const grantsText = (title: string, subject: Subject): string => {
  const rows = rowsOf(subject);
  const own = rows.filter(({ on }) => !on.startsWith('project'));
  const wide = rows.filter(({ on }) => on.startsWith('project'));
  return [
    `### ${title}`,
    table(
      ['on', 'may', 'who', 'only'],
      own.map(({ on, may, who, when }) => [on, may, who.join(', '), when]),
    ),
    'On a whole project, because nothing smaller can carry them:',
    table(
      ['on', 'may', 'who', 'only', 'why'],
      wide.map((row) => [row.on, row.may, row.who.join(', '), row.when, reasonOf(row)]),
    ),
  ].join('\n\n');
};
