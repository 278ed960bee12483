import { describe, expect, test } from 'vitest';
import type { RequestAnswer, SessionAnswer } from '#cli/console/api.ts';
import { hindranceOf } from '#cli/console/page/answering.ts';
import { beginning, type Effect, type Message, type Model } from '#cli/console/page/model.ts';
import type { Route } from '#cli/console/page/routes.ts';
import { update } from '#cli/console/page/update.ts';
import { SAMPLES, type SampleOptions, sampleOf } from '#test/support/console/samples.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const AT = '2026-03-01T12:00:00Z';
const QUEUE: Route = { view: 'queue', page: 0 };

const session = {
  ...{ ok: true, secret: '', name: 'acme', lab: false, lawHash: '', me: 'alice', isCoSigner: true, share: 'file' },
  ...{ wallets: ['treasury'], now: AT },
} as SessionAnswer;

/** A page to which all of this happened, and what was asked of the shell meanwhile. */
const went = (model: Model, ...messages: readonly Message[]): { model: Model; effects: readonly Effect[] } => {
  let now = model;
  const effects: Effect[] = [];
  for (const message of messages) {
    const [next, more] = update(now, message);
    now = next;
    effects.push(...more);
  }
  return { model: now, effects };
};

const OPEN: Message = { kind: 'session', answer: session, at: NOW - 5000 };
const opened = went(beginning(QUEUE, NOW - 5000), OPEN, {
  kind: 'event',
  event: { kind: 'hello', at: AT, via: 'events' },
}).model;

const [critical, calm] = SAMPLES.map((options) => sampleOf(options as SampleOptions)) as [RequestAnswer, RequestAnswer];
const shows = (answer: RequestAnswer): Message => ({
  kind: 'loaded',
  result: { what: 'request', body: { id: answer.shown.id }, answer },
});
const reading = (answer: RequestAnswer, seen = true): Model =>
  went(
    opened,
    { kind: 'route', route: { view: 'request', id: answer.shown.id } },
    shows(answer),
    ...(seen ? [{ kind: 'seen', rendering: answer.rendering } as const] : []),
  ).model;

const kinds = (effects: readonly Effect[]): string => effects.map(({ kind }) => kind).join();

describe('opening', () => {
  test('the page listens and asks for what it shows, and takes the time of its process', () => {
    const { model, effects } = went(beginning(QUEUE, NOW - 5000), OPEN);
    expect(kinds(effects)).toBe('load,listen');
    expect(model.now).toBe(NOW);
    expect(update(model, { kind: 'tick', at: NOW })[0].now).toBe(NOW + 5000);
  });

  test('a used link opens nothing, and asks for nothing', () => {
    const failure = { ok: false, code: 'PERMISSION_DENIED', field: '', message: 'used before', advice: '' } as const;
    const { model, effects } = went(beginning(QUEUE, NOW), { kind: 'session', answer: failure, at: NOW });
    expect(model.session).toEqual({ kind: 'none', message: 'used before' });
    expect(effects).toEqual([]);
  });

  test('after a goodbye the secret is forgotten, and nothing is heard', () => {
    const { model, effects } = went(opened, { kind: 'event', event: { kind: 'bye', at: AT } });
    expect(model.session.kind).toBe('ended');
    expect(kinds(effects)).toBe('forget');
    expect(update(model, { kind: 'event', event: { kind: 'beat', at: AT } })).toEqual([model, []]);
  });
});

describe('what comes late, or for another place', () => {
  test('an answer for what is no longer shown is thrown away', () => {
    const elsewhere = reading(calm);
    expect(update(elsewhere, shows(critical))[0]).toBe(elsewhere);
  });

  test('a failure leaves what is shown, and says so', () => {
    const failure = { ok: false, code: 'UNAVAILABLE', field: '', message: 'no answer', advice: '' } as const;
    const { model } = went(reading(calm), {
      kind: 'loaded',
      result: { what: 'request', body: { id: calm.shown.id }, answer: failure },
    });
    expect(model.request.value?.shown.id).toBe(calm.shown.id);
    expect(model.request.failure).toBe(failure);
  });

  test('a request is not shown with what another one said', () => {
    const { model } = went(reading(calm), { kind: 'route', route: { view: 'request', id: critical.shown.id } });
    expect(model.request.value).toBeUndefined();
    expect(model.reading).toBeUndefined();
  });
});

describe('events', () => {
  const changed = (id: string, change: 'new' | 'changed' | 'over' = 'changed'): Message => ({
    kind: 'event',
    event: { kind: 'request', at: AT, id, change, outcome: null },
  });

  test('the shown request is read again when it changes, and no other', () => {
    expect(kinds(went(reading(calm), changed(calm.shown.id)).effects)).toBe('load');
    expect(kinds(went(reading(calm), changed(critical.shown.id)).effects)).toBe('');
  });

  test('new ones are counted once, told once each, and gone when the queue is read', () => {
    const away = reading(calm);
    const { model } = went(
      away,
      changed('a'.repeat(64), 'new'),
      changed('a'.repeat(64), 'new'),
      changed('b'.repeat(64), 'new'),
    );
    expect(model.fresh).toHaveLength(2);
    expect(model.said).toBe('2 new requests.');
    expect(update(model, { kind: 'route', route: QUEUE })[0].fresh).toEqual([]);
  });

  test('a cloud that is down hinders, and once it is back all is read again', () => {
    const down = went(reading(calm), {
      kind: 'event',
      event: { kind: 'cloud', at: AT, state: 'down', code: 'UNAVAILABLE' },
    });
    expect(hindranceOf(down.model, 'approve')?.message).toContain('cloud');
    expect(went(down.model, { kind: 'approve', held: true }).effects).toEqual([]);
    const back = went(down.model, { kind: 'event', event: { kind: 'cloud', at: AT, state: 'back', code: '' } });
    expect(kinds(back.effects)).toBe('load');
    expect(hindranceOf(back.model, 'approve')).toBeUndefined();
  });

  test('a process that is gone hinders, and is told by its own time', () => {
    const { model } = went(reading(calm), { kind: 'lost', at: NOW - 5000 });
    expect(model.link).toEqual({ kind: 'lost', at: NOW });
    expect(hindranceOf(model, 'reject')?.kind).toBe('elsewhere');
  });
});

