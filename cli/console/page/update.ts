import type { ConsoleEvent, Failure, RequestAnswer } from '#cli/console/api.ts';
import { mayAnswer, readerOf } from './answering.ts';
import type { Answered, Deed, Effect, LoadAsk, Loaded, LoadResult, Message, Model, Reading } from './model.ts';
import { isElsewhere, type Route } from './routes.ts';

/** What becomes of the page, and what the shell must do for it. Pure: every answer, event and second comes as a message. */
export type Step = readonly [Model, readonly Effect[]];

/** What the view needs of the process. */
export const asks = ({ route, filter }: Pick<Model, 'route' | 'filter'>): LoadAsk => {
  switch (route.view) {
    case 'queue':
      return { what: 'queue', body: { page: route.page } };
    case 'request':
      return { what: 'request', body: { id: route.id } };
    case 'receipts':
      return { what: 'receipts', body: { ...filter, page: route.page } };
    case 'wallets':
      return { what: 'wallets', body: {} };
    default:
      return route satisfies never;
  }
};

const loadIn = (model: Model): Step => {
  if (model.session.kind !== 'open') return [model, []];
  const ask = asks(model);
  return [{ ...model, [ask.what]: { ...model[ask.what], loading: true } }, [{ kind: 'load', ask }]];
};

const isFailure = (answer: { readonly ok: boolean }): answer is Failure => !answer.ok && 'code' in answer;

const endOf = (failure: Failure): Model['session'] | undefined =>
  failure.code === 'CONSOLE_SESSION' ? { kind: 'none', message: failure.message } : undefined;

const newReading = (id: string, rendering: string, before: Reading | undefined): Reading => ({
  id,
  rendering,
  recipientSeen: false,
  changed: before?.id === id,
  actor: before?.id === id ? before.actor : undefined,
  reason: before?.id === id ? before.reason : '',
  answering: before?.id === id && before.answering.kind !== 'rejecting' ? before.answering : { kind: 'idle' },
});

/** What a reader saw counts for the very rendering that they saw. */
const readingAfter = (model: Model, { rendering, shown }: RequestAnswer): Reading =>
  model.reading?.id === shown.id && model.reading.rendering === rendering
    ? model.reading
    : newReading(shown.id, rendering, model.reading);

/** What a screen reader is told of a request that is shown: only where that became another. */
const newsOf = (before: RequestAnswer | undefined, now: RequestAnswer): string => {
  if (before === undefined || before.shown.id !== now.shown.id) return '';
  if (before.rendering !== now.rendering) return 'What is shown has changed. Read it again before you answer.';
  return before.waits?.sentence === now.waits?.sentence ? '' : (now.waits?.sentence ?? '');
};

const kept = <T>(before: Loaded<T>, answer: T | Failure, failed: boolean): Loaded<T> =>
  failed ? { ...before, loading: false, failure: answer as Failure } : { loading: false, value: answer as T };

const loaded = (model: Model, result: LoadResult): Step => {
  const wanted = asks(model);
  // Somebody went elsewhere meanwhile: this would put the old thing there.
  if (wanted.what !== result.what || JSON.stringify(wanted.body) !== JSON.stringify(result.body)) return [model, []];
  const failed = isFailure(result.answer);
  const session = failed ? endOf(result.answer) : undefined;
  if (session !== undefined) return [{ ...model, session }, [{ kind: 'forget' }]];
  const next = { ...model, [result.what]: kept<unknown>(model[result.what], result.answer, failed) } as Model;
  if (result.what !== 'request' || isFailure(result.answer)) return [next, []];
  const said = newsOf(model.request.value, result.answer);
  return [{ ...next, reading: readingAfter(model, result.answer), said: said === '' ? model.said : said }, []];
};

const routed = (model: Model, route: Route): Step => {
  if (!isElsewhere(model.route, route)) return [model, []];
  const [next, effects] = loadIn({
    ...model,
    route,
    reading: undefined,
    said: '',
    fresh: route.view === 'queue' ? [] : model.fresh,
    // The one that was shown is no longer; what stands in its place is another.
    ...(route.view === 'request' ? { request: { loading: false } } : {}),
  });
  return [next, [...effects, { kind: 'focus', on: 'heading' }]];
};

/** Which events make the shown thing old. */
const concerns = ({ route }: Model, event: Extract<ConsoleEvent, { kind: 'request' }>): boolean => {
  if (route.view === 'request') return route.id === event.id;
  if (route.view === 'receipts') return event.change === 'over';
  return true;
};

const freshWords = (count: number): string => (count === 1 ? '1 new request.' : `${count} new requests.`);

