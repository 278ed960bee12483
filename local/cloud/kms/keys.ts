import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import {
  type PublicKeyResult,
  p256Secret,
  publicKeyOf,
  requirePurpose,
  type SignRequest,
  type SignResult,
  signDigest,
} from './asymmetric.ts';
import {
  type DecryptRequest,
  type DecryptResult,
  decryptBytes,
  type EncryptRequest,
  type EncryptResult,
  encryptBytes,
} from './crypt.ts';
import { type Algorithm, KeyStore, PURPOSES, type VersionState } from './key-store.ts';
import { checkId, isName, keyResource, locationResource, ringResource, versionParts } from './names.ts';
import { type CryptoKey, type CryptoKeyVersion, type KeyRing, keyView, versionView } from './views.ts';

const DAY_MS = 86_400_000;

/**
 * Cloud KMS (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys), software keys that encrypt, or that sign by P-256.
 * Keys may lie in any project. Every call asks IAM first, so a caller without rights cannot learn what exists.
 */
export class Keys {
  readonly #world: World;
  readonly #store: KeyStore;

  constructor(world: World) {
    this.#world = world;
    this.#store = new KeyStore(world);
  }

  createKeyRing(caller: Caller, parent: string, keyRingId: string): KeyRing {
    this.#world.iam.require(caller, 'cloudkms.keyRings.create', locationResource(parent));
    checkId('key_ring_id', keyRingId);
    const name = `${parent}/keyRings/${keyRingId}`;
    return this.#world.faults.around('kms.createKeyRing', name, () => {
      if (this.#store.hasRing(name)) throw new CloudError('ALREADY_EXISTS', `KeyRing ${name} already exists.`);
      this.#store.write({ call: 'ring', name, ms: this.#world.clock.now() });
      return this.#store.ring(name);
    });
  }

  getKeyRing(caller: Caller, name: string): KeyRing {
    this.#world.iam.require(caller, 'cloudkms.keyRings.get', ringResource(name));
    return this.#world.faults.around('kms.getKeyRing', name, () => this.#store.ring(name));
  }

  /** A key with version 1, enabled. A purpose that no algorithm here has is refused by name. */
  createCryptoKey(
    caller: Caller,
    parent: string,
    cryptoKeyId: string,
    {
      purpose,
      algorithm = 'GOOGLE_SYMMETRIC_ENCRYPTION',
      labels = {},
      destroyAfterMs = 30 * DAY_MS,
    }: {
      purpose: string;
      algorithm?: Algorithm;
      labels?: Readonly<Record<string, string>>;
      destroyAfterMs?: number;
    },
  ): CryptoKey {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeys.create', ringResource(parent));
    checkId('crypto_key_id', cryptoKeyId);
    if (!Object.values<string>(PURPOSES).includes(purpose)) throw unimplemented(`kms: keys of purpose ${purpose}`);
    if (PURPOSES[algorithm] !== purpose)
      throw new CloudError('INVALID_ARGUMENT', `The algorithm ${algorithm} is not one of purpose ${purpose}.`);
    if (destroyAfterMs < DAY_MS || destroyAfterMs > 120 * DAY_MS)
      throw new CloudError('INVALID_ARGUMENT', 'destroy_scheduled_duration must be between 1 and 120 days.');
    const name = `${parent}/cryptoKeys/${cryptoKeyId}`;
    return this.#world.faults.around('kms.createCryptoKey', name, () => {
      this.#store.ring(parent);
      if (this.#store.hasKey(name)) throw new CloudError('ALREADY_EXISTS', `CryptoKey ${name} already exists.`);
      const ms = this.#world.clock.now();
      const first = this.#material(algorithm);
      this.#store.write({ call: 'key', name, ms, labels: { ...labels }, destroyAfterMs, algorithm, first });
      return keyView(this.#store, name);
    });
  }

  getCryptoKey(caller: Caller, name: string): CryptoKey {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeys.get', keyResource(name));
    return this.#world.faults.around('kms.getCryptoKey', name, () => keyView(this.#store, name));
  }

  listCryptoKeys(caller: Caller, parent: string): CryptoKey[] {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeys.list', ringResource(parent));
    return this.#world.faults.around('kms.listCryptoKeys', parent, () => {
      this.#store.ring(parent);
      return this.#store.keysOf(parent).map(({ name }) => keyView(this.#store, name));
    });
  }

  /** A new enabled version. It does not become primary by itself, as in Cloud KMS. */
  createCryptoKeyVersion(caller: Caller, parent: string): CryptoKeyVersion {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.create', keyResource(parent));
    return this.#world.faults.around('kms.createCryptoKeyVersion', parent, () => {
      const { versions, algorithm } = this.#store.key(parent);
      const id = versions.size + 1;
      this.#store.write({
        call: 'version',
        key: parent,
        id,
        ...this.#material(algorithm),
        ms: this.#world.clock.now(),
      });
      return versionView(this.#store, `${parent}/cryptoKeyVersions/${id}`);
    });
  }

  getCryptoKeyVersion(caller: Caller, name: string): CryptoKeyVersion {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.get', keyResource(versionParts(name).key));
    return this.#world.faults.around('kms.getCryptoKeyVersion', name, () => versionView(this.#store, name));
  }

  listCryptoKeyVersions(caller: Caller, parent: string): CryptoKeyVersion[] {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.list', keyResource(parent));
    return this.#world.faults.around('kms.listCryptoKeyVersions', parent, () =>
      [...this.#store.key(parent).versions.keys()].map((id) =>
        versionView(this.#store, `${parent}/cryptoKeyVersions/${id}`),
      ),
    );
  }

  /** ENABLED to DISABLED and back; anything else goes through destroy and restore. */
  updateCryptoKeyVersion(caller: Caller, name: string, state: string): CryptoKeyVersion {
    return this.#move(caller, 'update', name, ['ENABLED', 'DISABLED'], () => {
      if (state !== 'ENABLED' && state !== 'DISABLED')
        throw new CloudError('INVALID_ARGUMENT', `The state ${state} cannot be set by UpdateCryptoKeyVersion.`);
      return { state, destroyMs: null };
    });
  }

  /** Schedules destruction after the key's destroy_scheduled_duration. */
  destroyCryptoKeyVersion(caller: Caller, name: string): CryptoKeyVersion {
    return this.#move(caller, 'destroy', name, ['ENABLED', 'DISABLED'], () => ({
      state: 'DESTROY_SCHEDULED',
      destroyMs: this.#world.clock.now() + this.#store.key(versionParts(name).key).destroyAfterMs,
    }));
  }

  restoreCryptoKeyVersion(caller: Caller, name: string): CryptoKeyVersion {
    return this.#move(caller, 'restore', name, ['DESTROY_SCHEDULED'], () => ({ state: 'DISABLED', destroyMs: null }));
  }

  updateCryptoKeyPrimaryVersion(caller: Caller, name: string, versionId: string): CryptoKey {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeys.update', keyResource(name));
    return this.#world.faults.around('kms.updateCryptoKeyPrimaryVersion', name, () => {
      requirePurpose(this.#store, name, 'ENCRYPT_DECRYPT');
      const { version } = this.#store.versionNamed(`${name}/cryptoKeyVersions/${versionId}`);
      this.#store.write({ call: 'primary', key: name, id: version.id });
      return keyView(this.#store, name);
    });
  }

  /** `request.name` is a key (its primary version is used) or a version. */
  encrypt(caller: Caller, request: EncryptRequest): EncryptResult {
    const { name } = request;
    const isVersion = isName('CryptoKeyVersion', name);
    const key = isVersion ? versionParts(name).key : name;
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.useToEncrypt', keyResource(key));
    return this.#world.faults.around('kms.encrypt', name, () => {
      requirePurpose(this.#store, key, 'ENCRYPT_DECRYPT');
      const id = isVersion ? versionParts(name).id : undefined;
      return encryptBytes(this.#store, this.#world.randomHex(12), key, id, request);
    });
  }

  /** `request.name` is a key, never a version: the ciphertext knows its version. */
  decrypt(caller: Caller, request: DecryptRequest): DecryptResult {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.useToDecrypt', keyResource(request.name));
    return this.#world.faults.around('kms.decrypt', request.name, () => {
      requirePurpose(this.#store, request.name, 'ENCRYPT_DECRYPT');
      return decryptBytes(this.#store, request);
    });
  }

  /** `request.name` is a version. */
  asymmetricSign(caller: Caller, request: SignRequest): SignResult {
    const { key } = versionParts(request.name);
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.useToSign', keyResource(key));
    return this.#world.faults.around('kms.asymmetricSign', request.name, () =>
      signDigest(this.#store, this.#world.randomHex(32), request),
    );
  }

  getPublicKey(caller: Caller, name: string): PublicKeyResult {
    this.#world.iam.require(caller, 'cloudkms.cryptoKeyVersions.viewPublicKey', keyResource(versionParts(name).key));
    return this.#world.faults.around('kms.getPublicKey', name, () => publicKeyOf(this.#store, name));
  }

  #material(algorithm: Algorithm): { keyId: string; secret: string } {
    const secret =
      algorithm === 'EC_SIGN_P256_SHA256' ? p256Secret(this.#world.randomHex(48)) : this.#world.randomHex(32);
    return { keyId: this.#world.randomHex(8), secret };
  }

  #move(
    caller: Caller,
    call: 'update' | 'destroy' | 'restore',
    name: string,
    from: readonly VersionState[],
    next: () => { state: VersionState; destroyMs: number | null },
  ): CryptoKeyVersion {
    const { key, id } = versionParts(name);
    this.#world.iam.require(caller, `cloudkms.cryptoKeyVersions.${call}`, keyResource(key));
    return this.#world.faults.around(`kms.${call}CryptoKeyVersion`, name, () => {
      const { version } = this.#store.versionNamed(name);
      const to = next();
      if (!from.includes(version.state))
        throw new CloudError(
          'FAILED_PRECONDITION',
          `${name} cannot be changed to ${to.state}, current state is: ${version.state}.`,
        );
      this.#store.write({ call: 'state', key, id, ...to });
      return versionView(this.#store, name);
    });
  }
}
