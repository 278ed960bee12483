import { render } from 'preact';
import { frame } from './frame.ts';
import { Loader } from './loader.ts';
import { beginning, type Effect, type Message, type Model } from './model.ts';
import { codeOf, fragmentOf, routeOf } from './routes.ts';
import { Transport } from './transport.ts';
import { update } from './update.ts';
import { titleOf } from './words.ts';

/** The shell: it takes the code, holds the secret, does what `update` asks for, and draws. */

// First of all: the code leaves the address bar and the history.
const code = codeOf(location.hash);
if (code !== undefined) history.replaceState(null, '', fragmentOf({ view: 'queue', page: 0 }));

const LISTEN_AGAIN_MS = 2000;
const BEATS_MISSED_MS = 40_000;

const root = document.getElementById('page');
if (root === null) throw new Error('the page has no place to draw in');

const transport = new Transport();
let model: Model = beginning(routeOf(location.hash), Date.now());
let heard = Date.now();
let ended = false;

const draw = (): void => {
  render(frame(model, send, onSeen), root);
  const title = titleOf(model);
  if (document.title !== title) document.title = title;
};

/** One drawing for all that comes at once. */
let due = false;
const drawSoon = (): void => {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    draw();
  });
};

const focusOn = (on: Extract<Effect, { kind: 'focus' }>['on']): void => {
  draw();
  const id = { heading: 'heading', outcome: 'outcome', reason: 'reason', answer: 'answer-heading' }[on];
  const target = document.getElementById(id);
  if (on === 'heading') scrollTo(0, 0);
  target?.focus({ preventScroll: on === 'heading' });
};

const loader = new Loader(transport, (result) => send({ kind: 'loaded', result }));

const listen = async (): Promise<void> => {
  while (!ended) {
    const stop = new AbortController();
    // A process that stands still keeps its connection: without beats it counts as lost.
    const watch = setInterval(() => Date.now() - heard > BEATS_MISSED_MS && stop.abort(), 5000);
    try {
      heard = Date.now();
      const isHeard = await transport.listen((event) => {
        heard = Date.now();
        send({ kind: 'event', event });
      }, stop.signal);
      // What refuses it says why where something is asked: such as that another page was opened since.
      if (!isHeard) send({ kind: 'retry' });
    } catch {
      // Told below: whatever broke it, nothing more comes on this way.
    } finally {
      clearInterval(watch);
    }
    if (ended) return;
    send({ kind: 'lost', at: Date.now() });
    await new Promise((resolve) => setTimeout(resolve, LISTEN_AGAIN_MS));
  }
};

const run = (effect: Effect): void => {
  switch (effect.kind) {
    case 'load':
      loader.ask(effect.ask);
      return;
    case 'approve':
    case 'reject': {
      const { kind: deed, body } = effect;
      const answer = deed === 'approve' ? transport.call(deed, effect.body) : transport.call(deed, effect.body);
      void answer.then((answer) => send({ kind: 'answered', deed, id: body.id, answer }));
      return;
    }
    case 'listen':
      void listen();
      return;
    case 'focus':
      focusOn(effect.on);
      return;
    case 'forget':
      ended = true;
      loader.stop();
      transport.keep('');
      return;
    default:
      effect satisfies never;
  }
};

const send = (message: Message): void => {
  const [next, effects] = update(model, message);
  if (next !== model) {
    model = next;
    drawSoon();
  }
  for (const effect of effects) run(effect);
};

const onSeen = (): void => {
  if (model.reading !== undefined) send({ kind: 'seen', rendering: model.reading.rendering });
};

addEventListener('hashchange', () => {
  // A link with another code was opened in this tab: it is taken as in a new one.
  if (codeOf(location.hash) !== undefined) location.reload();
  else send({ kind: 'route', route: routeOf(location.hash) });
});
setInterval(() => send({ kind: 'tick', at: Date.now() }), 1000);
draw();

if (code === undefined) {
  const message = 'It was opened without the one-time code of its link.';
  send({
    kind: 'session',
    answer: { ok: false, code: 'NOT_FOUND', field: 'code', message, advice: '' },
    at: Date.now(),
  });
} else {
  const answer = await transport.call('session', { code });
  if (answer.ok) transport.keep(answer.secret);
  send({ kind: 'session', answer: answer.ok ? { ...answer, secret: '' } : answer, at: Date.now() });
}