const heard = (model: Model, event: ConsoleEvent): Step => {
  switch (event.kind) {
    case 'hello':
      return loadIn({ ...model, link: { kind: 'live' }, cloud: { kind: 'up' } });
    case 'beat':
      return [{ ...model, link: { kind: 'live' } }, []];
    case 'request': {
      const isNew = event.change === 'new' && !model.fresh.includes(event.id);
      const fresh = isNew
        ? [...model.fresh, event.id]
        : model.fresh.filter((id) => id !== event.id || event.change !== 'over');
      const next = { ...model, fresh, said: isNew ? freshWords(fresh.length) : model.said };
      return concerns(model, event) ? loadIn(next) : [next, []];
    }
    case 'cloud':
      if (event.state === 'down') return [{ ...model, cloud: { kind: 'down', at: event.at, code: event.code } }, []];
      return loadIn({ ...model, cloud: { kind: 'up' } });
    case 'share':
      return [{ ...model, shareAsked: event.asked }, []];
    case 'bye':
      return [{ ...model, session: { kind: 'ended' } }, [{ kind: 'forget' }]];
    default:
      return event satisfies never;
  }
};

const withReading = (model: Model, change: Partial<Reading>): Model =>
  model.reading === undefined ? model : { ...model, reading: { ...model.reading, ...change } };

const send = (model: Model, deed: Deed, held: boolean): Step => {
  const { reading } = model;
  const answer = model.request.value;
  const actor = readerOf(model);
  if (reading === undefined || answer === undefined || actor === undefined) return [model, []];
  if (!mayAnswer(model, deed, held)) return [model, []];
  const { id, rendering, recipientSeen, reason } = reading;
  const { coSigner } = actor;
  const next = withReading(model, { answering: { kind: 'sending', deed, coSigner }, changed: false });
  return deed === 'approve'
    ? [next, [{ kind: 'approve', body: { id, rendering, coSigner, recipientSeen, held } }]]
    : [next, [{ kind: 'reject', body: { id, rendering, coSigner, reason: reason.trim() } }]];
};

const answered = (model: Model, deed: Deed, id: string, answer: Answered<Deed>): Step => {
  const session = isFailure(answer) ? endOf(answer) : undefined;
  if (session !== undefined) return [{ ...model, session }, [{ kind: 'forget' }]];
  if (model.reading?.id !== id) return loadIn(model);
  const [next, effects] = loadIn({
    ...withReading(model, {
      answering: isFailure(answer) ? { kind: 'refused', deed, failure: answer } : { kind: 'done', deed, answer },
    }),
    shareAsked: false,
  });
  return [next, [...effects, { kind: 'focus', on: 'outcome' }]];
};

const opened = (model: Model, answer: Answered<'session'>, at: number): Step => {
  if (isFailure(answer)) return [{ ...model, session: { kind: 'none', message: answer.message } }, []];
  const skew = Date.parse(answer.now) - at;
  const [next, effects] = loadIn({ ...model, session: { kind: 'open', about: answer }, skew, now: at + skew });
  return [next, [...effects, { kind: 'listen' }]];
};

export const update = (model: Model, message: Message): Step => {
  switch (message.kind) {
    case 'session':
      return opened(model, message.answer, message.at);
    case 'route':
      return routed(model, message.route);
    case 'loaded':
      return loaded(model, message.result);
    case 'event':
      return model.session.kind === 'open' ? heard(model, message.event) : [model, []];
    case 'lost':
      return [
        model.link.kind === 'lost' ? model : { ...model, link: { kind: 'lost', at: message.at + model.skew } },
        [],
      ];
    case 'tick':
      return [{ ...model, now: message.at + model.skew }, []];
    case 'filter':
      return loadIn({ ...model, filter: message.filter, receipts: { ...model.receipts, loading: true } });
    case 'seen':
      return [model.reading?.rendering === message.rendering ? withReading(model, { recipientSeen: true }) : model, []];
    case 'actor':
      return [withReading(model, { actor: message.coSigner, answering: { kind: 'idle' } }), []];
    case 'begin-reject':
      return [withReading(model, { answering: { kind: 'rejecting' } }), [{ kind: 'focus', on: 'reason' }]];
    case 'leave-reject':
      return [withReading(model, { answering: { kind: 'idle' } }), [{ kind: 'focus', on: 'answer' }]];
    case 'reason':
      return [withReading(model, { reason: message.text }), []];
    case 'approve':
      return send(model, 'approve', message.held);
    case 'reject':
      return send(model, 'reject', false);
    case 'answered':
      return answered(model, message.deed, message.id, message.answer);
    case 'retry':
      return loadIn(model);
    default:
      return message satisfies never;
  }
};
