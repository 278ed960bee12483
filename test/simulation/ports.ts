import { instanceResource, requestIdOf } from '#adapters/instance-resource.ts';
import type {
  Attestation,
  Clock,
  Decrypted,
  Log,
  LogFields,
  MachineState,
  MachineSpec,
  Machines,
  Publisher,
  ReleaseKeys,
  Storage,
  StoredObject,
} from '#core/ports.ts';
import type { Instances } from '#local/compute/instances.ts';
import { CloudError } from '#local/frame/cloud-error.ts';
import type { Caller } from '#local/frame/iam.ts';
import type { World } from '#local/frame/world.ts';
import type { InstanceClaims } from '#local/identity/instance-claims.ts';
import type { AttestationVerifier } from '#local/identity/verifier.ts';
import type { Keys } from '#local/kms/keys.ts';
import type { Topics } from '#local/pubsub/topics.ts';
import type { StoredObject as CloudObject } from '#local/storage/model.ts';
import type { ObjectStore } from '#local/storage/objects.ts';
import { type Code, isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type Config, coSignerNamed } from '#schemas/config.ts';
import type { Observer } from './observer.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** The services that ports reach. */
export interface Services {
  readonly world: World;
  readonly store: ObjectStore;
  readonly topics: Topics;
  readonly keys: Keys;
  readonly instances: Instances;
  readonly verifier: AttestationVerifier;
  readonly config: Config;
  readonly scheduler: Scheduler;
  readonly observer: Observer;
  /** Objects per page at most; 0: as many as asked for. */
  readonly page: number;
}

const CODES: Readonly<Record<string, Code>> = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  DEADLINE_EXCEEDED: 'DEADLINE',
  NOT_FOUND: 'NOT_FOUND',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
};

/** A service's error as the adapters would translate it. */
const translated = (error: unknown): unknown =>
  error instanceof CloudError ? new KeyturnError(CODES[error.status] ?? 'UNAVAILABLE', error.message) : error;

const through = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw translated(error);
  }
};

const objectOf = ({ bucket, name, generation, size, created, metadata, deleted }: CloudObject): StoredObject => ({
  bucket,
  name,
  generation: String(generation),
  size,
  timeCreated: created,
  metadata,
  live: deleted === null,
});

const machineStateOf = (status: string): MachineState =>
  ['PROVISIONING', 'STAGING', 'RUNNING'].includes(status) ? 'alive' : 'stopped';

const short = (bucket: string, name: string): string => `${bucket.replace(/^lab-/, '')}/${name}`;

