import type { Storage, StoredObject } from '#core/ports.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { StoredObject as CloudObject } from '#local/cloud/storage/model.ts';
import type { ObjectStore } from '#local/cloud/storage/objects.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { through } from './cloud-errors.ts';

/** One call of Cloud Storage, before it happens. */
export interface StorageCall {
  readonly kind: 'create' | 'get' | 'read' | 'list' | 'patch' | 'delete' | 'settings';
  readonly bucket: string;
  /** An object's name, or the prefix of a listing. */
  readonly name: string;
  /** Of a listing: all generations. */
  readonly versions: boolean;
  /** Of a listing: where its page begins. */
  readonly from: string | undefined;
}

/** Makes one call: when, whether at all, and what becomes of its answer. `run` is its whole effect, and throws what the port throws. */
export type MakeCall = <T>(call: StorageCall, run: () => T) => Promise<T>;

const atOnce: MakeCall = async (_, run) => run();

const MAX_OBJECT_BYTES = 16 * 1024 * 1024;

/** Generations that a port has told of: a copy that somebody made by hand is believed no more than the adapter believes it. */
const told = new WeakSet<StoredObject>();

const objectOf = ({ created, deleted, ...from }: CloudObject): StoredObject => {
  const { bucket, name, size, metadata, crc32c } = from;
  const counts = { generation: String(from.generation), metageneration: String(from.metageneration) };
  const object = { bucket, name, ...counts, size, timeCreated: created, metadata, live: deleted === null, crc32c };
  told.add(object);
  return object;
};

/** Undefined where the service says that there is none. */
export const orNone = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch (error) {
    if (error instanceof CloudError && error.status === 'NOT_FOUND') return undefined;
    throw error;
  }
};

/**
 * The Storage port over the local cloud's own store: the calls that adapters/storage/storage.ts makes, without client and wire, and none of
 * them twice. test/contract/storage-port.test.ts holds both to one suite.
 */
export const storageOver = (
  { store, world }: { readonly store: ObjectStore; readonly world: World },
  caller: Caller,
  make: MakeCall = atOnce,
): Storage => {
  const on = <T>(kind: StorageCall['kind'], [bucket, name]: readonly [string, string], run: () => T): Promise<T> =>
    make({ kind, bucket, name, versions: false, from: undefined }, () => through(run));

  const find = (bucket: string, name: string) =>
    on('get', [bucket, name], () => orNone(() => objectOf(store.get(caller, bucket, name))));

  const create = (bucket: string, name: string, bytes: Uint8Array, metadata: Readonly<Record<string, string>>) =>
    on('create', [bucket, name], () => {
      try {
        const preconditions = { ifGenerationMatch: 0 };
        return objectOf(store.insert(caller, bucket, name, Buffer.from(bytes), { preconditions, metadata }));
      } catch (error) {
        if (error instanceof CloudError && error.http === 412) return 'taken';
        throw error;
      }
    });

  const patch = (
    bucket: string,
    name: string,
    metadata: Readonly<Record<string, string | null>>,
    metageneration: string | undefined,
  ) =>
    on('patch', [bucket, name], () => {
      const preconditions = metageneration === undefined ? {} : { ifMetagenerationMatch: Number(metageneration) };
      try {
        return orNone(() => store.patchObject(caller, bucket, name, { metadata }, { preconditions }).metadata);
      } catch (error) {
        if (error instanceof CloudError && error.http === 412) return undefined;
        throw error;
      }
    });

  return {
    createOnce: async (bucket, name, bytes, metadata = {}) => {
      for (let n = 0; n < 3; n++) {
        let refused: unknown;
        const made = await create(bucket, name, bytes, metadata).catch((error: unknown) => {
          // Without the right to delete, an existing name may answer 403 instead of 412.
          if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
          refused = error;
          return 'taken' as const;
        });
        if (made !== 'taken') return { created: true, object: made };
        const found = await find(bucket, name).catch((error: unknown) => {
          throw refused ?? error;
        });
        if (found !== undefined) return { created: false, object: found };
        if (refused !== undefined) throw refused;
      }
      throw new KeyturnError('UNAVAILABLE', `storage: gs://${bucket}/${name}: the name is alternately taken and free`);
    },
    read: (bucket, name, { generation, limit = MAX_OBJECT_BYTES, listed } = {}) =>
      on('read', [bucket, name], () => {
        const known = listed?.bucket === bucket && listed.name === name && told.has(listed) ? listed : undefined;
        const wanted = generation ?? known?.generation;
        const which = wanted === undefined ? {} : { generation: Number(wanted) };
        const kept = orNone(() => store.read(caller, bucket, name, which));
        if (kept === undefined) return undefined;
        if (kept.bytes.length > limit)
          throw new KeyturnError('TOO_LARGE', `storage: gs://${bucket}/${name}: ${kept.bytes.length} bytes`);
        // Of what was listed only the bytes are asked for: the rest is as it was told then.
        const object = known !== undefined && known.generation === wanted ? known : objectOf(kept.object);
        return { object, bytes: new Uint8Array(kept.bytes) };
      }),
    stat: find,
    list: (bucket, prefix, { versions = false, from, startOffset, limit } = {}) =>
      make({ kind: 'list', bucket, name: prefix, versions, from }, () =>
        through(() => {
          const page = store.list(caller, bucket, {
            prefix,
            versions,
            pageToken: from,
            startOffset,
            maxResults: limit,
          });
          // The Date of an answer counts whole seconds.
          const at = Math.floor(world.clock.now() / 1000) * 1000;
          return { objects: page.items.map(objectOf), at, next: page.nextPageToken };
        }),
      ),
    setMetadata: async (bucket, name, metadata, metageneration) =>
      (await patch(bucket, name, metadata, metageneration)) !== undefined,
    delete: (bucket, name) =>
      on('delete', [bucket, name], () => orNone(() => store.delete(caller, bucket, name) ?? true) ?? false),
    settings: (bucket) =>
      on('settings', [bucket, ''], () => {
        const { retention } = store.getBucket(caller, bucket);
        return {
          projectNumber: world.project.number,
          retentionSeconds: retention?.seconds ?? 0,
          retentionLocked: retention?.locked ?? false,
          // The local cloud makes no bucket with one.
          hierarchicalNamespace: false,
        };
      }),
  };
};
