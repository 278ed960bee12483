import { z } from 'zod';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Json } from '#local/cloud/runtime/journal.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { versionParts } from './names.ts';

/** Of which there are keys here, each with its one purpose. */
const ALGORITHMS = ['GOOGLE_SYMMETRIC_ENCRYPTION', 'EC_SIGN_P256_SHA256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export const isAlgorithm = (text: string): text is Algorithm => ALGORITHMS.some((one) => one === text);
export const PURPOSES: Readonly<Record<Algorithm, 'ENCRYPT_DECRYPT' | 'ASYMMETRIC_SIGN'>> = {
  GOOGLE_SYMMETRIC_ENCRYPTION: 'ENCRYPT_DECRYPT',
  EC_SIGN_P256_SHA256: 'ASYMMETRIC_SIGN',
};

const STATES = ['ENABLED', 'DISABLED', 'DESTROY_SCHEDULED', 'DESTROYED'] as const;
export type VersionState = (typeof STATES)[number];

/** One journal record per mutation. Key material is in it, as bytes in hex: the local cloud's data folder is as secret as its keys. */
const recordSchema = z.discriminatedUnion('call', [
  z.strictObject({ call: z.literal('ring'), name: z.string(), ms: z.number() }),
  z.strictObject({
    call: z.literal('key'),
    name: z.string(),
    ms: z.number(),
    labels: z.record(z.string(), z.string()),
    destroyAfterMs: z.number(),
    // A state that was kept before there were others has keys of the first only.
    algorithm: z.enum(ALGORITHMS).default('GOOGLE_SYMMETRIC_ENCRYPTION'),
    first: z.strictObject({ keyId: z.string(), secret: z.string() }),
  }),
  z.strictObject({
    call: z.literal('version'),
    key: z.string(),
    id: z.number(),
    keyId: z.string(),
    secret: z.string(),
    ms: z.number(),
  }),
  z.strictObject({ call: z.literal('primary'), key: z.string(), id: z.number() }),
  z.strictObject({
    call: z.literal('state'),
    key: z.string(),
    id: z.number(),
    state: z.enum(STATES),
    destroyMs: z.number().nullable(),
  }),
]);
type KeyRecord = z.infer<typeof recordSchema>;

export interface StoredVersion {
  readonly id: number;
  readonly keyId: string;
  readonly secret: string;
  readonly createMs: number;
  readonly state: VersionState;
  /** When a scheduled destruction happens, ms since the epoch. */
  readonly destroyMs: number | null;
}

export interface StoredKey {
  readonly name: string;
  readonly createMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly destroyAfterMs: number;
  readonly algorithm: Algorithm;
  readonly primary: number;
  readonly versions: ReadonlyMap<number, StoredVersion>;
}

/** Rings, keys and versions as the journal tells them. */
export class KeyStore {
  readonly #world: World;
  readonly #rings = new Map<string, { name: string; createMs: number }>();
  readonly #keys = new Map<string, StoredKey>();

  constructor(world: World) {
    this.#world = world;
    world.journal.replay('kms', (record) => this.#apply(recordSchema.parse(record)));
  }

  write(record: KeyRecord & Json): void {
    this.#world.journal.append('kms', record);
    this.#apply(record);
  }

  #apply(record: KeyRecord): void {
    if (record.call === 'ring') {
      this.#rings.set(record.name, { name: record.name, createMs: record.ms });
      return;
    }
    if (record.call === 'key') {
      const { name, ms: createMs, labels, destroyAfterMs, algorithm, first } = record;
      const version: StoredVersion = { id: 1, ...first, createMs, state: 'ENABLED', destroyMs: null };
      this.#keys.set(name, {
        ...{ name, createMs, labels, destroyAfterMs, algorithm, primary: 1 },
        versions: new Map([[1, version]]),
      });
      return;
    }
    const key = this.key(record.key);
    if (record.call === 'primary') {
      this.#keys.set(key.name, { ...key, primary: record.id });
      return;
    }
    const version: StoredVersion =
      record.call === 'version'
        ? {
            id: record.id,
            keyId: record.keyId,
            secret: record.secret,
            createMs: record.ms,
            state: 'ENABLED',
            destroyMs: null,
          }
        : { ...this.#stored(key, record.id), state: record.state, destroyMs: record.destroyMs };
    this.#keys.set(key.name, { ...key, versions: new Map(key.versions).set(version.id, version) });
  }

  /** Throws NOT_FOUND. */
  ring(name: string): { name: string; createMs: number } {
    const ring = this.#rings.get(name);
    if (ring === undefined) throw new CloudError('NOT_FOUND', `KeyRing ${name} not found.`);
    return ring;
  }

  hasRing(name: string): boolean {
    return this.#rings.has(name);
  }

  /** Throws NOT_FOUND. */
  key(name: string): StoredKey {
    const key = this.#keys.get(name);
    if (key === undefined) throw new CloudError('NOT_FOUND', `CryptoKey ${name} not found.`);
    return key;
  }

  hasKey(name: string): boolean {
    return this.#keys.has(name);
  }

  keysOf(ring: string): StoredKey[] {
    return [...this.#keys.values()].filter((key) => key.name.startsWith(`${ring}/cryptoKeys/`));
  }

  #stored(key: StoredKey, id: number): StoredVersion {
    const version = key.versions.get(id);
    if (version === undefined)
      throw new CloudError('NOT_FOUND', `CryptoKeyVersion ${key.name}/cryptoKeyVersions/${id} not found.`);
    return version;
  }

  /** A version in its state of now: a scheduled destruction happens by the clock alone. Throws NOT_FOUND. */
  version(key: StoredKey, id: number): StoredVersion {
    const version = this.#stored(key, id);
    const gone =
      version.state === 'DESTROY_SCHEDULED' &&
      version.destroyMs !== null &&
      version.destroyMs <= this.#world.clock.now();
    return gone ? { ...version, state: 'DESTROYED' } : version;
  }

  versionNamed(name: string): { key: StoredKey; version: StoredVersion } {
    const { key: keyName, id } = versionParts(name);
    const key = this.key(keyName);
    return { key, version: this.version(key, id) };
  }
}
