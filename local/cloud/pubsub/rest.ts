import type { Server } from 'node:http';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { type Call, type Reply, type Route, restServer } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Operation } from './operation.ts';
import { publisherOperations } from './publisher-operations.ts';
import { schemaOperations } from './schema-operations.ts';
import { subscriberOperations } from './subscriber-operations.ts';
import { restEncode } from './to-wire.ts';
import type { Topics } from './topics.ts';

type Fields = Readonly<Record<string, unknown>>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...publisherOperations,
  ...subscriberOperations,
  ...schemaOperations,
};

const bodyOf = (call: Call): Fields => {
  const body = call.json();
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new CloudError('INVALID_ARGUMENT', 'The request body must be a JSON object.');
  return Object.fromEntries(Object.entries(body));
};

const queryOf = (call: Call, names: readonly string[]): Fields =>
  Object.fromEntries(names.flatMap((name) => (call.query.has(name) ? [[name, call.query.get(name)]] : [])));

/** The path `/v1/projects/P[/collection/ID][tail]`; its whole name is the parameter `name`. */
const pathOf = (collection: string, tail: string): RegExp =>
  new RegExp(`^/v1/(?<name>projects/[^/]+${collection})${tail}$`);

const TOPIC = '/topics/[^/:]+';
const SUBSCRIPTION = '/subscriptions/[^/:]+';
const SCHEMA = '/schemas/[^/:]+';

/**
 * Reads one call as its gRPC request. The name comes from the path, the rest from query and body, as google.api.http in the protos has it.
 */
export const pubsubRest = (world: World, topics: Topics): Server => {
  const route = (
    method: Route['method'],
    path: RegExp,
    query: readonly string[],
    name: string,
    request: (resource: string, body: Fields, query: Fields) => Fields,
  ): Route => ({
    method,
    path,
    query,
    handle: async (call): Promise<Reply> => {
      const run = OPERATIONS[name];
      if (run === undefined) throw new Error(`no operation ${name}`);
      const body = method === 'GET' || method === 'DELETE' ? {} : bodyOf(call);
      const resource = call.params.name ?? '';
      const fields = request(resource, body, queryOf(call, query));
      return { status: 200, body: await run({ world, topics, caller: call.caller, encode: restEncode }, fields) };
    },
  });
  const pages = ['pageSize', 'pageToken'];
  const subscription = (resource: string, body: Fields): Fields => ({ ...body, subscription: resource });

  return restServer(world, 'pubsub', [
    route('PUT', pathOf(TOPIC, ''), [], 'CreateTopic', (name, body) => ({ ...body, name })),
    route('GET', pathOf(TOPIC, ''), [], 'GetTopic', (topic) => ({ topic })),
    route('DELETE', pathOf(TOPIC, ''), [], 'DeleteTopic', (topic) => ({ topic })),
    route('PATCH', pathOf(TOPIC, ''), [], 'UpdateTopic', (name, body) => ({
      ...body,
      topic: { ...of(body.topic), name },
    })),
    route('GET', pathOf('', '/topics'), pages, 'ListTopics', (project, _, query) => ({ project, ...query })),
    route('GET', pathOf(TOPIC, '/subscriptions'), pages, 'ListTopicSubscriptions', (topic, _, query) => ({
      topic,
      ...query,
    })),
    route('GET', pathOf('', '/snapshots'), pages, 'ListSnapshots', (project, _, query) => ({ project, ...query })),
    route('POST', pathOf(TOPIC, ':publish'), [], 'Publish', (topic, body) => ({ ...body, topic })),
    route('PUT', pathOf(SUBSCRIPTION, ''), [], 'CreateSubscription', (name, body) => ({ ...body, name })),
    route('GET', pathOf(SUBSCRIPTION, ''), [], 'GetSubscription', subscription),
    route('DELETE', pathOf(SUBSCRIPTION, ''), [], 'DeleteSubscription', subscription),
    route('PATCH', pathOf(SUBSCRIPTION, ''), [], 'UpdateSubscription', (name, body) => ({
      ...body,
      subscription: { ...of(body.subscription), name },
    })),
    route('GET', pathOf('', '/subscriptions'), pages, 'ListSubscriptions', (project, _, query) => ({
      project,
      ...query,
    })),
    route('POST', pathOf(SUBSCRIPTION, ':pull'), [], 'Pull', subscription),
    route('POST', pathOf(SUBSCRIPTION, ':acknowledge'), [], 'Acknowledge', subscription),
    route('POST', pathOf(SUBSCRIPTION, ':modifyAckDeadline'), [], 'ModifyAckDeadline', subscription),
    route('POST', pathOf(SUBSCRIPTION, ':modifyPushConfig'), [], 'ModifyPushConfig', subscription),
    route('POST', pathOf('', '/schemas'), ['schemaId'], 'CreateSchema', (parent, schema, query) => ({
      parent,
      schema,
      ...query,
    })),
    route('POST', pathOf('', '/schemas:validate'), [], 'ValidateSchema', (parent, body) => ({ ...body, parent })),
    route('POST', pathOf('', '/schemas:validateMessage'), [], 'ValidateMessage', (parent, body) => ({
      ...body,
      parent,
    })),
    route('GET', pathOf('', '/schemas'), [...pages, 'view'], 'ListSchemas', (parent, _, query) => ({
      parent,
      ...query,
    })),
    route('GET', pathOf(SCHEMA, ''), ['view'], 'GetSchema', (name, _, query) => ({ name, ...query })),
    route('DELETE', pathOf(SCHEMA, ''), [], 'DeleteSchema', (name) => ({ name })),
    route('POST', pathOf(SCHEMA, ':commit'), [], 'CommitSchema', (name, body) => ({ ...body, name })),
    route('GET', pathOf(SCHEMA, ':listRevisions'), ['view'], 'ListSchemaRevisions', (name, _, query) => ({
      name,
      ...query,
    })),
  ]);
};

const of = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
