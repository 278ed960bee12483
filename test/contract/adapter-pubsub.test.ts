import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { callerOn } from '#adapters/calls/deadline.ts';
import { realClock } from '#adapters/clock.ts';
import { publisherPort } from '#adapters/pubsub/pubsub.ts';
import { type Received, type Subscriber, subscriberPort } from '#adapters/pubsub/pull.ts';
import type { Publisher } from '#core/ports.ts';
import { clientOf, eagerly, failureOf, grant } from './adapter-kit.ts';
import { dev, type Ours, PROJECT_ID, startOurs } from './pubsub-backends.ts';

const FINANCE = 'user:finance';
const TOPIC = 'lab-receipts';
/** https://nodejs.org/api/diagnostics_channel.html#event-netserversocket */
const serverSocket = z.object({ socket: z.object({ localPort: z.number() }) });
const named = (kind: string, name: string) => `projects/${PROJECT_ID}/${kind}/${name}`;
const message = (text: string, attributes: Record<string, string> = { 'ce-id': text }) => ({
  data: new TextEncoder().encode(text),
  attributes,
});
const textOf = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data);

let ours: Ours;
let publisher: Publisher & { close(): Promise<void> };
let subscriber: Subscriber;
const closing: (() => Promise<void>)[] = [];

const optionsFor = (name: string) => ({
  projectId: PROJECT_ID,
  authClient: clientOf(ours.world, name),
  endpoint: { host: 'localhost', port: ours.servers.tlsPort, ca: ours.tls.ca },
});
const toPublish = (name: string, port = ours.servers.restPort) => ({
  projectId: PROJECT_ID,
  authClient: clientOf(ours.world, name),
  endpoint: `http://localhost:${port}`,
});
const opened = <T extends { close(): Promise<void> }>(port: T): T => {
  closing.push(() => port.close());
  return port;
};

beforeAll(async () => {
  ours = await startOurs();
  publisher = opened(publisherPort(toPublish('dev'), eagerly));
  subscriber = opened(subscriberPort(optionsFor('dev'), eagerly));
  ours.topics.create(dev, { name: named('topics', TOPIC) });
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await ours.servers.close();
});
beforeEach(() => ours.world.faults.clear());

it('carries data and attributes with a token', async () => {
  await subscriber.create('lab-finance', TOPIC);
  await publisher.publish(TOPIC, message('one', { 'ce-id': 'a/b', wallet: 'hot' }));
  const [received, ...more] = await subscriber.pullOnce('lab-finance', 10);
  expect(more).toEqual([]);
  expect(received).toMatchObject({ attributes: { 'ce-id': 'a/b', wallet: 'hot' } });
  expect(received && textOf(received)).toBe('one');
  expect(Math.abs((received?.publishedAt ?? 0) - Date.now())).toBeLessThan(10_000);
  expect(await subscriber.pullOnce('lab-finance', 10)).toEqual([]);
});

it('publishes again where the first attempt failed', async () => {
  await subscriber.create('lab-retry', TOPIC, 'attributes:retried');
  ours.world.faults.add({ method: 'pubsub.publish', kind: 'before' });
  await publisher.publish(TOPIC, message('again', { retried: 'yes' }));
  expect(ours.world.faults.pending).toEqual([]);
  expect((await subscriber.pullOnce('lab-retry', 10)).map(textOf)).toEqual(['again']);
});

it('takes a new connection where one has fallen silent without being closed', async () => {
  await subscriber.create('lab-silent', TOPIC, 'attributes:silent');
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    // The first is taken and never answered.
    if (sockets.length > 1)
      socket
        .pipe(connect(ours.servers.restPort, 'localhost'))
        .on('error', () => {})
        .pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, 'localhost', resolve));
  const { port } = z.object({ port: z.number() }).parse(proxy.address());
  const faster = callerOn({ now: realClock.now, sleep: (ms, signal) => realClock.sleep(ms / 5, signal) }, () => 0);
  const silent = opened(publisherPort(toPublish('dev', port), faster));
  for (const n of [1, 2, 3]) await silent.publish(TOPIC, message(`m${n}`, { silent: 'yes' }));
  expect((await subscriber.pullOnce('lab-silent', 10)).map(textOf).toSorted()).toEqual(['m1', 'm2', 'm3']);
  expect(sockets).toHaveLength(2);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

it('keeps one connection for all that it publishes, one message after the other', async () => {
  await subscriber.create('lab-kept', TOPIC, 'attributes:kept');
  const texts = Array.from({ length: 40 }, (_, n) => `kept ${n}`);
  // Each connection that the server accepts on its REST port. What an earlier test left open may do.
  let accepted = 0;
  const count = (event: unknown): void => {
    if (serverSocket.parse(event).socket.localPort === ours.servers.restPort) accepted += 1;
  };
  subscribe('net.server.socket', count);
  try {
    // As in production: no clock or limits of a test's.
    const lone = opened(publisherPort(toPublish('dev')));
    for (const text of texts) {
      await lone.publish(TOPIC, message(text, { kept: 'yes' }));
      // Whatever the ended call still does, it does before the next.
      await new Promise(setImmediate);
    }
  } finally {
    unsubscribe('net.server.socket', count);
  }
  expect(accepted).toBeLessThanOrEqual(1);
  expect((await subscriber.pullOnce('lab-kept', 100)).map(textOf).toSorted()).toEqual(texts.toSorted());
});

