import type {
  Attestation,
  Decrypted,
  Log,
  Machines,
  Publisher,
  ReleaseKeys,
  Storage,
  StoredObject,
} from '#core/ports.ts';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { StoredObject as CloudObject } from '#local/cloud/storage/model.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { translated } from '#test/simulation/services.ts';
import type { Services } from './services.ts';

/** The ports over the local cloud's classes: what the adapters make of Google's clients, without clients and wires. */
const objectOf = ({ bucket, name, generation, size, created, metadata, deleted }: CloudObject): StoredObject => ({
  bucket,
  name,
  generation: String(generation),
  size,
  timeCreated: created,
  metadata,
  live: deleted === null,
});

/** Undefined where the service says NOT_FOUND; the rest as the port's own error. */
const orNone = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch (error) {
    if (error instanceof CloudError && error.status === 'NOT_FOUND') return undefined;
    throw translated(error);
  }
};

export const storageFor = ({ store, world }: Services, caller: Caller): Storage => {
  const find = (bucket: string, name: string) => orNone(() => objectOf(store.get(caller, bucket, name)));
  return {
    createOnce: async (bucket, name, bytes, metadata = {}) => {
      const there = find(bucket, name);
      if (there !== undefined) return { created: false, object: there };
      const options = { preconditions: { ifGenerationMatch: 0 }, metadata };
      const object = orNone(() => objectOf(store.insert(caller, bucket, name, Buffer.from(bytes), options)));
      if (object === undefined) throw new KeyturnError('NOT_FOUND', `storage: no bucket ${bucket}`);
      return { created: true, object };
    },
    read: async (bucket, name, { generation, limit = 16 * 1024 * 1024 } = {}) =>
      orNone(() => {
        const which = generation === undefined ? {} : { generation: Number(generation) };
        const { object, bytes } = store.read(caller, bucket, name, which);
        if (bytes.length > limit) throw new KeyturnError('TOO_LARGE', `storage: ${bytes.length} bytes`);
        return { object: objectOf(object), bytes: new Uint8Array(bytes) };
      }),
    stat: async (bucket, name) => find(bucket, name),
    list: async (bucket, prefix, { versions = false, from, limit } = {}) => {
      const page = orNone(() => store.list(caller, bucket, { prefix, versions, pageToken: from, maxResults: limit }));
      if (page === undefined) throw new KeyturnError('NOT_FOUND', `storage: no bucket ${bucket}`);
      return { objects: page.items.map(objectOf), at: world.clock.now(), next: page.nextPageToken };
    },
    setMetadata: async (bucket, name, metadata) => {
      const old = find(bucket, name);
      if (old === undefined) return false;
      const gone = Object.fromEntries(Object.keys(old.metadata).map((key) => [key, null]));
      store.patchObject(caller, bucket, name, { metadata: { ...gone, ...metadata } });
      return true;
    },
    delete: async (bucket, name) =>
      orNone(() => {
        store.delete(caller, bucket, name);
        return true;
      }) ?? false,
    settings: async (bucket) => ({
      projectNumber: world.project.number,
      retentionSeconds: store.getBucket(caller, bucket).retention?.seconds ?? 0,
      retentionLocked: store.getBucket(caller, bucket).retention?.locked ?? false,
      hierarchicalNamespace: false,
    }),
  };
};

export const publisherFor = ({ topics, world }: Services, caller: Caller): Publisher => ({
  publish: async (topic, message) => {
    topics.publish(caller, `projects/${world.project.id}/topics/${topic}`, [message]);
  },
});

export const releaseKeysFor = ({ keys, config }: Services, callerOf: (coSigner: string) => Caller): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad): Promise<Decrypted> => {
    const name = coSignerNamed(config.law, coSigner)?.releaseKey ?? '';
    const request = { name, ciphertext, additionalAuthenticatedData: Buffer.from(aad) };
    const { plaintext } = keys.decrypt(callerOf(coSigner), request);
    return { kind: 'plaintext', bytes: new Uint8Array(plaintext) };
  },
});

export const attestationFor = ({ verifier }: Services, claims: InstanceClaims): Attestation => ({
  token: async ({ audience, nonce, type }) =>
    verifier.customToken(claims, { audience, tokenType: type, nonces: [nonce] }),
});

/** The one machine of the benchmark is this process. */
export const machines: Machines = {
  start: async () => 'exists',
  state: async () => 'alive',
  list: async () => [],
  delete: async () => {},
};

/** Keeps what an operator would be woken by, and nothing else. */
export const logTo = (alarms: string[]): Log => ({
  info: () => {},
  warn: () => {},
  alarm: (event, fields) => alarms.push(`${event} ${JSON.stringify(fields ?? {})}`),
});
