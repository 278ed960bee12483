import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callerOn } from '#adapters/calls/deadline.ts';
import { realClock } from '#adapters/clock.ts';
import { wakesPort } from '#adapters/pubsub/wakes.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { wakeSubscription } from '#schemas/names.ts';
import { eagerly, failureOf } from './adapter-kit.ts';
import { dev, type Ours, PROJECT_ID, startOurs } from './pubsub-backends.ts';

let ours: Ours;
const TOPIC = `projects/${PROJECT_ID}/topics/lab-approved`;
const SUBSCRIPTION = wakeSubscription('lab', 'hot');
const name = `projects/${PROJECT_ID}/subscriptions/${SUBSCRIPTION}`;

beforeAll(async () => {
  ours = await startOurs();
  ours.topics.create(dev, { name: TOPIC });
  ours.topics.subscriptions.create(dev, { name, topic: TOPIC, filter: 'attributes.wallet = "hot"' });
});
afterAll(() => ours.servers.close());

const never = new AbortController().signal;
const publish = (wallet: string, data = 'not what anybody expects'): void => {
  ours.topics.publish(dev, TOPIC, [{ data: Buffer.from(data), attributes: { wallet } }]);
};
const opened = (subscription = SUBSCRIPTION, token = ours.world.iam.issueToken(dev), call = eagerly) => {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const endpoint = `http://127.0.0.1:${ours.servers.restPort}`;
  return wakesPort({ projectId: PROJECT_ID, authClient, endpoint, subscription }, call);
};

it('waits for messages of its wallet, whatever is in them, and acknowledges them', async () => {
  const wakes = opened();
  const waiting = wakes.pull(never);
  publish('cold');
  publish('hot');
  expect(await waiting).toBe(1);
  publish('hot', '{"id":1}');
  publish('hot', '');
  let count = 0;
  while (count < 2) count += await wakes.pull(never);
  expect(count).toBe(2);
  // Nothing of it comes again.
  expect(ours.topics.subscriptions.pull(dev, name, 10)).toEqual([]);
});

it('ends at once where it is told to, and where the wait runs out', async () => {
  const stop = new AbortController();
  const waiting = opened().pull(stop.signal);
  stop.abort();
  expect(await waiting).toBe(0);
  const ends: (() => void)[] = [];
  const clock = { now: realClock.now, sleep: () => new Promise<void>((end) => ends.push(end)) };
  const late = opened(SUBSCRIPTION, undefined, callerOn(clock)).pull(never);
  await expect.poll(() => ends.length).toBe(1);
  for (const end of ends) end();
  expect(await late).toBe(0);
});

it('tells what is missing, and who may not', async () => {
  expect(await failureOf(opened('lab-approved-wake-none').pull(never))).toMatchObject({ code: 'NOT_FOUND' });
  const thief = ours.world.iam.issueToken(callerNamed('thief', 'user:thief@example.com'));
  expect(await failureOf(opened(SUBSCRIPTION, thief).pull(never))).toMatchObject({ code: 'PERMISSION_DENIED' });
});
