import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev, type Ours, PROJECT_ID, startOurs } from './pubsub-backends.ts';

let ours: Ours;

beforeAll(async () => {
  ours = await startOurs();
});
afterAll(async () => {
  await ours.servers.close();
});

describe('REST', () => {
  const token = () => ours.world.iam.issueToken(dev);
  const rest = async (method: string, path: string, body?: object | string, bearer: string | null = token()) => {
    const response = await fetch(`http://127.0.0.1:${ours.servers.restPort}/v1/projects/${PROJECT_ID}/${path}`, {
      method,
      ...(bearer === null ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  it.each([
    ['no token', 'PUT', 'topics/rest-bad', {}, null, 401, /authentication/],
    ['malformed JSON', 'PUT', 'topics/rest-bad', '{', undefined, 400, /not valid JSON/],
    ['a JSON list', 'PUT', 'topics/rest-bad', '[]', undefined, 400, /must be a JSON object/],
    ['an unknown field', 'PUT', 'topics/rest-bad', { colour: 'red' }, undefined, 400, /field colour/],
    ['an unknown query parameter', 'GET', 'topics?colour=red', undefined, undefined, 400, /query parameter colour/],
    ['an unknown verb', 'POST', 'subscriptions/abc:detach', {}, undefined, 400, /:detach/],
    [
      'data that is not base64',
      'POST',
      'topics/rest-bad:publish',
      { messages: [{ data: '%%' }] },
      undefined,
      400,
      /base64/,
    ],
    ['a wrong type', 'POST', 'subscriptions/abc:pull', { maxMessages: 'x' }, undefined, 400, /maxMessages/],
    [
      'a bad duration',
      'PUT',
      'subscriptions/abc',
      { messageRetentionDuration: '1 week' },
      undefined,
      400,
      /messageRetention/,
    ],
  ])('refuses %s', async (_, method, path, body, bearer, status, message) => {
    const refused = await rest(method, path, body, bearer === null ? null : undefined);
    expect(refused).toMatchObject({ status, body: { error: { message: expect.stringMatching(message) } } });
  });

  it('publishes, pulls and acknowledges, and shows the subscription as Google does', async () => {
    const name = `projects/${PROJECT_ID}/subscriptions/rest-sub`;
    expect(await rest('PUT', 'topics/rest-topic', { labels: { a: 'b' } })).toMatchObject({ status: 200 });
    const created = await rest('PUT', 'subscriptions/rest-sub', {
      topic: `projects/${PROJECT_ID}/topics/rest-topic`,
      retryPolicy: { minimumBackoff: '1.5s' },
      expirationPolicy: {},
    });
    expect(created.body).toEqual({
      name,
      topic: `projects/${PROJECT_ID}/topics/rest-topic`,
      pushConfig: {},
      ackDeadlineSeconds: 10,
      messageRetentionDuration: '604800s',
      expirationPolicy: {},
      retryPolicy: { minimumBackoff: '1.5s', maximumBackoff: '600s' },
      state: 'ACTIVE',
    });
    const published = await rest('POST', 'topics/rest-topic:publish', {
      messages: [{ data: 'aGk=', attributes: { a: 'b' } }],
    });
    const pulled = await rest('POST', 'subscriptions/rest-sub:pull', { maxMessages: 10 });
    expect(pulled.body.receivedMessages).toEqual([
      {
        ackId: expect.any(String),
        message: {
          data: 'aGk=',
          attributes: { a: 'b' },
          messageId: published.body.messageIds[0],
          publishTime: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      },
    ]);
    const ackIds = [pulled.body.receivedMessages[0].ackId];
    expect(await rest('POST', 'subscriptions/rest-sub:acknowledge', { ackIds })).toEqual({ status: 200, body: {} });
    const patch = { subscription: { ackDeadlineSeconds: 20 }, updateMask: 'ackDeadlineSeconds' };
    expect((await rest('PATCH', 'subscriptions/rest-sub', patch)).body.ackDeadlineSeconds).toBe(20);
    expect((await rest('GET', 'topics/rest-topic/subscriptions')).body).toEqual({
      subscriptions: [name],
      nextPageToken: '',
    });
    await rest('PUT', 'subscriptions/rest-sub2', { topic: `projects/${PROJECT_ID}/topics/rest-topic` });
    expect((await rest('GET', 'subscriptions?pageSize=1')).body.nextPageToken).not.toBe('');
  });

  it('waits for a first message where the puller lets it', async () => {
    await rest('PUT', 'topics/wait-topic', {});
    await rest('PUT', 'subscriptions/wait-sub', { topic: `projects/${PROJECT_ID}/topics/wait-topic` });
    expect(
      (await rest('POST', 'subscriptions/wait-sub:pull', { maxMessages: 1, returnImmediately: true })).body,
    ).toEqual({
      receivedMessages: [],
    });
    const waiting = rest('POST', 'subscriptions/wait-sub:pull', { maxMessages: 1 });
    await rest('POST', 'topics/wait-topic:publish', { messages: [{ data: 'aGk=' }] });
    expect((await waiting).body.receivedMessages).toHaveLength(1);
  });

  it('waits out a planned delay', async () => {
    ours.world.faults.add({ method: 'pubsub.topics.list', kind: 'delay', delayMs: 60 });
    const at = performance.now();
    await rest('GET', 'topics');
    expect(performance.now() - at).toBeGreaterThan(55);
    expect(ours.world.faults.pending).toEqual([]);
  });
});

const gcloudHere = await promisify(execFile)('gcloud', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!gcloudHere)(`gcloud${gcloudHere ? '' : ' SKIPPED: it is not installed'}`, () => {
  it('creates, publishes and pulls through the REST face', async () => {
    const home = mkdtempSync(join(tmpdir(), 'keyturn-gcloud-'));
    const tokenFile = join(home, 'token');
    writeFileSync(tokenFile, ours.world.iam.issueToken(dev));
    const gcloud = async (...args: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)('gcloud', ['pubsub', ...args, '--format=json'], {
        env: {
          PATH: process.env.PATH,
          CLOUDSDK_CONFIG: join(home, 'config'),
          CLOUDSDK_CORE_PROJECT: PROJECT_ID,
          CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
          CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://127.0.0.1:${ours.servers.restPort}/`,
        },
      });
      return JSON.parse(stdout);
    };
    try {
      await gcloud('topics', 'create', 'gcloud-topic');
      const options = [
        '--ack-deadline=60',
        '--min-retry-delay=10s',
        '--expiration-period=never',
        '--message-filter=attributes:a',
      ];
      await gcloud('subscriptions', 'create', 'gcloud-sub', '--topic=gcloud-topic', ...options);
      const published = await gcloud('topics', 'publish', 'gcloud-topic', '--message=hi', '--attribute=a=b');
      expect(await gcloud('subscriptions', 'pull', 'gcloud-sub', '--auto-ack', '--limit=5')).toMatchObject([
        { message: { ...{ data: 'aGk=', attributes: { a: 'b' } } } },
      ]);
      expect(published).toMatchObject({ messageIds: [expect.any(String)] });
      expect(await gcloud('subscriptions', 'list')).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: `projects/${PROJECT_ID}/subscriptions/gcloud-sub` })]),
      );
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
