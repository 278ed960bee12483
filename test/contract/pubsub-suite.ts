import { randomBytes } from 'node:crypto';
import type { Message, PubSub, Subscription, SubscriptionOptions, Topic } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, BackendName } from './pubsub-backends.ts';

/** What a case is given: a client of the backend and names of its own. */
export interface Bench {
  readonly client: PubSub;
  readonly project: string;
  readonly id: (what: string) => string;
  readonly topic: (what?: string) => Promise<Topic>;
  /** Subscribes `topic`; a listener collects into `messages`. */
  readonly subscribe: (topic: Topic, options?: object, open?: SubscriptionOptions) => Promise<Subscription>;
}

export interface Case {
  readonly name: string;
  /**
   * How Google's emulator is known to differ. The case runs there too and must fail in just this way, so that the list stays true;
   * without `shows` it would hang.
   */
  readonly emulatorGap?: { readonly why: string; readonly shows?: RegExp };
  /** Needs a port on loopback, or something else that a real project cannot reach. */
  readonly localOnly?: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** Messages as they come; `next` resolves with the next one that nobody has seen. */
export const inbox = (subscription: Subscription) => {
  const seen: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  subscription.on('message', (message: Message) => {
    const first = waiting.shift();
    if (first === undefined) seen.push(message);
    else first(message);
  });
  subscription.on('error', () => {});
  const next = (): Promise<Message> => {
    const first = seen.shift();
    return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
  };
  return { next, seen };
};

export const failure = async (work: Promise<unknown>): Promise<{ code: unknown; message: string }> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('expected a refusal');
  return { code: 'code' in error ? error.code : undefined, message: error.message };
};

/** Leaves nothing of these runs in a real project. */
const clear = async (client: PubSub, runs: readonly string[]): Promise<void> => {
  const ours = ({ name }: { name: string }): boolean => runs.some((run) => name.endsWith(`-${run}`));
  const [[subscriptions], [topics]] = await Promise.all([client.getSubscriptions(), client.getTopics()]);
  for (const one of [...subscriptions, ...topics].filter(ours)) await one.delete();
  for await (const { name } of client.listSchemas())
    if (typeof name === 'string' && ours({ name })) await client.schema(name.split('/').at(-1) ?? '').delete();
  await client.close();
};

export const runSuite = (name: BackendName, start: () => Promise<Backend>, cases: readonly Case[]): void => {
  describe.concurrent(`Pub/Sub (${name})`, () => {
    let backend: Backend;
    const clients: PubSub[] = [];
    const subscriptions: Subscription[] = [];
    const runs: string[] = [];

    beforeAll(async () => {
      backend = await start();
    });
    afterAll(async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
      if (name === 'real') await clear(backend.client(), runs);
      await Promise.all(clients.map((client) => client.close()));
      await backend.stop();
    });

    const bench = (): Bench => {
      const client = backend.client();
      clients.push(client);
      const run = randomBytes(4).toString('hex');
      runs.push(run);
      const id = (what: string): string => `kt-${what}-${run}`;
      return {
        client,
        project: backend.project,
        id,
        topic: async (what = 'topic') => (await client.createTopic(id(what)))[0],
        subscribe: async (topic, options = {}, open = {}) => {
          const subId = id(`sub${subscriptions.length}`);
          await topic.createSubscription(subId, options);
          const subscription = client.subscription(subId, { streamingOptions: { maxStreams: 1 }, ...open });
          subscriptions.push(subscription);
          return subscription;
        },
      };
    };

    for (const { name: title, emulatorGap, localOnly, run } of cases) {
      const gap = name === 'emulator' ? emulatorGap : undefined;
      if (name === 'real' && localOnly !== undefined) it.skip(`${title} [SKIPPED: ${localOnly}]`, () => {});
      else if (gap === undefined) it(title, () => run(bench()));
      else if (gap.shows === undefined) it.skip(`${title} [known emulator gap, SKIPPED: ${gap.why}]`, () => {});
      else
        it(`differs: ${title} [known emulator gap: ${gap.why}]`, async () => {
          await expect(run(bench())).rejects.toThrow(gap.shows);
        });
    }
  });
};

export const text = (message: Message): string => message.data.toString();
export { expect };
