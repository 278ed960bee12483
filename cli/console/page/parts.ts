import { type ComponentChild, h, type JSX } from 'preact';
import type { Vote } from '#cli/console/api.ts';
import { partsOfAmount, piecesOf, whenText } from './text.ts';
import { answerOf } from './words.ts';

/**
 * What the views are made of. Texts become text nodes, never HTML. Each text that is not ours stands in a `bdi`, so that no direction of a letter in it
 * turns what stands around it.
 */
export const hex = (groups: readonly string[]): JSX.Element =>
  h(
    'span',
    { class: 'hex' },
    groups.map((group) => h('span', { class: 'group' }, group)),
  );

/** The same instant in the reader's zone, beside words that tell it in UTC. */
const localTitle = (at: string): string =>
  new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** A text of the renderer, sign by sign as it is: addresses in groups, times with the reader's own beside them. */
export const rich = (text: string): JSX.Element =>
  h(
    'bdi',
    null,
    piecesOf(text).map((piece): ComponentChild => {
      switch (piece.kind) {
        case 'plain':
          return piece.text;
        case 'time':
          return h('time', { dateTime: piece.text, title: localTitle(piece.text) }, piece.text);
        case 'hex':
          return hex(piece.groups);
        default:
          return piece satisfies never;
      }
    }),
  );

export const when = (at: string, now: number): JSX.Element => {
  const { text, utc } = whenText(at, now);
  return h('time', { dateTime: at, title: utc }, text);
};

/** Amounts below each other line up at the point. */
export const amount = (text: string, unit: string): JSX.Element => {
  const { whole, fraction } = partsOfAmount(text);
  return h(
    'span',
    { class: 'amount' },
    h('span', { class: 'whole' }, whole),
    h('span', { class: 'fraction' }, fraction),
    h('span', { class: 'unit' }, h('bdi', null, unit)),
  );
};

/** For whoever hears the page, not for whoever sees it. */
export const spoken = (text: string): JSX.Element => h('span', { class: 'spoken' }, text);

/** In a list: a mark, the name, and the words for whoever hears it. */
export const voteChip = ({ coSigner, answer }: Vote): JSX.Element => {
  const { words, tone, mark } = answerOf(answer);
  return h(
    'li',
    { class: `vote ${tone}`, title: `${coSigner}: ${words}` },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
    h('bdi', null, coSigner),
    spoken(` ${words}`),
  );
};

export const row = (label: string, ...children: readonly ComponentChild[]): readonly JSX.Element[] => [
  h('dt', null, label),
  h('dd', null, ...children),
];

export interface PagerProps {
  readonly what: string;
  /** From 0. */
  readonly page: number;
  readonly size: number;
  readonly total: number;
  readonly href: (page: number) => string;
}

/** Pages, rather than one endless list: the keyboard and a screen reader reach the end of each. */
export const pager = ({ what, page, size, total, href }: PagerProps): JSX.Element | null => {
  const pages = Math.ceil(total / size);
  if (pages <= 1) return null;
  const link = (to: number, text: string, rel: string): JSX.Element =>
    to < 0 || to >= pages
      ? h('span', { class: 'off', 'aria-hidden': 'true' }, text)
      : h('a', { href: href(to), rel }, text);
  return h(
    'nav',
    { class: 'pager', 'aria-label': `Pages of ${what}` },
    link(page - 1, 'Earlier page', 'prev'),
    h('span', null, `${page * size + 1}–${Math.min(total, (page + 1) * size)} of ${total}`),
    link(page + 1, 'Next page', 'next'),
  );
};
