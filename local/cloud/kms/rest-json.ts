import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { PURPOSES } from './key-store.ts';
import type { CryptoKey, CryptoKeyVersion, KeyRing } from './views.ts';

/** Numbers as in google/cloud/kms/v1/resources.proto; the values that this server knows. */
const NUMBERS: Readonly<
  Record<'purpose' | 'state' | 'protectionLevel' | 'algorithm', Readonly<Record<string, number>>>
> = {
  purpose: { ENCRYPT_DECRYPT: 1, ASYMMETRIC_SIGN: 5, ASYMMETRIC_DECRYPT: 6, RAW_ENCRYPT_DECRYPT: 7, MAC: 9 },
  state: { ENABLED: 1, DISABLED: 2, DESTROYED: 3, DESTROY_SCHEDULED: 4 },
  protectionLevel: { SOFTWARE: 1, HSM: 2, EXTERNAL: 3, EXTERNAL_VPC: 4 },
  algorithm: { GOOGLE_SYMMETRIC_ENCRYPTION: 1, EC_SIGN_P256_SHA256: 12 },
};

/** Enums on the wire: the gax client asks for numbers (`$alt=json;enum-encoding=int`), gcloud takes names. */
export class Enums {
  readonly #asNumbers: boolean;

  constructor(query: URLSearchParams) {
    this.#asNumbers = (query.get('$alt') ?? '').includes('enum-encoding=int');
  }

  write(field: keyof typeof NUMBERS, name: string): string | number {
    return this.#asNumbers ? (NUMBERS[field][name] ?? 0) : name;
  }

  /** The name of a value sent as name or number. One that is not known here stays as it came: the server refuses it by name. */
  read(field: keyof typeof NUMBERS, value: string | number): string {
    const byNumber = Object.entries(NUMBERS[field]).find(([, number]) => number === value);
    return byNumber?.[0] ?? String(value);
  }
}

const time = (ms: number): string => new Date(ms).toISOString();

export const durationMs = (text: string): number => {
  const seconds = /^(\d{1,10})s$/.exec(text)?.[1];
  if (seconds === undefined) throw new CloudError('INVALID_ARGUMENT', `Invalid value at 'duration': ${text}`);
  return Number(seconds) * 1000;
};

export const keyRingJson = ({ name, createMs }: KeyRing) => ({ name, createTime: time(createMs) });

export const versionJson = (version: CryptoKeyVersion, enums: Enums) => ({
  name: version.name,
  state: enums.write('state', version.state),
  protectionLevel: enums.write('protectionLevel', 'SOFTWARE'),
  algorithm: enums.write('algorithm', version.algorithm),
  createTime: time(version.createMs),
  generateTime: time(version.createMs),
  ...(version.destroyMs === null
    ? {}
    : { [version.state === 'DESTROYED' ? 'destroyEventTime' : 'destroyTime']: time(version.destroyMs) }),
});

export const cryptoKeyJson = (key: CryptoKey, enums: Enums) => ({
  name: key.name,
  purpose: enums.write('purpose', PURPOSES[key.algorithm]),
  createTime: time(key.createMs),
  labels: key.labels,
  versionTemplate: {
    protectionLevel: enums.write('protectionLevel', 'SOFTWARE'),
    algorithm: enums.write('algorithm', key.algorithm),
  },
  destroyScheduledDuration: `${key.destroyAfterMs / 1000}s`,
  ...(key.primary === undefined ? {} : { primary: versionJson(key.primary, enums) }),
});

/** One page of a list: `pageToken` is the index of its first member. */
export const page = (field: string, all: readonly object[], query: URLSearchParams) => {
  const [from, size] = [Number(query.get('pageToken') ?? '0'), Number(query.get('pageSize') ?? '0')];
  if (!Number.isInteger(from) || from < 0 || !Number.isInteger(size) || size < 0)
    throw new CloudError('INVALID_ARGUMENT', 'Invalid page size or page token.');
  const to = from + (size === 0 ? 1000 : Math.min(size, 1000));
  return {
    [field]: all.slice(from, to),
    totalSize: all.length,
    ...(to < all.length ? { nextPageToken: String(to) } : {}),
  };
};
