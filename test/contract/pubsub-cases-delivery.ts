import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PubSub, protos } from '@google-cloud/pubsub';
import { type Case, expect, inbox, text } from './pubsub-suite.ts';

/** One unary Pull through the client; it waits a while for a message, and may come back without one. */
const pullOne = (client: PubSub, subscription: string) =>
  new Promise<protos.google.pubsub.v1.IPubsubMessage | undefined>((resolve, reject) => {
    client.request<protos.google.pubsub.v1.IPullResponse>(
      { client: 'SubscriberClient', method: 'pull', reqOpts: { subscription, maxMessages: 1 } },
      (error, response) => (error ? reject(error) : resolve(response?.receivedMessages?.[0]?.message ?? undefined)),
    );
  });

/** An HTTP endpoint that answers with the given statuses, then 204, and keeps what it got. */
const endpoint = async (statuses: number[] = []) => {
  const got: { at: number; headers: IncomingHttpHeaders; body: unknown }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ at: Date.now(), headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(statuses.shift() ?? 204).end();
      for (const { count, resolve } of waiting) if (got.length >= count) resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    got,
    until: (count: number) => new Promise<void>((resolve) => waiting.push({ count, resolve })),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

/** What becomes of a published message. */
export const deliveryCases: readonly Case[] = [
  {
    name: 'delivers data and attributes to a listener',
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const subscription = await subscribe(made);
      const { next } = inbox(subscription);
      const id = await made.publishMessage({ data: Buffer.from('hello'), attributes: { 'ce-type': 'x', b: '' } });
      const message = await next();
      message.ack();
      expect([message.id, text(message), { ...message.attributes }]).toEqual([id, 'hello', { 'ce-type': 'x', b: '' }]);
      expect(Math.abs(message.publishTime.getTime() - Date.now())).toBeLessThan(60_000);
      expect(message.deliveryAttempt).toBe(0);
    },
  },
  {
    name: 'delivers every one of 300 messages to two subscriptions',
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const boxes = [inbox(await subscribe(made)), inbox(await subscribe(made))];
      const wanted = Array.from({ length: 300 }, (_, index) => `m${index}`);
      await Promise.all(wanted.map((value) => made.publishMessage({ data: Buffer.from(value) })));
      for (const { next } of boxes) {
        const got = new Set<string>();
        while (got.size < wanted.length) {
          const message = await next();
          message.ack();
          got.add(text(message));
        }
        expect([...got].sort()).toEqual([...wanted].sort());
      }
    },
  },
  {
    name: 'delivers again after a nack',
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const { next } = inbox(await subscribe(made));
      const id = await made.publishMessage({ data: Buffer.from('x') });
      (await next()).nack();
      const again = await next();
      again.ack();
      expect(again.id).toBe(id);
    },
  },
  {
    name: 'delivers again after the ack deadline, and not before',
    run: async ({ client, topic, subscribe }) => {
      const made = await topic();
      const subscription = await subscribe(made, { ackDeadlineSeconds: 10 });
      const id = await made.publishMessage({ data: Buffer.from('x') });
      const pull = () => pullOne(client, subscription.name);
      const first = await pull();
      const at = performance.now();
      expect(first?.messageId).toBe(id);
      let again = await pull();
      while (again === undefined) again = await pull();
      expect(again.messageId).toBe(id);
      expect(performance.now() - at).toBeGreaterThan(9_000);
    },
  },
  {
    // In a real project the service agent of Pub/Sub needs publisher and subscriber there.
    name: 'counts attempts and forwards a dead letter',
    run: async ({ project, topic, subscribe }) => {
      const made = await topic();
      const dead = await topic('dead');
      const deadBox = inbox(await subscribe(dead));
      const source = await subscribe(made, {
        deadLetterPolicy: { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 },
        retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds: 0 } },
      });
      const attempts: number[] = [];
      source.on('error', () => {});
      source.on('message', (message) => {
        attempts.push(message.deliveryAttempt);
        message.nack();
      });
      await made.publishMessage({ data: Buffer.from('x'), attributes: { a: 'b' } });
      const letter = await deadBox.next();
      letter.ack();
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
      expect(text(letter)).toBe('x');
      expect(letter.attributes).toMatchObject({
        a: 'b',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: source.name.split('/').at(-1),
        CloudPubSubDeadLetterSourceSubscriptionProject: project,
      });
      expect(letter.attributes.CloudPubSubDeadLetterSourceTopicPublishTime).toMatch(/^\d{4}-\d\d-\d\dT/);
    },
  },
  {
    name: 'waits the minimum backoff of the retry policy',
    emulatorGap: { why: 'delivers after 0.15 s whatever the minimum is', shows: /to be greater than 950/ },
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const retryPolicy = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } };
      const { next } = inbox(await subscribe(made, { retryPolicy }));
      await made.publishMessage({ data: Buffer.from('x') });
      const first = await next();
      const at = performance.now();
      first.nack();
      (await next()).ack();
      expect(performance.now() - at).toBeGreaterThan(950);
    },
  },
  {
    name: 'pushes the wrapped message, and again after a 500',
    localOnly: 'the endpoint is on loopback',
    run: async ({ topic, subscribe }) => {
      const hook = await endpoint([500]);
      const twice = hook.until(2);
      const made = await topic();
      const { name } = await subscribe(made, { pushConfig: { pushEndpoint: hook.url } });
      const id = await made.publishMessage({ data: Buffer.from('x'), attributes: { a: 'b' } });
      await twice;
      hook.close();
      for (const { headers, body } of hook.got) {
        expect(headers['content-type']).toMatch(/^application\/json/);
        expect(headers.authorization).toBeUndefined();
        expect(body).toMatchObject({
          message: { attributes: { a: 'b' }, data: 'eA==', messageId: id, message_id: id },
          subscription: name,
        });
        expect(body).toHaveProperty('message.publishTime', expect.stringMatching(/Z$/));
        expect(body).toHaveProperty('message.publish_time', expect.stringMatching(/Z$/));
      }
    },
  },
  {
    name: 'pushes with an OIDC token of the service account',
    emulatorGap: { why: 'stores the OIDC settings and never sends a token', shows: /expected undefined to be/ },
    localOnly: 'the endpoint is on loopback',
    run: async ({ topic, subscribe }) => {
      const hook = await endpoint();
      const once = hook.until(1);
      const made = await topic();
      const oidcToken = { serviceAccountEmail: 'pusher@keyturn-local.iam.gserviceaccount.com', audience: 'root' };
      await subscribe(made, { pushConfig: { pushEndpoint: hook.url, oidcToken } });
      await made.publishMessage({ data: Buffer.from('x') });
      await once;
      hook.close();
      expect(hook.got[0]?.headers.authorization).toBe('Bearer pusher@keyturn-local.iam.gserviceaccount.com|root');
    },
  },
  {
    name: 'delivers only what the filter lets through',
    emulatorGap: { why: 'knows no filters before version 0.8.30 (SDK 555)', shows: /to deeply equal/ },
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const { next } = inbox(await subscribe(made, { filter: 'attributes."ce-type" = "b" AND NOT attributes:skip' }));
      for (const attributes of [{ 'ce-type': 'a' }, { 'ce-type': 'b', skip: '' }, { 'ce-type': 'b', ok: '1' }])
        await made.publishMessage({ data: Buffer.from('x'), attributes });
      const message = await next();
      message.ack();
      expect({ ...message.attributes }).toEqual({ 'ce-type': 'b', ok: '1' });
    },
  },
];
