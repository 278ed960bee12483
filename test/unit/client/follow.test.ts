import { expect, test } from 'vitest';
import { follow } from '#client/follow.ts';
import type { Message } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { messageOf } from '#schemas/events.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';

const [announcement] = ANNOUNCEMENTS;
if (announcement === undefined) throw new Error('no announcement');
const one = announcement;
const named = (name: string): Message => messageOf(one, { ...COMMITTED, name });

/** Follows as the adapter does: one after the other; what is not taken is given back, and `log` says so. */
const subscriberOf = (messages: readonly Message[], log: string[], end?: Error) => ({
  follow: async (_: string, handle: (message: Message) => Promise<void>, signal: AbortSignal): Promise<void> => {
    for (const message of messages) {
      const name = message.attributes['ce-id']?.split('/').at(-1);
      try {
        if (signal.aborted) throw new Error('aborted');
        await handle(message as never);
        log.push(`ack ${name}`);
      } catch (error) {
        log.push(`back ${name}`);
        if (signal.aborted) return;
        throw error;
      }
    }
    if (end !== undefined) throw end;
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  },
});

const nameOf = (event: { type: string; eventId?: string }) => event.eventId?.split('/').at(-1);

test('an event is acknowledged when the next one is asked for, and not before', async () => {
  const log: string[] = [];
  const events = follow(subscriberOf(['a', 'b', 'c'].map(named), log), 's');
  expect(nameOf((await events.next()).value as never)).toBe('a');
  await new Promise(setImmediate);
  expect(log).toEqual([]);
  expect(nameOf((await events.next()).value as never)).toBe('b');
  expect(log).toEqual(['ack a']);
  await events.return();
  expect(log).toEqual(['ack a', 'back b']);
});

test('a loop that breaks or throws gives back what it was about', async () => {
  for (const leave of ['break', 'throw']) {
    const log: string[] = [];
    const loop = async () => {
      for await (const event of follow(subscriberOf(['a', 'b'].map(named), log), 's')) {
        if (nameOf(event as never) === 'a') continue;
        if (leave === 'throw') throw new Error('the ledger is down');
        break;
      }
    };
    if (leave === 'throw') await expect(loop()).rejects.toThrow('the ledger is down');
    else await loop();
    expect(log).toEqual(['ack a', 'back b']);
  }
});

test('an abort ends a loop that waits, and one that works gives its event back', async () => {
  const stop = new AbortController();
  const log: string[] = [];
  const seen: string[] = [];
  const loop = (async () => {
    for await (const event of follow(subscriberOf([named('a')], log), 's', stop.signal))
      seen.push(`${nameOf(event as never)}`);
  })();
  while (log.length === 0) await new Promise(setImmediate);
  stop.abort();
  await loop;
  expect([seen, log]).toEqual([['a'], ['ack a']]);

  const late = new AbortController();
  const other: string[] = [];
  for await (const _ of follow(subscriberOf(['a', 'b'].map(named), other), 's', late.signal)) late.abort();
  expect(other).toEqual(['back a']);
});

test('what Pub/Sub refuses reaches the loop, after what came before it', async () => {
  const log: string[] = [];
  const refused = new KeyturnError('NOT_FOUND', 'pubsub: pull projects/p/subscriptions/s: gRPC 5');
  const seen: string[] = [];
  const loop = async () => {
    for await (const event of follow(subscriberOf([named('a')], log, refused), 's'))
      seen.push(`${nameOf(event as never)}`);
  };
  await expect(loop()).rejects.toBe(refused);
  expect([seen, log]).toEqual([['a'], ['ack a']]);
});

test('a message that cannot be read is an event like any other', async () => {
  const log: string[] = [];
  const events = follow(subscriberOf([{ data: new Uint8Array(), attributes: {} }], log), 's');
  expect((await events.next()).value).toMatchObject({ type: 'unreadable' });
  await events.return();
});
