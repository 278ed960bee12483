import { Encodings, SchemaTypes } from '@google-cloud/pubsub';
import { type Bench, type Case, expect, failure, inbox, text } from './pubsub-suite.ts';

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const OUT_OF_RANGE = 11;

const definition = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
});
const order = { id: 'o-1', tags: ['a'] };

const base64 = (value: string): string => Buffer.from(value).toString('base64');

const schemaTopic = async ({ client, project, id }: Bench, encoding: (typeof Encodings)[keyof typeof Encodings]) => {
  const schemaId = id('schema');
  await client.createSchema(schemaId, SchemaTypes.Avro, definition);
  const schema = `projects/${project}/schemas/${schemaId}`;
  const [topic] = await client.createTopic({ name: id('topic'), schemaSettings: { schema, encoding } });
  return { topic, schema };
};

/** Topics, subscriptions, schemas, and what is refused. */
export const resourceCases: readonly Case[] = [
  {
    name: 'creates, gets, lists and deletes a topic',
    run: async ({ client, id, project, topic }) => {
      const made = await topic();
      const name = `projects/${project}/topics/${id('topic')}`;
      expect(made.name).toBe(name);
      expect((await made.getMetadata())[0].name).toBe(name);
      expect((await client.getTopics())[0].map((one) => one.name)).toContain(name);
      await made.delete();
      expect(await failure(made.getMetadata())).toMatchObject({ code: NOT_FOUND });
    },
  },
  {
    name: 'lists snapshots, of which nobody made one',
    run: async ({ client }) => {
      expect((await client.getSnapshots())[0]).toEqual([]);
    },
  },
  {
    name: 'refuses the same topic and the same subscription twice',
    run: async ({ client, id, topic }) => {
      const made = await topic();
      expect(await failure(client.createTopic(id('topic')))).toMatchObject({ code: ALREADY_EXISTS });
      await made.createSubscription(id('sub'));
      expect(await failure(made.createSubscription(id('sub')))).toMatchObject({ code: ALREADY_EXISTS });
    },
  },
  {
    name: 'answers NOT_FOUND for what is not there',
    run: async ({ client, id }) => {
      const missing = client.topic(id('missing'));
      expect(await failure(missing.publishMessage({ data: Buffer.from('x') }))).toMatchObject({ code: NOT_FOUND });
      expect(await failure(missing.createSubscription(id('sub')))).toMatchObject({ code: NOT_FOUND });
      expect(await failure(client.subscription(id('sub')).getMetadata())).toMatchObject({ code: NOT_FOUND });
    },
  },
  {
    name: 'refuses bad names and an empty message',
    run: async ({ client, topic }) => {
      for (const name of ['ab', 'goog-topic', '1abc', 'a b c'])
        expect(await failure(client.createTopic(name))).toMatchObject({ code: INVALID_ARGUMENT });
      const made = await topic();
      // The client itself refuses what is no Buffer; an empty one reaches the service.
      expect(await failure(made.publishMessage({ data: Buffer.alloc(0) }))).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'refuses a bad dead-letter or retry policy',
    run: async ({ id, project, topic }) => {
      const made = await topic();
      const create = (options: object) => failure(made.createSubscription(id('sub'), options));
      const deadLetterPolicy = { deadLetterTopic: made.name, maxDeliveryAttempts: 4 };
      expect(await create({ deadLetterPolicy })).toMatchObject({ code: OUT_OF_RANGE });
      const missing = { deadLetterTopic: `projects/${project}/topics/${id('none')}`, maxDeliveryAttempts: 5 };
      expect(await create({ deadLetterPolicy: missing })).toMatchObject({ code: NOT_FOUND });
      const retryPolicy = { minimumBackoff: { seconds: 601 } };
      expect(await create({ retryPolicy })).toMatchObject({ code: INVALID_ARGUMENT });
      expect(await create({ ackDeadlineSeconds: 601 })).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'refuses an ack deadline under 10 seconds',
    emulatorGap: { why: 'takes any from 1 second', shows: /expected a refusal/ },
    run: async ({ id, topic }) => {
      const made = await topic();
      const refused = await failure(made.createSubscription(id('sub'), { ackDeadlineSeconds: 9 }));
      expect(refused).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'refuses a filter with bad syntax',
    emulatorGap: { why: 'stores any text as filter', shows: /expected a refusal/ },
    run: async ({ id, topic }) => {
      const made = await topic();
      const refused = await failure(made.createSubscription(id('sub'), { filter: 'attributes.ce-type = "b"' }));
      expect(refused).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'checks Avro JSON at publish and stamps what passes',
    run: async (bench) => {
      const { topic, schema } = await schemaTopic(bench, Encodings.Json);
      const { next } = inbox(await bench.subscribe(topic));
      for (const bad of ['not json', '{"id":1,"tags":[]}', '{"id":"o-1"}', '[]'])
        expect(await failure(topic.publishMessage({ data: Buffer.from(bad) }))).toMatchObject({
          code: INVALID_ARGUMENT,
        });
      await topic.publishMessage({ data: Buffer.from(JSON.stringify(order)) });
      const message = await next();
      message.ack();
      expect(JSON.parse(text(message))).toEqual(order);
      expect(message.attributes).toMatchObject({
        googclient_schemaname: schema,
        googclient_schemaencoding: 'JSON',
        googclient_schemarevisionid: expect.stringMatching(/^[0-9a-f]{8}$/),
      });
    },
  },
  {
    name: 'refuses Avro JSON with a field that the schema does not know',
    emulatorGap: { why: 'accepts unknown extra fields', shows: /expected a refusal/ },
    run: async (bench) => {
      const { topic } = await schemaTopic(bench, Encodings.Json);
      const data = Buffer.from(JSON.stringify({ ...order, extra: 1 }));
      expect(await failure(topic.publishMessage({ data }))).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'checks binary Avro at publish',
    run: async (bench) => {
      const { topic } = await schemaTopic(bench, Encodings.Binary);
      const avsc = (await import('avsc')).default;
      const data = avsc.Type.forSchema(JSON.parse(definition)).toBuffer(order);
      await topic.publishMessage({ data });
      for (const bad of [data.subarray(0, -1), Buffer.from(JSON.stringify(order))])
        expect(await failure(topic.publishMessage({ data: bad }))).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'creates, gets, validates, lists and deletes a schema',
    run: async ({ client, id, project }) => {
      const name = id('schema');
      await client.createSchema(name, SchemaTypes.Avro, definition);
      expect(await failure(client.createSchema(name, SchemaTypes.Avro, definition))).toMatchObject({
        code: ALREADY_EXISTS,
      });
      expect(await failure(client.createSchema(id('bad'), SchemaTypes.Avro, '{'))).toMatchObject({
        code: INVALID_ARGUMENT,
      });
      const schema = client.schema(name);
      expect(await schema.get()).toMatchObject({
        name: `projects/${project}/schemas/${name}`,
        type: 'AVRO',
        definition,
      });
      await client.validateSchema({ type: SchemaTypes.Avro, definition });
      // The client hands the string to a bytes field, where protobufjs reads base64.
      await schema.validateMessage(base64(JSON.stringify(order)), Encodings.Json);
      expect(await failure(schema.validateMessage(base64('{}'), Encodings.Json))).toMatchObject({
        code: INVALID_ARGUMENT,
      });
      const names: unknown[] = [];
      for await (const one of client.listSchemas()) names.push(one.name);
      expect(names).toContain(`projects/${project}/schemas/${name}`);
      await schema.delete();
      expect(await failure(schema.get())).toMatchObject({ code: NOT_FOUND });
    },
  },
  {
    name: 'publishes nothing to a topic whose schema is gone',
    run: async (bench) => {
      const { topic, schema } = await schemaTopic(bench, Encodings.Json);
      await bench.client.schema(schema.split('/').at(-1) ?? '').delete();
      const refused = await failure(topic.publishMessage({ data: Buffer.from(JSON.stringify(order)) }));
      expect(refused).toMatchObject({ code: NOT_FOUND });
    },
  },
  {
    name: 'refuses a message over 10 MB',
    emulatorGap: { why: 'does not answer at all' },
    run: async ({ topic }) => {
      const made = await topic();
      const data = Buffer.alloc(11 * 1024 * 1024, 1);
      expect(await failure(made.publishMessage({ data }))).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'refuses attribute keys that begin with goog',
    emulatorGap: { why: 'accepts them', shows: /expected a refusal/ },
    run: async ({ topic }) => {
      const made = await topic();
      const refused = await failure(made.publishMessage({ data: Buffer.from('x'), attributes: { googx: '1' } }));
      expect(refused).toMatchObject({ code: INVALID_ARGUMENT });
    },
  },
  {
    name: 'keeps the subscription of a deleted topic',
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const subscription = await subscribe(made);
      await made.delete();
      expect((await subscription.getMetadata())[0].topic).toBe('_deleted-topic_');
    },
  },
  {
    name: 'updates a subscription, but not its filter',
    run: async ({ topic, subscribe }) => {
      const made = await topic();
      const subscription = await subscribe(made);
      await subscription.setMetadata({ ackDeadlineSeconds: 77 });
      expect((await subscription.getMetadata())[0].ackDeadlineSeconds).toBe(77);
      expect(await failure(subscription.setMetadata({ filter: 'attributes:a' }))).toMatchObject({
        code: INVALID_ARGUMENT,
      });
    },
  },
];
