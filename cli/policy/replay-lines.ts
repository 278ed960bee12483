import { bad, bold, dim, type Line, warn } from '#cli/app/output.ts';
import { verdictText } from './explain-lines.ts';
import type { Change, Judged, Replayed } from './replay.ts';

/** A request that could not be replayed, and why. */
export interface Unread {
  readonly id: string;
  readonly why: string;
}

const judgedText = (judged: Judged): string =>
  judged.kind === 'no wallet' ? 'the law has no such wallet' : verdictText(judged);

/** "this one" and "these 4", as the subject of a sentence. */
const subject = (count: number): string => (count === 1 ? 'This one' : `These ${count}`);

const afterText = ({ after, window }: Replayed): string =>
  window === undefined ? judgedText(after) : `${judgedText(after)}; no room in window ${window} when it was sealed`;

const approvalsOf = (judged: Judged): number => (judged.kind === 'allowed' ? judged.approvals : 0);

const headOf = (change: Change, [first, ...more]: readonly [Replayed, ...Replayed[]]): string => {
  const who = subject(1 + more.length);
  switch (change) {
    case 'refused':
      return `${who} would be refused:`;
    case 'refused otherwise':
      return `${who} would be refused for another reason:`;
    case 'waits':
      return `${who} would have waited for room in a window:`;
    case 'allowed':
      return `${who} would now be allowed:`;
    case 'other approvals':
      return `${who} would now need ${approvalsOf(first.after)} ${approvalsOf(first.after) === 1 ? 'approval' : 'approvals'}:`;
    case 'other rule':
      return `${who} would be allowed by another rule:`;
    case 'not judged':
      return `${who} could not be judged under both laws:`;
    case 'same':
      return `${who} would not change:`;
    default:
      return change satisfies never;
  }
};

/** Worst first. Of approvals, each number by itself. */
const ORDER: readonly Change[] = [
  'refused',
  'not judged',
  'waits',
  'other approvals',
  'allowed',
  'other rule',
  'refused otherwise',
];

const groupsOf = (all: readonly Replayed[]): readonly (readonly [Change, readonly [Replayed, ...Replayed[]]])[] =>
  ORDER.flatMap((change) => {
    const groups = new Map<number, [Replayed, ...Replayed[]]>();
    for (const one of all) {
      if (one.change !== change) continue;
      const key = change === 'other approvals' ? approvalsOf(one.after) : 0;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
    return [...groups.values()].map((group) => [change, group] as const);
  });

export const isChanged = ({ change }: Replayed): boolean => change !== 'same';

export const replayLines = (
  all: readonly Replayed[],
  unread: readonly Unread[],
  asks: (one: Replayed) => string,
): readonly Line[] => {
  const same = all.filter((one) => !isChanged(one)).length;
  return [
    ...groupsOf(all).flatMap(([change, group]): readonly Line[] => [
      bold(headOf(change, group)),
      ...group.flatMap((one): readonly Line[] => [
        `  ${one.id}  ${one.wallet}: ${asks(one)}`,
        dim(`    before: ${judgedText(one.before)}`),
        one.change === 'refused' ? bad(`    after:  ${judgedText(one.after)}`) : `    after:  ${afterText(one)}`,
      ]),
    ]),
    ...(unread.length === 0 ? [] : [warn(`${subject(unread.length)} could not be read:`)]),
    ...unread.map(({ id, why }) => `  ${id}  ${why}`),
    `${all.length + unread.length} ${all.length + unread.length === 1 ? 'request' : 'requests'}, ${same} would not change`,
  ];
};

export const replayJson = (all: readonly Replayed[], unread: readonly Unread[]) => ({
  requests: all.map(({ id, wallet, change, before, after, window }) => ({
    ...{ id, wallet, change, before, after },
    window: window ?? null,
  })),
  unread,
  changed: all.filter(isChanged).length,
});
