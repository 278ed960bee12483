import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { inspectorPort, registryPath } from '#adapters/inspect/inspect.ts';
import { type Lessor, lessorPort } from '#adapters/pubsub/lease.ts';
import { clientOf, eagerly, failureOf } from './adapter-kit.ts';
import { dev, type Ours, PROJECT_ID, startOurs } from './pubsub-backends.ts';

const named = (kind: string, name: string) => `projects/${PROJECT_ID}/${kind}/${name}`;
const TOPIC = named('topics', 'lab-dead-letters');
const OPERATOR = 'lab-dead-letters-operator';

let ours: Ours;
let lessor: Lessor;
const closing: (() => Promise<void>)[] = [];

const optionsFor = (name: string) => ({
  projectId: PROJECT_ID,
  authClient: clientOf(ours.world, name),
  endpoint: { host: 'localhost', port: ours.servers.tlsPort, ca: ours.tls.ca },
});
const opened = <T extends { close(): Promise<void> }>(port: T): T => {
  closing.push(() => port.close());
  return port;
};
const publish = (...texts: string[]): void => {
  for (const text of texts) ours.topics.publish(dev, TOPIC, [{ data: Buffer.from(text), attributes: { a: text } }]);
};
const texts = (leased: Awaited<ReturnType<Lessor['lease']>>) => leased.map(({ data }) => Buffer.from(data).toString());

beforeAll(async () => {
  ours = await startOurs();
  lessor = opened(lessorPort(optionsFor('dev'), eagerly));
  ours.topics.create(dev, { name: TOPIC });
  ours.topics.subscriptions.create(dev, {
    name: named('subscriptions', OPERATOR),
    topic: TOPIC,
    ackDeadlineSeconds: 60,
    expirationPolicy: {},
  });
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await ours.servers.close();
});
beforeEach(() => ours.world.faults.clear());

it('leases what waits, gives it back, and acknowledges one', async () => {
  expect(await lessor.lease(OPERATOR, 10, 60)).toEqual([]);
  publish('one', 'two', 'three');
  const all = await lessor.lease(OPERATOR, 10, 60);
  expect(texts(all).sort()).toEqual(['one', 'three', 'two']);
  expect(await lessor.lease(OPERATOR, 10, 60)).toEqual([]);
  await lessor.giveBack(OPERATOR, all);
  const again = await lessor.lease(OPERATOR, 10, 60);
  const two = again.filter(({ attributes }) => attributes.a === 'two');
  await lessor.acknowledge(OPERATOR, two);
  await lessor.giveBack(
    OPERATOR,
    again.filter(({ attributes }) => attributes.a !== 'two'),
  );
  const rest = await lessor.lease(OPERATOR, 10, 60);
  expect(texts(rest).sort()).toEqual(['one', 'three']);
  await lessor.acknowledge(OPERATOR, rest);
  expect(await lessor.lease(OPERATOR, 10, 60)).toEqual([]);
});

it('takes no more than asked for, and puts back what it had where a later pull fails', async () => {
  publish('a', 'b', 'c');
  const some = await lessor.lease(OPERATOR, 2, 60);
  expect(some).toHaveLength(2);
  await lessor.giveBack(OPERATOR, some);
  const eve = opened(lessorPort(optionsFor('user:eve'), eagerly));
  expect(await failureOf(eve.lease(OPERATOR, 1, 60))).toMatchObject({ code: 'PERMISSION_DENIED' });
  const all = await lessor.lease(OPERATOR, 10, 60);
  expect(all).toHaveLength(3);
  await lessor.acknowledge(OPERATOR, all);
});

it('a subscription that is not there', async () => {
  expect(await failureOf(lessor.lease('lab-none', 1, 60))).toMatchObject({ code: 'NOT_FOUND' });
});

it('shows the schema of a topic, as it is now', async () => {
  const inspector = opened(inspectorPort(optionsFor('dev'), eagerly));
  const definition = (field: string) =>
    JSON.stringify({ type: 'record', name: 'R', fields: [{ name: field, type: 'string' }] });
  const schema = named('schemas', 'lab-receipts');
  ours.topics.schemas.create(dev, schema, { type: 'AVRO', definition: definition('a') });
  ours.topics.create(dev, { name: named('topics', 'lab-receipts'), schemaSettings: { schema, encoding: 'JSON' } });
  expect(await inspector.schemaOf('lab-receipts')).toBe(definition('a'));
  expect(await inspector.schemaOf('lab-dead-letters')).toBeUndefined();
  expect(await failureOf(inspector.schemaOf('lab-none'))).toMatchObject({ code: 'NOT_FOUND' });
});

it('finds an image in its registry', () => {
  expect(registryPath('us-docker.pkg.dev/p-1/keyturn/workload')).toEqual({
    parent: 'projects/p-1/locations/us/repositories/keyturn',
    image: 'workload',
  });
  expect(registryPath('europe-west4-docker.pkg.dev/p/r/a/b')?.image).toBe('a%2Fb');
  expect(registryPath('docker.io/library/x')).toBeUndefined();
});
