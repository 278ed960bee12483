import type { Message } from '#core/ports.ts';
import type { EventKey } from '#schemas/event-keys.ts';
import type { KeyturnEvent } from './event-types.ts';
import { readEvent } from './read-event.ts';

/** Hands over one message after the other, and acknowledges each once it is handled; as `adapters/pubsub/pull.ts` does. */
export interface Follower {
  follow(subscription: string, handle: (message: Message) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** A message that waits for its receiver, and how to say that it was taken. */
interface Offered {
  readonly message: Message;
  taken(): void;
}

/**
 * Events one by one. Each is acknowledged when the next one is asked for: whoever was stopped in the middle of one gets it again. Ending the
 * loop gives the last one back, too. Throws what Pub/Sub refuses; ends where `signal` aborts.
 */
export async function* follow(
  subscriber: Follower,
  subscription: string,
  signal?: AbortSignal,
  keys: readonly EventKey[] = [],
): AsyncGenerator<KeyturnEvent, void, undefined> {
  const ended = new AbortController();
  const stop = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  const waiting: Offered[] = [];
  let wake: () => void = () => {};
  let over: { readonly error: unknown } | undefined;
  const offer = (message: Message): Promise<void> =>
    new Promise((resolve, reject) => {
      const left = (): void => reject(new DOMException('not taken', 'AbortError'));
      stop.addEventListener('abort', left, { once: true });
      const taken = (): void => {
        stop.removeEventListener('abort', left);
        resolve();
      };
      waiting.push({ message, taken });
      wake();
    });
  const following = subscriber.follow(subscription, offer, stop).then(
    () => {
      over = { error: undefined };
      wake();
    },
    (error: unknown) => {
      over = { error };
      wake();
    },
  );
  try {
    for (;;) {
      if (waiting.length === 0 && over === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const next = waiting.shift();
      if (next === undefined) {
        if (over?.error !== undefined) throw over.error;
        if (over !== undefined) return;
        continue;
      }
      if (stop.aborted) return;
      yield readEvent(next.message, keys);
      next.taken();
    }
  } finally {
    ended.abort();
    await following;
  }
}
