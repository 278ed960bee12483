import { PubSub } from '@google-cloud/pubsub';
import { grpc } from 'google-gax';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ours, PROJECT_ID, startOurs } from './pubsub-backends.ts';
import { failure } from './pubsub-suite.ts';

const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;

let ours: Ours;
const clients: PubSub[] = [];
const track = (client: PubSub): PubSub => {
  clients.push(client);
  return client;
};

beforeAll(async () => {
  ours = await startOurs();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await ours.servers.close();
});

const plain = (): PubSub =>
  track(new PubSub({ projectId: PROJECT_ID, apiEndpoint: `127.0.0.1:${ours.servers.plainPort}` }));

describe('StreamingPull', () => {
  const open = async (request: object) => {
    const client = plain();
    const { v1 } = await import('@google-cloud/pubsub');
    const low = new v1.SubscriberClient({
      servicePath: '127.0.0.1',
      port: ours.servers.plainPort,
      sslCreds: grpc.credentials.createInsecure(),
    });
    await low.initialize();
    const stream = low.streamingPull();
    const frames: { receivedMessages?: { ackId: string }[] }[] = [];
    const waiting: (() => void)[] = [];
    stream.on('data', (frame) => {
      frames.push(frame);
      waiting.shift()?.();
    });
    const ended = new Promise<unknown>((resolve) => stream.on('error', resolve));
    stream.write(request);
    const next = async () => {
      if (frames.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return frames.shift();
    };
    return { client, stream, next, frames, ended, close: () => low.close() };
  };

  const made = async (id: string) => {
    const client = plain();
    const [topic] = await client.createTopic(id);
    await topic.createSubscription(`${id}-sub`);
    return { topic, subscription: `projects/${PROJECT_ID}/subscriptions/${id}-sub` };
  };

  it('answers each empty request, which is the keep-alive of client 6', async () => {
    const { subscription } = await made('alive');
    const stream = await open({ subscription, streamAckDeadlineSeconds: 10, protocolVersion: 1 });
    for (let ping = 0; ping < 3; ping += 1) {
      stream.stream.write({});
      expect((await stream.next())?.receivedMessages).toEqual([]);
    }
    stream.stream.end();
    await stream.close();
  });

  it('keeps to the client maximum of outstanding messages', async () => {
    const { topic, subscription } = await made('flow');
    const stream = await open({
      subscription,
      streamAckDeadlineSeconds: 10,
      maxOutstandingMessages: 2,
      protocolVersion: 1,
    });
    await Promise.all([1, 2, 3, 4, 5].map((value) => topic.publishMessage({ data: Buffer.from(String(value)) })));
    const got: string[] = [];
    while (got.length < 2) for (const { ackId } of (await stream.next())?.receivedMessages ?? []) got.push(ackId);
    stream.stream.write({});
    expect((await stream.next())?.receivedMessages).toEqual([]);
    expect(got).toHaveLength(2);
    stream.stream.write({ ackIds: got.slice(0, 1) });
    expect((await stream.next())?.receivedMessages).toHaveLength(1);
    stream.stream.write({ modifyDeadlineAckIds: got.slice(1), modifyDeadlineSeconds: [0] });
    expect((await stream.next())?.receivedMessages).toHaveLength(1);
    stream.stream.end();
    await stream.close();
  });

  it.each([
    ['a deadline under 10 s', { streamAckDeadlineSeconds: 9 }, /between 10 and 600/],
    ['a made-up ack id', { streamAckDeadlineSeconds: 10, ackIds: ['garbage'] }, /Invalid ack id/],
    [
      'lists of different length',
      { streamAckDeadlineSeconds: 10, modifyDeadlineAckIds: ['a'], modifyDeadlineSeconds: [] },
      /same length/,
    ],
  ])('ends a stream that asks for %s', async (_, request, message) => {
    const id = `end-${Object.keys(request).length}-${Object.values(request).length}${message.source.length}`;
    const { subscription } = await made(id);
    const stream = await open({ subscription, ...request });
    expect(await stream.ended).toMatchObject({ code: INVALID_ARGUMENT, message: expect.stringMatching(message) });
    await stream.close();
  });

  it('ends the stream of a subscription that is deleted', async () => {
    const { subscription } = await made('deleted');
    const stream = await open({ subscription, streamAckDeadlineSeconds: 10 });
    stream.stream.write({});
    await stream.next();
    await plain().subscription('deleted-sub').delete();
    expect(await stream.ended).toMatchObject({ code: 5 });
    await stream.close();
  });
});

describe('what is not implemented is refused by name', () => {
  it.each([
    [{ enableMessageOrdering: true }, /enableMessageOrdering/],
    [{ enableExactlyOnceDelivery: true }, /enableExactlyOnceDelivery/],
    [{ retainAckedMessages: true }, /retainAckedMessages/],
    [{ bigqueryConfig: {} }, /bigqueryConfig/],
    [
      { pushConfig: { pushEndpoint: 'http://127.0.0.1:1', noWrapper: { writeMetadata: true } } },
      /pushConfig.noWrapper/,
    ],
  ])('subscription %j', async (options, message) => {
    const client = plain();
    const [topic] = await client.topic('unimplemented').get({ autoCreate: true });
    expect(await failure(topic.createSubscription('never-sub', options))).toMatchObject({
      code: UNIMPLEMENTED,
      message: expect.stringMatching(message),
    });
  });

  it('snapshots, seek, protocol buffer schemas, topic settings', async () => {
    const client = plain();
    const [topic] = await client.topic('unimplemented2').get({ autoCreate: true });
    const [subscription] = await topic.createSubscription('unimplemented2-sub');
    const refusals = [
      [() => subscription.createSnapshot('snap'), /CreateSnapshot/],
      [() => subscription.seek(new Date()), /Seek/],
      [() => client.createSchema('proto-schema', 'PROTOCOL_BUFFER', 'message M {}'), /PROTOCOL_BUFFER/],
      [() => client.createTopic({ name: 'kms-topic', kmsKeyName: 'k' }), /kmsKeyName/],
    ] as const;
    for (const [work, message] of refusals)
      expect(await failure(work())).toMatchObject({ code: UNIMPLEMENTED, message: expect.stringMatching(message) });
  });
});
