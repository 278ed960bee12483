import type { KeyStore, VersionState } from './key-store.ts';

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
}

export interface CryptoKey {
  readonly name: string;
  readonly createMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly destroyAfterMs: number;
  readonly primary: CryptoKeyVersion;
}

export const versionView = (store: KeyStore, name: string): CryptoKeyVersion => {
  const { state, createMs, destroyMs } = store.versionNamed(name).version;
  return { name, state, createMs, destroyMs };
};

export const keyView = (store: KeyStore, name: string): CryptoKey => {
  const { createMs, labels, destroyAfterMs, primary } = store.key(name);
  return {
    name,
    createMs,
    labels,
    destroyAfterMs,
    primary: versionView(store, `${name}/cryptoKeyVersions/${primary}`),
  };
};
