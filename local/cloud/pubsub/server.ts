import { ServerCredentials } from '@grpc/grpc-js';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { LocalTls } from '#local/cloud/runtime/tls.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { bindGrpc, grpcServer } from './grpc.ts';
import { pubsubRest } from './rest.ts';
import type { Topics } from './topics.ts';

export interface PubSubOptions {
  /** Who everyone on the plain port is (clients under PUBSUB_EMULATOR_HOST send no token). */
  readonly plainCaller: Caller;
  /** Certificate and key of the port that takes bearer tokens. */
  readonly tls: Pick<LocalTls, 'certificate' | 'key'>;
  /** 0 or absent: the OS chooses. */
  readonly ports?: { readonly plain?: number; readonly tls?: number; readonly rest?: number };
}

export interface PubSubServers {
  readonly plainPort: number;
  readonly tlsPort: number;
  readonly restPort: number;
  /** Ends open streams too. */
  readonly close: () => Promise<void>;
}

/** Opens the three faces of one `Topics`: gRPC without and with TLS and tokens, and REST with tokens. Loopback only. */
export const startPubSub = async (world: World, topics: Topics, options: PubSubOptions): Promise<PubSubServers> => {
  const { plainCaller, tls, ports = {} } = options;
  const plain = grpcServer(world, topics, plainCaller);
  const secure = grpcServer(world, topics);
  const rest = pubsubRest(world, topics);
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  const [plainPort, tlsPort, restPort] = await Promise.all([
    bindGrpc(plain, ServerCredentials.createInsecure(), ports.plain),
    bindGrpc(secure, ServerCredentials.createSsl(null, [pair]), ports.tls),
    listen(rest, ports.rest),
  ]);
  return {
    plainPort,
    tlsPort,
    restPort,
    close: async () => {
      plain.forceShutdown();
      secure.forceShutdown();
      await closeServer(rest);
    },
  };
};
