import { createRequire } from 'node:module';
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type Metadata,
  Server,
  type ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { fromJSON, type PackageDefinition } from '@grpc/proto-loader';
import { asCloudError, CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Operation } from './operation.ts';
import { publisherOperations } from './publisher-operations.ts';
import { schemaOperations } from './schema-operations.ts';
import { PullStream } from './streaming-pull.ts';
import { subscriberOperations } from './subscriber-operations.ts';
import { grpcEncode, printReceived } from './to-wire.ts';
import type { Topics } from './topics.ts';

type Authenticate = (metadata: Metadata) => Caller;

/** A request over the service's own limit of 10 MB must reach the check that says so. */
const MAX_FRAME = 64 * 1024 * 1024;

const SERVICES: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  'google.pubsub.v1.Publisher': publisherOperations,
  'google.pubsub.v1.Subscriber': subscriberOperations,
  'google.pubsub.v1.SchemaService': schemaOperations,
};

let loaded: PackageDefinition | undefined;

/** Takes some 100 ms, so once for all servers, and not before the first. */
const loadProtos = (): PackageDefinition => {
  loaded ??= fromJSON(createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.json'), {
    longs: String,
    enums: String,
    defaults: false,
  });
  return loaded;
};

const serviceOf = (protos: PackageDefinition, name: string): ServiceDefinition => {
  const found = protos[name];
  if (found === undefined || 'format' in found) throw new Error(`${name} is not in the client's protos.json`);
  return found as ServiceDefinition;
};

const statusOf = (world: World, thrown: unknown): { code: number; details: string } => {
  if (!(thrown instanceof CloudError)) world.note(`pubsub: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  const { grpc, message } = asCloudError(thrown);
  return { code: grpc, details: message };
};

const bearer: (world: World) => Authenticate = (world) => (metadata) => {
  const [authorization] = metadata.get('authorization');
  return world.iam.callerOf(authorization?.toString());
};

const unary =
  (world: World, topics: Topics, authenticate: Authenticate, run: Operation): handleUnaryCall<unknown, object> =>
  async (call, answer) => {
    try {
      const caller = authenticate(call.metadata);
      answer(null, await run({ world, topics, caller, encode: grpcEncode }, call.request));
    } catch (error) {
      answer(statusOf(world, error));
    }
  };

const streaming =
  (world: World, topics: Topics, authenticate: Authenticate): handleBidiStreamingCall<unknown, object> =>
  (call) => {
    const fail = (error: unknown): void => {
      call.emit('error', statusOf(world, error));
    };
    let caller: Caller;
    try {
      caller = authenticate(call.metadata);
    } catch (error) {
      fail(error);
      return;
    }
    const stream = new PullStream(topics, caller, {
      send: (messages) => {
        const free = call.write({ receivedMessages: messages.map((one) => printReceived(grpcEncode, one)) });
        if (!free) stream.block(true);
      },
      end: fail,
    });
    call.on('drain', () => stream.block(false));
    call.on('data', (request) => stream.write(request));
    call.on('end', () => {
      stream.close();
      call.end();
    });
    call.on('cancelled', () => stream.close());
    call.on('error', () => stream.close());
  };

const refuse =
  (world: World, name: string): handleUnaryCall<unknown, object> =>
  (_, answer) =>
    answer(statusOf(world, unimplemented(`Pub/Sub ${name}`)));

/** Every method of the three services is there: those without an operation answer UNIMPLEMENTED with their name. */
const implement = (world: World, topics: Topics, authenticate: Authenticate): Server => {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_FRAME,
    'grpc.max_send_message_length': MAX_FRAME,
  });
  const protos = loadProtos();
  for (const [name, operations] of Object.entries(SERVICES)) {
    const service = serviceOf(protos, name);
    const handlers: UntypedServiceImplementation = {};
    for (const method of Object.keys(service)) {
      const run = operations[method];
      handlers[method] = run === undefined ? refuse(world, method) : unary(world, topics, authenticate, run);
    }
    if (name === 'google.pubsub.v1.Subscriber') handlers.StreamingPull = streaming(world, topics, authenticate);
    server.addService(service, handlers);
  }
  return server;
};

/** `as`: everyone on this port is that caller (the emulator's way). Otherwise each call must carry a bearer token. */
export const grpcServer = (world: World, topics: Topics, as?: Caller): Server =>
  implement(world, topics, as === undefined ? bearer(world) : () => as);

/** Loopback only; port 0 lets the OS choose. Resolves to the port in use. */
export const bindGrpc = (server: Server, credentials: ServerCredentials, port = 0): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
