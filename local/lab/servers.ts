import type { Server } from 'node:http';
import { Images } from '#local/cloud/compute/images.ts';
import { Instances } from '#local/cloud/compute/instances.ts';
import { Launcher, type LauncherOptions, type VmLine } from '#local/cloud/compute/launcher.ts';
import { computeServer } from '#local/cloud/compute/rest.ts';
import { IdTokens } from '#local/cloud/identity/id-tokens.ts';
import { Sts } from '#local/cloud/identity/sts.ts';
import { stsRest } from '#local/cloud/identity/sts-rest.ts';
import { startTeeServer } from '#local/cloud/identity/teeserver.ts';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { verifierRest } from '#local/cloud/identity/verifier-rest.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { httpDeliver } from '#local/cloud/pubsub/http-deliver.ts';
import { startPubSub } from '#local/cloud/pubsub/server.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { createLocalTls, type LocalTls } from '#local/cloud/runtime/tls.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { secretsRest } from '#local/cloud/secrets/rest.ts';
import { Secrets } from '#local/cloud/secrets/secrets.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { storageServer } from '#local/cloud/storage/rest.ts';
import type { Endpoints } from './config.ts';
import { OWNER, storageAgent } from './people.ts';

/** A power-off takes two minutes in reality; here a person waits. */
const DELAYS = { provision: 100, staging: 100, boot: 100, powerOff: 200, stop: 100, stopLimit: 5_000 };

type StartTee = LauncherOptions['teeServer'];
/** Puts something between a machine and the socket on which it asks for tokens. */
export type RerouteTee = (start: StartTee) => StartTee;

export interface CloudServers {
  readonly store: ObjectStore;
  readonly topics: Topics;
  readonly keys: Keys;
  readonly secrets: Secrets;
  readonly sts: Sts;
  readonly images: Images;
  readonly instances: Instances;
  readonly launcher: Launcher;
  readonly idTokens: IdTokens;
  readonly verifier: AttestationVerifier;
  readonly endpoints: Endpoints;
  /** host:port of plain gRPC, and urls without path of what the law does not need to know. */
  readonly pubsubPlain: string;
  readonly attestation: string;
  readonly secretManager: string;
  close(): Promise<void>;
}

/** Every Google service of the lab on loopback ports: state in memory, rules enforced, permissions asked at each call. */
export const startServers = async (
  world: World,
  options: {
    readonly portBase?: number | undefined;
    /** Default: one of its own. */
    readonly tls?: LocalTls | undefined;
    readonly onVmLine: (line: VmLine) => void;
    readonly rerouteTee?: RerouteTee | undefined;
  },
): Promise<CloudServers> => {
  const port = (offset: number): number => (options.portBase === undefined ? 0 : options.portBase + offset);
  const idTokens = new IdTokens(world);
  const [tls, verifier] = await Promise.all([options.tls ?? createLocalTls(), AttestationVerifier.create(world)]);
  const topics = new Topics(world, {
    deliver: httpDeliver,
    mintIdToken: (email, audience) => idTokens.mint(email, audience),
  });
  const store = new ObjectStore(
    world,
    (topic, data, attributes) => {
      topics.publish(storageAgent(world), topic, [{ data, attributes }]);
    },
    { mayPublish: (topic) => topics.mayPublish(storageAgent(world), topic) },
  );
  const keys = new Keys(world);
  const secrets = new Secrets(world);
  const sts = new Sts(world, new Map([[verifier.issuer, () => verifier.jwks()]]));
  const images = new Images();
  const launcher = new Launcher(world, {
    images,
    teeServer: (options.rerouteTee ?? ((start) => start))((given) => startTeeServer({ ...given, verifier })),
    log: options.onVmLine,
  });
  const instances = new Instances(world, launcher, DELAYS);
  const pubsub = await startPubSub(world, topics, {
    plainCaller: OWNER,
    tls,
    ports: { plain: port(0), tls: port(1), rest: port(2) },
  });
  const faces: readonly Server[] = [
    storageServer(world, store),
    kmsRest(world, keys),
    computeServer(world, instances),
    stsRest(sts),
    verifierRest(verifier),
    secretsRest(world, secrets),
  ];
  const ports = await Promise.all(faces.map((face, n) => listen(face, port(3 + n))));
  const [storage, kms, compute, stsUrl, attestation, secretManager] = ports.map((each) => `http://127.0.0.1:${each}`);
  const url = (given: string | undefined): string => given ?? '';
  return {
    store,
    topics,
    keys,
    secrets,
    sts,
    images,
    instances,
    launcher,
    idTokens,
    verifier,
    endpoints: {
      pubsub: { host: 'localhost', port: pubsub.tlsPort, ca: tls.ca },
      pubsubRest: `http://127.0.0.1:${pubsub.restPort}`,
      storage: url(storage),
      kms: url(kms),
      compute: url(compute),
      sts: url(stsUrl),
    },
    pubsubPlain: `127.0.0.1:${pubsub.plainPort}`,
    attestation: url(attestation),
    secretManager: url(secretManager),
    close: async () => {
      instances.shutdown();
      await launcher.close();
      await pubsub.close();
      await Promise.all(faces.map(closeServer));
    },
  };
};
