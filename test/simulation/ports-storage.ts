import type { Storage, StoredObject } from '#core/ports.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { StoredObject as CloudObject } from '#local/cloud/storage/model.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Actor } from './scheduler.ts';
import { type Services, through, translated } from './services.ts';

const objectOf = ({ bucket, name, generation, size, created, metadata, deleted }: CloudObject): StoredObject => ({
  bucket,
  name,
  generation: String(generation),
  size,
  timeCreated: created,
  metadata,
  live: deleted === null,
});

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
            if (error instanceof CloudError && (error.http === 412 || error.status === 'PERMISSION_DENIED'))
              return error;
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
        if (services.closedTo(bucket, prefix))
          throw new KeyturnError('PERMISSION_DENIED', `storage: ${bucket} cannot be listed`);
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
