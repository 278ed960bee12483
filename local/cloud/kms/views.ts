import type { Algorithm, KeyStore, VersionState } from './key-store.ts';

export interface KeyRing {
  readonly name: string;
  readonly createMs: number;
}

/** A version as the API shows it; times in ms since the epoch. */
export interface CryptoKeyVersion {
  readonly name: string;
  readonly state: VersionState;
  readonly createMs: number;
  readonly destroyMs: number | null;
  readonly algorithm: Algorithm;
}

export interface CryptoKey {
  readonly name: string;
  readonly createMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly destroyAfterMs: number;
  readonly algorithm: Algorithm;
  /** Of a symmetric key. */
  readonly primary: CryptoKeyVersion | undefined;
}

export const versionView = (store: KeyStore, name: string): CryptoKeyVersion => {
  const { key, version } = store.versionNamed(name);
  const { state, createMs, destroyMs } = version;
  return { name, state, createMs, destroyMs, algorithm: key.algorithm };
};

export const keyView = (store: KeyStore, name: string): CryptoKey => {
  const { createMs, labels, destroyAfterMs, algorithm, primary } = store.key(name);
  return {
    name,
    createMs,
    labels,
    destroyAfterMs,
    algorithm,
    primary:
      algorithm === 'GOOGLE_SYMMETRIC_ENCRYPTION'
        ? versionView(store, `${name}/cryptoKeyVersions/${primary}`)
        : undefined,
  };
};