export const storageFor = (services: Services, caller: Caller, actor: Actor): Storage => {
  const { store, scheduler, observer, world } = services;
  const on = <T>(label: string, run: () => T) => scheduler.call(actor, label, () => through(run));
  const find = (bucket: string, name: string) =>
    on(`get ${short(bucket, name)}`, () => {
      try {
        return objectOf(store.get(caller, bucket, name));
      } catch (error) {
        if (error instanceof CloudError && error.status === 'NOT_FOUND') return undefined;
        throw error;
      }
    });
  return {
    createOnce: async (bucket, name, bytes, metadata = {}) => {
      for (let tries = 0; tries < 3; tries++) {
        const made = await on(`create ${short(bucket, name)}`, () => {
          try {
            const preconditions = { ifGenerationMatch: 0 };
            return objectOf(store.insert(caller, bucket, name, Buffer.from(bytes), { preconditions, metadata }));
          } catch (error) {
            if (error instanceof CloudError && (error.http === 412 || error.status === 'PERMISSION_DENIED')) return error;
            throw error;
          }
        });
        if (!(made instanceof CloudError)) return { created: true, object: made };
        const found = await find(bucket, name);
        if (found !== undefined) return { created: false, object: found };
        if (made.status === 'PERMISSION_DENIED') throw translated(made);
      }
      throw new KeyturnError('UNAVAILABLE', 'storage: the name is taken and free in turn');
    },
    read: (bucket, name, { generation, limit = 16 * 1024 * 1024 } = {}) =>
      on(`read ${short(bucket, name)}`, () => {
        try {
          const which = generation === undefined ? {} : { generation: Number(generation) };
          const { object, bytes } = store.read(caller, bucket, name, which);
          if (bytes.length > limit) throw new KeyturnError('TOO_LARGE', `storage: ${bytes.length} bytes`);
          return { object: objectOf(object), bytes: new Uint8Array(bytes) };
        } catch (error) {
          if (error instanceof CloudError && error.status === 'NOT_FOUND') return undefined;
          throw error;
        }
      }),
    stat: find,
    list: (bucket, prefix, { versions = false, from, limit } = {}) =>
      on(`list ${short(bucket, prefix)}${versions ? ' (all generations)' : ''}`, () => {
        const most = services.page > 0 ? Math.min(services.page, limit ?? 1000) : limit;
        const page = store.list(caller, bucket, { prefix, versions, pageToken: from, maxResults: most });
        if (from === undefined) observer.looked(actor, bucket, prefix);
        // The Date of an answer counts whole seconds, and the adapter takes off what the call took.
        const at = Math.floor(world.clock.now() / 1000) * 1000;
        return { objects: page.items.map(objectOf), at, next: page.nextPageToken };
      }),
    setMetadata: (bucket, name, metadata) =>
      on(`patch ${short(bucket, name)}`, () => {
        try {
          const old = store.get(caller, bucket, name).metadata;
          const gone = Object.fromEntries(Object.keys(old).map((key) => [key, null]));
          store.patchObject(caller, bucket, name, { metadata: { ...gone, ...metadata } });
          return true;
        } catch (error) {
          if (error instanceof CloudError && error.status === 'NOT_FOUND') return false;
          throw error;
        }
      }),
    delete: (bucket, name) =>
      on(`delete ${short(bucket, name)}`, () => {
        try {
          store.delete(caller, bucket, name);
          return true;
        } catch (error) {
          if (error instanceof CloudError && error.status === 'NOT_FOUND') return false;
          throw error;
        }
      }),
    settings: (bucket) =>
      on(`settings of ${bucket}`, () => {
        const { retention } = store.getBucket(caller, bucket);
        return {
          projectNumber: world.project.number,
          retentionSeconds: retention?.seconds ?? 0,
          retentionLocked: retention?.locked ?? false,
          hierarchicalNamespace: false,
        };
      }),
  };
};

export const publisherFor = ({ world, topics, scheduler }: Services, caller: Caller, actor: Actor): Publisher => ({
  publish: async (topic, message) => {
    const type = message.attributes['ce-type'] ?? '';
    await scheduler.call(actor, `publish ${topic.replace(/^lab-/, '')} ${type}`, () =>
      through(() => topics.publish(caller, `projects/${world.project.id}/topics/${topic}`, [message])),
    );
  },
});

export const releaseKeysFor = (
  { keys, config, scheduler }: Services,
  callerOf: (coSigner: string) => Caller,
  actor: Actor,
): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad): Promise<Decrypted> => {
    const key = coSignerNamed(config.law, coSigner)?.releaseKey;
    if (key === undefined) throw new KeyturnError('CONFIG', `no release key for co-signer ${coSigner}`);
    for (const text of [aad, `${aad}\n`]) {
      try {
        const request = { name: key, ciphertext, additionalAuthenticatedData: Buffer.from(text) };
        const { plaintext } = await scheduler.call(actor, `decrypt with ${coSigner}'s key`, () =>
          through(() => keys.decrypt(callerOf(coSigner), request)),
        );
        return { kind: 'plaintext', bytes: new Uint8Array(plaintext) };
      } catch (error) {
        if (!isKeyturnError(error)) throw error;
        if (error.code !== 'INVALID_ARGUMENT') return { kind: 'unreachable', reason: error.code };
      }
    }
    return { kind: 'bad' };
  },
});