it('says what is missing, and what is not allowed', async () => {
  expect(await failureOf(publisher.publish('lab-none', message('x')))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await failureOf(subscriber.pullOnce('lab-none', 1))).toMatchObject({ code: 'NOT_FOUND' });
  const finance = opened(publisherPort(toPublish(FINANCE), eagerly));
  const refusal = await failureOf(finance.publish(TOPIC, message('x')));
  expect(refusal).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: `pubsub: publish ${named('topics', TOPIC)}: HTTP 403`,
  });
  grant(ours.world, FINANCE, 'roles/pubsub.publisher', `topics/${TOPIC}`);
  const nowhere = opened(publisherPort(toPublish(FINANCE, 1), eagerly));
  expect(await failureOf(nowhere.publish(TOPIC, message('x')))).toMatchObject({ code: 'UNAVAILABLE' });
});

it('does not talk to a server that another authority vouches for', async () => {
  const stranger = await startOurs();
  closing.push(stranger.servers.close);
  const port = opened(
    subscriberPort(
      { ...optionsFor('dev'), endpoint: { host: 'localhost', port: stranger.servers.tlsPort, ca: ours.tls.ca } },
      eagerly,
    ),
  );
  expect(await failureOf(port.create('lab-strange', TOPIC))).toMatchObject({ code: 'UNAVAILABLE' });
});

it('makes and removes subscriptions as often as asked', async () => {
  await subscriber.create('lab-twice', TOPIC);
  await subscriber.create('lab-twice', TOPIC);
  await subscriber.delete('lab-twice');
  await subscriber.delete('lab-twice');
  expect(await failureOf(subscriber.create('lab-x', 'lab-none'))).toMatchObject({ code: 'NOT_FOUND' });
});

it('follows until told to stop, and acknowledges what was handled', async () => {
  await subscriber.create('lab-follow', TOPIC);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = subscriber.follow(
    'lab-follow',
    async (received) => {
      seen.push(textOf(received));
      if (seen.length === 3) stop.abort();
    },
    stop.signal,
  );
  for (const text of ['a', 'b', 'c']) await publisher.publish(TOPIC, message(text));
  await following;
  expect(seen.toSorted()).toEqual(['a', 'b', 'c']);
  expect(await subscriber.pullOnce('lab-follow', 10)).toEqual([]);
  await subscriber.follow('lab-follow', async () => {}, stop.signal);
});

it('ends an idle follow at once', async () => {
  await subscriber.create('lab-idle', TOPIC);
  const stop = new AbortController();
  const following = subscriber.follow('lab-idle', async () => {}, stop.signal);
  // The pull is on its way once the server has answered another call behind it.
  await subscriber.create('lab-idle', TOPIC);
  stop.abort();
  await following;
});

it('gives a message back that could not be handled', async () => {
  await subscriber.create('lab-back', TOPIC);
  await publisher.publish(TOPIC, message('hard'));
  const broken = subscriber.follow(
    'lab-back',
    async () => {
      throw new Error('disk full');
    },
    new AbortController().signal,
  );
  await expect(broken).rejects.toThrow('disk full');
  const again: Received[] = [];
  const stop = new AbortController();
  await subscriber.follow(
    'lab-back',
    async (received) => {
      again.push(received);
      stop.abort();
    },
    stop.signal,
  );
  expect(again.map(textOf)).toEqual(['hard']);
});

it('counts the time of what waits its turn from the pull, however fast others are handled', async () => {
  const calls: string[] = [];
  const wake: (() => void)[] = [];
  const clock = {
    now: realClock.now,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const caller: typeof eagerly = (call, limits, run) => {
    calls.push(call.call);
    return eagerly(call, limits, run);
  };
  const fast = opened(subscriberPort(optionsFor('dev'), caller, clock));
  await fast.create('lab-fast', TOPIC);
  for (const text of ['one', 'two', 'three']) await publisher.publish(TOPIC, message(text));
  const stop = new AbortController();
  const sleeps: number[] = [];
  await fast.follow(
    'lab-fast',
    async () => {
      sleeps.push(wake.length);
      if (sleeps.length < 3) return;
      wake[0]?.();
      while (wake.length < 2) await new Promise(setImmediate);
      stop.abort();
    },
    stop.signal,
  );
  expect(sleeps).toEqual([1, 1, 1]);
  expect(calls.filter((call) => call === 'modifyAckDeadline')).toHaveLength(1);
});

it('keeps what waits its turn, as long as it is worked on', async () => {
  const calls: string[] = [];
  const wake: (() => void)[] = [];
  // Sleeps until the test wakes it, or the work is done.
  const clock = {
    now: realClock.now,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake.push(resolve);
        if (signal?.aborted === true) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const slow = opened(
    subscriberPort(
      optionsFor('dev'),
      (call, limits, run) => {
        calls.push(call.call);
        return eagerly(call, limits, run);
      },
      clock,
    ),
  );
  await slow.create('lab-slow', TOPIC);
  await publisher.publish(TOPIC, message('long'));
  const stop = new AbortController();
  const renewals = () => calls.filter((call) => call === 'modifyAckDeadline').length;
  await slow.follow(
    'lab-slow',
    async () => {
      for (let n = 1; n <= 3; n++) {
        while (wake.length < n) await new Promise(setImmediate);
        expect(renewals()).toBe(n - 1);
        wake[n - 1]?.();
      }
      while (renewals() < 3) await new Promise(setImmediate);
      stop.abort();
    },
    stop.signal,
  );
  // Handled after the stop: acknowledged all the same, and not kept any more.
  expect([renewals(), calls.at(-1)]).toEqual([3, 'acknowledge']);
  expect(await subscriber.pullOnce('lab-slow', 10)).toEqual([]);
});
