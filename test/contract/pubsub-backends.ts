import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PubSub } from '@google-cloud/pubsub';
import { grpc } from 'google-gax';
import { httpDeliver } from '#local/cloud/pubsub/http-deliver.ts';
import { type PubSubServers, startPubSub } from '#local/cloud/pubsub/server.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { type Caller, callerNamed } from '#local/cloud/runtime/iam.ts';
import { createLocalTls, type LocalTls } from '#local/cloud/runtime/tls.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';

// Without this the client asks a metadata server who it is, before its first call on a channel of our own.
if (process.env.KEYTURN_TEST_PROJECT === undefined) process.env.METADATA_SERVER_DETECTION = 'none';

export type BackendName = 'ours' | 'emulator' | 'real';

/** One service to hold the suite against. */
export interface Backend {
  readonly name: BackendName;
  readonly project: string;
  readonly client: () => PubSub;
  readonly stop: () => Promise<void>;
}

export const PROJECT_ID = 'keyturn-local';
const PROJECT = `projects/${PROJECT_ID}`;
const AGENT = 'serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com';
export const dev: Caller = callerNamed('dev', 'user:dev@keyturn.local');

export interface Ours {
  readonly world: World;
  readonly topics: Topics;
  readonly servers: PubSubServers;
  readonly tls: LocalTls;
}

/** Our server on the system clock; `dev` may do everything. */
export const startOurs = async (): Promise<Ours> => {
  const world = createWorld();
  const grants = [
    ['dev', 'roles/pubsub.admin'],
    ['dev', 'roles/iam.serviceAccountUser'],
    [AGENT, 'roles/pubsub.publisher'],
    [AGENT, 'roles/pubsub.subscriber'],
  ] as const;
  for (const [member, role] of grants)
    world.iam.bind({ id: `${member} ${role}`, resource: PROJECT, role, members: [member] });
  const topics = new Topics(world, { deliver: httpDeliver, mintIdToken: (email, audience) => `${email}|${audience}` });
  const tls = await createLocalTls();
  const servers = await startPubSub(world, topics, { plainCaller: dev, tls });
  return { world, topics, servers, tls };
};

export const ourBackend = async (): Promise<Backend> => {
  const { servers } = await startOurs();
  return {
    name: 'ours',
    project: PROJECT_ID,
    client: () => new PubSub({ projectId: PROJECT_ID, apiEndpoint: `127.0.0.1:${servers.plainPort}` }),
    stop: servers.close,
  };
};

/** A client of the TLS port with this token, or with none. */
export const tlsClient = ({ servers, tls }: Ours, token?: string): PubSub => {
  const ssl = grpc.credentials.createSsl(Buffer.from(tls.ca));
  const call = grpc.credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new grpc.Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    done(null, metadata);
  });
  return new PubSub({
    projectId: PROJECT_ID,
    servicePath: 'localhost',
    port: servers.tlsPort,
    sslCreds: grpc.credentials.combineChannelCredentials(ssl, call),
  });
};

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

const JAR = /^cloud-pubsub-emulator-.*\.jar$/;

/** Google's emulator as gcloud installs it, or undefined. */
export const findEmulatorJar = async (): Promise<string | undefined> => {
  const asked = await promisify(execFile)('gcloud', ['info', '--format=value(installation.sdk_root)']).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
  const roots = [...asked, '/usr/lib/google-cloud-sdk', '/opt/google-cloud-sdk', '/snap/google-cloud-cli/current'];
  const folders = roots
    .map((root) => join(root, 'platform/pubsub-emulator/lib'))
    .filter((folder) => existsSync(folder));
  const jars = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => JAR.test(name))
      .map((name) => join(folder, name)),
  );
  const java = await promisify(execFile)('java', ['-version']).then(
    () => true,
    () => false,
  );
  return java ? jars[0] : undefined;
};

const untilListening = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let log = '';
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      if (log.includes('Server started, listening')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the emulator ended: ${log}`)));
  });

export const emulatorBackend = async (jar: string): Promise<Backend> => {
  const port = await freePort();
  const child = spawn('java', ['-jar', jar, '--host=127.0.0.1', `--port=${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilListening(child);
  return {
    name: 'emulator',
    project: PROJECT_ID,
    client: () => new PubSub({ projectId: PROJECT_ID, apiEndpoint: `127.0.0.1:${port}` }),
    stop: async () => {
      child.removeAllListeners('exit');
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
};

export const realBackend = async (project: string): Promise<Backend> => ({
  name: 'real',
  project,
  client: () => new PubSub({ projectId: project }),
  stop: async () => {},
});
