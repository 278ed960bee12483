import { type ComponentChild, h, type JSX } from 'preact';
import type { SessionAnswer } from '#cli/console/api.ts';
import type { Message, Model } from './model.ts';
import { rich, when } from './parts.ts';
import { queueView } from './queue.ts';
import { receiptsView } from './receipts.ts';
import { requestView } from './request.ts';
import { fragmentOf, type Route, type View } from './routes.ts';
import { walletsView } from './wallets.ts';
import { connectionWords } from './words.ts';

export type Send = (message: Message) => void;

const PLACES: readonly (readonly [View, Route, string])[] = [
  ['queue', { view: 'queue', page: 0 }, 'Requests'],
  ['receipts', { view: 'receipts', page: 0 }, 'Receipts'],
  ['wallets', { view: 'wallets' }, 'Wallets'],
];

const navigation = ({ route, fresh }: Model): JSX.Element =>
  h(
    'nav',
    { 'aria-label': 'Views' },
    h(
      'ul',
      null,
      PLACES.map(([view, to, name]) =>
        h(
          'li',
          { key: view },
          h(
            'a',
            {
              href: fragmentOf(to),
              'aria-current':
                route.view === view || (view === 'queue' && route.view === 'request') ? 'page' : undefined,
            },
            name,
            view === 'queue' && route.view !== 'queue' && fresh.length > 0
              ? h('span', { class: 'fresh' }, ` ${fresh.length} new`)
              : null,
          ),
        ),
      ),
    ),
  );

const who = ({ name, lab, me, isCoSigner }: SessionAnswer): JSX.Element =>
  h(
    'p',
    { class: 'about' },
    h('bdi', null, name),
    lab ? h('span', { class: 'lab' }, 'lab') : null,
    me === null ? null : h('span', null, 'as ', h('bdi', null, me), isCoSigner ? null : ', who looks on'),
  );

const connection = (model: Model): JSX.Element => {
  const words = connectionWords(model);
  return h(
    'div',
    { class: 'connection', role: 'status' },
    words === undefined ? null : h('p', { class: 'notice caution' }, words.text, ' ', when(words.at, model.now), '.'),
  );
};

const plain = (heading: string, ...text: readonly ComponentChild[]): JSX.Element =>
  h(
    'article',
    { class: 'plain' },
    h('h1', { tabIndex: -1, id: 'heading' }, heading),
    text.map((one) => h('p', null, one)),
  );

const view = (model: Model, send: Send, onSeen: () => void): JSX.Element => {
  const { route, session } = model;
  switch (session.kind) {
    case 'opening':
      return plain('keyturn', 'Opening …');
    case 'none':
      return plain(
        'This page has no key',
        rich(session.message),
        'A link opens one page, once. A page that is loaded anew, or that another one took over from, has lost its key, since it is stored nowhere.',
        'Where the console runs, it prints another link some seconds after the last page is gone.',
      );
    case 'ended':
      return plain(
        'The console has ended',
        'Its process was stopped. Nothing on this page can be answered any more. You can close it.',
      );
    case 'open':
      break;
    default:
      return session satisfies never;
  }
  switch (route.view) {
    case 'queue':
      return queueView(model);
    case 'request':
      return requestView(model, route.id, send, onSeen);
    case 'receipts':
      return receiptsView(model, send);
    case 'wallets':
      return walletsView(model);
    default:
      return route satisfies never;
  }
};

/** The whole page. */
export const frame = (model: Model, send: Send, onSeen: () => void): JSX.Element => {
  const { session } = model;
  const isOpen = session.kind === 'open';
  return h(
    'div',
    { class: 'frame' },
    h('a', { class: 'skip', href: '#heading', onClick: skip }, 'To the content'),
    h(
      'header',
      { class: 'top' },
      h('p', { class: 'mark' }, 'keyturn'),
      isOpen ? navigation(model) : null,
      isOpen ? who(session.about) : null,
    ),
    isOpen ? connection(model) : null,
    h('main', { id: 'main' }, view(model, send, onSeen)),
    h('div', { class: 'spoken', 'aria-live': 'polite', id: 'said' }, model.said),
  );
};

/** The fragment is the route, so a link to a part of the page moves the focus itself. */
const skip = (event: Event): void => {
  event.preventDefault();
  document.getElementById('heading')?.focus();
};
