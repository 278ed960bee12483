import type { Server } from 'node:http';
import { storagePort } from '#adapters/storage/storage.ts';
import type { Storage } from '#core/ports.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { storageServer } from '#local/cloud/storage/rest.ts';
import { storageOver } from '#test/support/storage-port.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';
import { clientOf, eagerly, grant } from './adapter-kit.ts';

/**
 * What the Storage port promises, asked of both that keep it. One is the deployed adapter, over the local server. The other is the port of
 * unit tests, simulation and benchmark, over the same store without client and wire. Each where a taken name answers 412, and where 403.
 */
export const START = Date.parse('2027-01-01T00:00:00.750Z');
export const OWNER = 'user:owner';
export const BUCKET = 'lab-results';
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

const servers: Server[] = [];
/** Ends the servers of this file. */
export const closeAll = () => Promise.all(servers.map(closeServer));

type PortOf = (who: string) => Storage;
interface Kind {
  readonly name: string;
  readonly open: (world: ReturnType<typeof createWorld>, store: ObjectStore) => Promise<PortOf>;
}

export const ADAPTER: Kind = {
  name: 'the adapter',
  open: async (world, store) => {
    const server = storageServer(world, store);
    servers.push(server);
    const endpoint = `http://127.0.0.1:${await listen(server)}`;
    const projectId = world.project.id;
    return (who) => storagePort({ projectId, authClient: clientOf(world, who), endpoint }, eagerly);
  },
};
export const IN_MEMORY: Kind = {
  name: 'the port of the tests',
  open: async (world, store) => (who) => storageOver({ store, world }, callerNamed(who)),
};

/** A store of its own with one bucket, where each role is held by who is called after it. */
export const bench = async ({ open }: Kind, existingAnswers: 412 | 403 = 412) => {
  const clock = new VirtualClock(START);
  const world = createWorld({ clock });
  const store = new ObjectStore(world, () => {}, { existingAnswers });
  const owner = callerNamed(OWNER);
  grant(world, OWNER, 'roles/storage.admin', `projects/${world.project.id}`);
  store.createBucket(owner, BUCKET);
  for (const role of ['keyturn.append', 'roles/storage.objectViewer', 'roles/storage.objectCreator', 'keyturn.list'])
    grant(world, `user:${role}`, role, `buckets/${BUCKET}`);
  const portOf = await open(world, store);
  return { clock, world, store, owner, portOf, ours: portOf(OWNER) };
};

export const KINDS = [ADAPTER, IN_MEMORY].flatMap((kind) => ([412, 403] as const).map((answer) => ({ kind, answer })));