/** The body of instances.insert as the client writes it: an int64 of proto3 JSON is a string. */
export const insertBody = (config: Config, spec: MachineSpec): unknown =>
  JSON.parse(
    JSON.stringify(instanceResource(spec, config.law, config.operations), (key, value: unknown) =>
      key === 'seconds' || key === 'diskSizeGb' ? String(value) : value,
    ),
  );

export const machinesFor = (services: Services, caller: Caller, actor: Actor): Machines => {
  const { instances, scheduler, config, world } = services;
  const on = <T>(label: string, run: () => T) => scheduler.call(actor, label, () => through(run));
  const text = (shown: Readonly<Record<string, unknown>>, field: string): string => String(shown[field] ?? '');
  const finish = (zone: string, name: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve) => {
      instances.waitOperation(caller, zone, name, (done) => {
        if (actor.alive) resolve(done);
      });
    });
  return {
    start: async (spec) => {
      const body = insertBody(config, spec);
      const begun = await on(`insert ${spec.zone}/${spec.name}`, () => {
        try {
          return instances.insert(caller, spec.zone, body, requestIdOf(world.project.id, spec.zone, spec.name));
        } catch (error) {
          if (error instanceof CloudError && error.status === 'ALREADY_EXISTS') return undefined;
          throw error;
        }
      });
      if (begun === undefined) return 'exists';
      const done = await finish(spec.zone, text(begun, 'name'));
      const failure = JSON.stringify(done.error ?? '');
      if (/EXHAUSTED|QUOTA/.test(failure)) return 'exhausted';
      if (failure !== '""') throw new KeyturnError('UNAVAILABLE', 'compute: insert failed');
      return 'started';
    },
    state: (zone, name) =>
      on(`state of ${zone}/${name}`, () => {
        try {
          return machineStateOf(text(instances.get(caller, zone, name), 'status'));
        } catch (error) {
          if (error instanceof CloudError && error.status === 'NOT_FOUND') return 'absent';
          throw error;
        }
      }),
    list: (zone) =>
      on(`list machines of ${zone}`, () =>
        instances.list(caller, zone).items.map((shown) => ({
          zone,
          name: text(shown, 'name'),
          state: machineStateOf(text(shown, 'status')),
          createdAt: Date.parse(text(shown, 'creationTimestamp')),
        })),
      ),
    delete: async (zone, name) => {
      await on(`delete machine ${zone}/${name}`, () => {
        try {
          instances.delete(caller, zone, name);
        } catch (error) {
          if (!(error instanceof CloudError) || error.status !== 'NOT_FOUND') throw error;
        }
      });
    },
  };
};

export const attestationFor = ({ verifier, scheduler }: Services, claims: InstanceClaims, actor: Actor): Attestation => ({
  token: ({ audience, nonce, type }) =>
    scheduler.call(actor, `token for ${audience}`, () =>
      through(() => verifier.customToken(claims, { audience, tokenType: type, nonces: [nonce] })),
    ),
});

export const clockFor = ({ scheduler }: Services, actor: Actor): Clock => ({
  now: () => scheduler.clock.now() + actor.skew,
  sleep: (ms, signal) => scheduler.sleep(actor, ms, signal),
});

export const logFor = ({ observer, scheduler }: Services, actor: Actor): Log => {
  const line = (level: string) => (event: string, fields: LogFields = {}) => {
    const told = JSON.stringify(fields);
    observer.leaves(`log of ${actor.name}`, `${event} ${told}`);
    if (level === 'alarm') observer.alarm(event, String(fields.code ?? ''));
    scheduler.note(`    ${actor.name} ${level === 'info' ? '' : `${level} `}${event} ${told}`);
  };
  return { info: line('info'), warn: line('warn'), alarm: line('alarm') };
};