describe('answering', () => {
  test('nobody approves before the recipient was in view', () => {
    const unseen = reading(calm, false);
    expect(hindranceOf(unseen, 'approve')?.kind).toBe('recipient');
    expect(went(unseen, { kind: 'approve', held: true }).effects).toEqual([]);
  });

  test('a critical one is approved by holding alone', () => {
    expect(critical.critical).toBe(true);
    expect(went(reading(critical), { kind: 'approve', held: false }).effects).toEqual([]);
    expect(went(reading(critical), { kind: 'approve', held: true }).effects).toEqual([
      {
        kind: 'approve',
        body: {
          id: critical.shown.id,
          rendering: critical.rendering,
          coSigner: 'alice',
          recipientSeen: true,
          held: true,
        },
      },
    ]);
  });

  test('one answer is sent, however often the button is pressed', () => {
    const { effects } = went(
      reading(calm),
      { kind: 'approve', held: false },
      { kind: 'approve', held: false },
      { kind: 'reject' },
    );
    expect(kinds(effects)).toBe('approve');
  });

  test('what was seen of one rendering does not count for the next', () => {
    const other = { ...calm, rendering: 'another' };
    const { model } = went(reading(calm), shows(other));
    expect(model.reading?.recipientSeen).toBe(false);
    expect(model.reading?.changed).toBe(true);
    expect(model.said).toContain('has changed');
    expect(went(model, { kind: 'approve', held: true }).effects).toEqual([]);
    // Nor does a late word of the observer of before.
    expect(update(model, { kind: 'seen', rendering: calm.rendering })[0].reading?.recipientSeen).toBe(false);
  });

  test('what others answer changes no rendering, and what was seen stays seen', () => {
    const { model } = went(reading(calm), shows({ ...calm, waits: { code: 'X', sentence: 'It waits for its turn.' } }));
    expect(model.reading?.recipientSeen).toBe(true);
    expect(model.said).toBe('It waits for its turn.');
  });

  test('what the process says against it, the page says too, and sends nothing', () => {
    const against = { code: 'EXPIRED', message: 'its time is over' };
    const late = reading({ ...calm, actors: [{ coSigner: 'alice', approve: against, reject: null }] });
    expect(hindranceOf(late, 'approve')).toEqual({ kind: 'against', message: 'its time is over' });
    expect(went(late, { kind: 'approve', held: true }).effects).toEqual([]);
  });

  test('of several who may answer the chosen one does', () => {
    const both = {
      ...calm,
      actors: ['alice', 'bob'].map((coSigner) => ({ coSigner, approve: null, reject: null })),
    };
    const { effects } = went(reading(both), { kind: 'actor', coSigner: 'bob' }, { kind: 'approve', held: false });
    expect(effects).toMatchObject([{ kind: 'approve', body: { coSigner: 'bob' } }]);
  });

  test('a rejection takes its reason along, and the request is read again after it', () => {
    const sent = went(
      reading(calm),
      { kind: 'begin-reject' },
      { kind: 'reason', text: ' not ours ' },
      { kind: 'reject' },
    );
    expect(sent.effects).toMatchObject([
      { kind: 'focus', on: 'reason' },
      { kind: 'reject', body: { reason: 'not ours' } },
    ]);
    const answer = {
      ok: true,
      id: calm.shown.id,
      coSigner: 'alice',
      at: AT,
      created: true,
      closes: false,
      sentence: '',
    } as const;
    const done = went(sent.model, { kind: 'answered', deed: 'reject', id: calm.shown.id, answer });
    expect(kinds(done.effects)).toBe('load,focus');
    expect(done.model.reading?.answering.kind).toBe('done');
  });

  test('a refusal is shown, and the answer may be tried again', () => {
    const failure = { ok: false, code: 'SHARE_WRONG', field: '', message: 'not your share', advice: '' } as const;
    const { model } = went(
      reading(calm),
      { kind: 'approve', held: false },
      {
        kind: 'answered',
        deed: 'approve',
        id: calm.shown.id,
        answer: failure,
      },
    );
    expect(model.reading?.answering).toEqual({ kind: 'refused', deed: 'approve', failure });
    expect(kinds(went(model, { kind: 'approve', held: false }).effects)).toBe('approve');
  });

  test('an answer that comes when another request is shown is not told of that one', () => {
    const failure = { ok: false, code: 'X', field: '', message: '', advice: '' } as const;
    const { model } = went(reading(critical), {
      kind: 'answered',
      deed: 'approve',
      id: calm.shown.id,
      answer: failure,
    });
    expect(model.reading?.answering.kind).toBe('idle');
  });
});
