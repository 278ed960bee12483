import type { QueueRow } from '#cli/console/api.ts';
import type { Model } from './model.ts';

const ANSWERS: Readonly<Record<string, { readonly words: string; readonly tone: string; readonly mark: string }>> = {
  approved: { words: 'approved', tone: 'good', mark: '✓' },
  unverified: { words: 'approved, says a function: unverified', tone: 'caution', mark: '?' },
  rejected: { words: 'rejected', tone: 'danger', mark: '✕' },
  bad: { words: 'uploaded a share that does not count', tone: 'danger', mark: '!' },
  initiator: { words: 'asked for it, so the share does not count', tone: 'caution', mark: '–' },
  none: { words: 'has not answered', tone: 'quiet', mark: '·' },
  hidden: { words: 'not visible to you', tone: 'quiet', mark: '·' },
};

export const answerOf = (answer: string): { readonly words: string; readonly tone: string; readonly mark: string } =>
  ANSWERS[answer] ?? { words: answer, tone: 'quiet', mark: '?' };

/** What this reader has to do with it, in a word; undefined where that is nothing. */
export const mineWords = ({
  mine,
  stage,
}: Pick<QueueRow, 'mine' | 'stage'>): { text: string; tone: string } | undefined => {
  if (mine === null) return undefined;
  if (mine === 'none' && (stage === 'accepted' || stage === 'approved'))
    return { text: 'your answer is missing', tone: 'todo' };
  if (mine === 'none') return undefined;
  const { words, tone } = answerOf(mine);
  return { text: `you: ${words}`, tone };
};

/** What a reader must know of what they see: that it may be old. */
export const connectionWords = ({
  link,
  cloud,
}: Pick<Model, 'link' | 'cloud'>): { text: string; at: string } | undefined => {
  if (link.kind === 'lost')
    return {
      text: 'The console’s process does not answer. What you see may be old, and nothing can be answered. Trying again. Lost at',
      at: new Date(link.at).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  if (cloud.kind === 'down')
    return {
      text: `The cloud does not answer (${cloud.code}). What you see may be old, and nothing can be answered. Trying again. Down since`,
      at: cloud.at,
    };
  return undefined;
};

/** What stands in the tab. */
export const titleOf = ({ route, session, queue }: Pick<Model, 'route' | 'session' | 'queue'>): string => {
  const name = session.kind === 'open' ? ` · ${session.about.name}` : '';
  switch (route.view) {
    case 'queue':
      return `${queue.value === undefined ? 'Open requests' : `${queue.value.total} open`}${name} · keyturn`;
    case 'request':
      return `Request ${route.id.slice(0, 8)}${name} · keyturn`;
    case 'receipts':
      return `Receipts${name} · keyturn`;
    case 'wallets':
      return `Wallets${name} · keyturn`;
    default:
      return route satisfies never;
  }
};
