import type { Server } from 'node:http';
import { z } from 'zod';
import { base64Bytes, int64, strictBody } from '#local/cloud/runtime/body.ts';
import { unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import { type Call, type Reply, type Route, restServer } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { isAlgorithm } from './key-store.ts';
import type { Keys } from './keys.ts';
import { cryptoKeyJson, durationMs, Enums, keyRingJson, page, versionJson } from './rest-json.ts';

const encryptBody = z.strictObject({
  plaintext: base64Bytes.default(Buffer.alloc(0)),
  additionalAuthenticatedData: base64Bytes.optional(),
  plaintextCrc32c: int64.optional(),
  additionalAuthenticatedDataCrc32c: int64.optional(),
});
const decryptBody = z.strictObject({
  ciphertext: base64Bytes.default(Buffer.alloc(0)),
  additionalAuthenticatedData: base64Bytes.optional(),
  ciphertextCrc32c: int64.optional(),
  additionalAuthenticatedDataCrc32c: int64.optional(),
});
const signBody = z.strictObject({
  digest: z.strictObject({ sha256: base64Bytes }),
  digestCrc32c: int64.optional(),
});
const enumValue = z.union([z.string(), z.number()]);
const cryptoKeyBody = z.strictObject({
  purpose: enumValue,
  labels: z.record(z.string(), z.string()).default({}),
  versionTemplate: z
    .strictObject({ protectionLevel: enumValue.optional(), algorithm: enumValue.optional() })
    .optional(),
  destroyScheduledDuration: z.string().optional(),
});
const stateBody = z.strictObject({ state: enumValue, name: z.string().optional() });
const primaryBody = z.strictObject({ cryptoKeyVersionId: z.string() });
const emptyBody = z.strictObject({});

const LOCATION = 'projects/[^/]+/locations/[^/]+';
const RING = `${LOCATION}/keyRings/[^/:]+`;
const KEY = `${RING}/cryptoKeys/[^/:]+`;
const VERSION = `${KEY}/cryptoKeyVersions/[^/:]+`;
const at = (name: string, rest = ''): RegExp => new RegExp(`^/v1/(?<name>${name})${rest}$`);

const nameOf = (call: Call): string => call.params.name ?? '';

/** The gax REST client sends the JSON text `""` where a body message is empty. */
const bodyOf = <T>(call: Call, schema: z.ZodType<T>, what: string): T => {
  const json = call.json();
  return strictBody(schema, json === '' ? {} : json, `kms: ${what}`);
};

const createKey = (keys: Keys, call: Call, enums: Enums): Reply => {
  const body = bodyOf(call, cryptoKeyBody, 'cryptoKeys.create');
  const { protectionLevel = 'SOFTWARE', algorithm = 'GOOGLE_SYMMETRIC_ENCRYPTION' } = body.versionTemplate ?? {};
  if (enums.read('protectionLevel', protectionLevel) !== 'SOFTWARE')
    throw unimplemented(`kms: protection level ${protectionLevel}`);
  const known = enums.read('algorithm', algorithm);
  if (!isAlgorithm(known)) throw unimplemented(`kms: algorithm ${algorithm}`);
  const key = keys.createCryptoKey(call.caller, nameOf(call), call.query.get('cryptoKeyId') ?? '', {
    purpose: enums.read('purpose', body.purpose),
    algorithm: known,
    labels: body.labels,
    ...(body.destroyScheduledDuration === undefined
      ? {}
      : { destroyAfterMs: durationMs(body.destroyScheduledDuration) }),
  });
  return { body: cryptoKeyJson(key, enums) };
};

const updateVersion = (keys: Keys, call: Call, enums: Enums): Reply => {
  const mask = call.query.get('updateMask') ?? '';
  if (mask !== 'state') throw unimplemented(`kms: updateMask ${mask} of cryptoKeyVersions.patch`);
  const { state } = bodyOf(call, stateBody, 'cryptoKeyVersions.patch');
  return {
    body: versionJson(keys.updateCryptoKeyVersion(call.caller, nameOf(call), enums.read('state', state)), enums),
  };
};

const encrypt = (keys: Keys, call: Call, enums: Enums): Reply => {
  const result = keys.encrypt(call.caller, { name: nameOf(call), ...bodyOf(call, encryptBody, 'encrypt') });
  return {
    body: {
      name: result.name,
      ciphertext: result.ciphertext.toString('base64'),
      ciphertextCrc32c: String(result.ciphertextCrc32c),
      verifiedPlaintextCrc32c: result.verifiedPlaintextCrc32c,
      verifiedAdditionalAuthenticatedDataCrc32c: result.verifiedAdditionalAuthenticatedDataCrc32c,
      protectionLevel: enums.write('protectionLevel', 'SOFTWARE'),
    },
  };
};

const decrypt = (keys: Keys, call: Call, enums: Enums): Reply => {
  const result = keys.decrypt(call.caller, { name: nameOf(call), ...bodyOf(call, decryptBody, 'decrypt') });
  return {
    body: {
      plaintext: result.plaintext.toString('base64'),
      plaintextCrc32c: String(result.plaintextCrc32c),
      usedPrimary: result.usedPrimary,
      protectionLevel: enums.write('protectionLevel', 'SOFTWARE'),
    },
  };
};

const sign = (keys: Keys, call: Call, enums: Enums): Reply => {
  const { digest, digestCrc32c } = bodyOf(call, signBody, 'asymmetricSign');
  const result = keys.asymmetricSign(call.caller, { name: nameOf(call), digest: digest.sha256, digestCrc32c });
  return {
    body: {
      ...result,
      signature: result.signature.toString('base64'),
      signatureCrc32c: String(result.signatureCrc32c),
      protectionLevel: enums.write('protectionLevel', 'SOFTWARE'),
    },
  };
};

const publicKey = (keys: Keys, call: Call, enums: Enums): Reply => {
  const { algorithm, pemCrc32c, ...result } = keys.getPublicKey(call.caller, nameOf(call));
  return {
    body: {
      ...result,
      algorithm: enums.write('algorithm', algorithm),
      pemCrc32c: String(pemCrc32c),
      protectionLevel: enums.write('protectionLevel', 'SOFTWARE'),
    },
  };
};

const PAGING = ['pageSize', 'pageToken'];

/** Cloud KMS v1 REST: what `@google-cloud/kms` with `fallback: true` and `gcloud kms` call. */
export const kmsRest = (world: World, keys: Keys): Server => {
  const route = (
    method: Route['method'],
    path: RegExp,
    fault: string,
    handle: (call: Call, enums: Enums) => Reply,
    query: readonly string[] = [],
  ): Route => ({
    method,
    path,
    query,
    handle: async (call) => {
      const ms = world.faults.delayFor(`kms.${fault}`, nameOf(call));
      if (ms > 0) await new Promise<void>((resolve) => world.clock.after(ms, resolve));
      return handle(call, new Enums(call.query));
    },
  });
  const empty = (call: Call, what: string): void => {
    bodyOf(call, emptyBody, what);
  };
  return restServer(world, 'kms', [
    route('POST', at(`${KEY}(?:/cryptoKeyVersions/[^/:]+)?`, ':encrypt'), 'encrypt', (call, e) =>
      encrypt(keys, call, e),
    ),
    route('POST', at(`${KEY}(?:/cryptoKeyVersions/[^/:]+)?`, ':decrypt'), 'decrypt', (call, e) =>
      decrypt(keys, call, e),
    ),
    route(
      'POST',
      at(LOCATION, '/keyRings'),
      'createKeyRing',
      (call) => {
        empty(call, 'keyRings.create');
        return { body: keyRingJson(keys.createKeyRing(call.caller, nameOf(call), call.query.get('keyRingId') ?? '')) };
      },
      ['keyRingId'],
    ),
    route('GET', at(RING), 'getKeyRing', (call) => ({ body: keyRingJson(keys.getKeyRing(call.caller, nameOf(call))) })),
    route('POST', at(RING, '/cryptoKeys'), 'createCryptoKey', (call, e) => createKey(keys, call, e), ['cryptoKeyId']),
    route(
      'GET',
      at(RING, '/cryptoKeys'),
      'listCryptoKeys',
      (call, e) => ({
        body: page(
          'cryptoKeys',
          keys.listCryptoKeys(call.caller, nameOf(call)).map((key) => cryptoKeyJson(key, e)),
          call.query,
        ),
      }),
      PAGING,
    ),
    route('GET', at(KEY), 'getCryptoKey', (call, e) => ({
      body: cryptoKeyJson(keys.getCryptoKey(call.caller, nameOf(call)), e),
    })),
    route('POST', at(KEY, ':updatePrimaryVersion'), 'updateCryptoKeyPrimaryVersion', (call, e) => {
      const { cryptoKeyVersionId } = bodyOf(call, primaryBody, 'updatePrimaryVersion');
      return {
        body: cryptoKeyJson(keys.updateCryptoKeyPrimaryVersion(call.caller, nameOf(call), cryptoKeyVersionId), e),
      };
    }),
    route('POST', at(KEY, '/cryptoKeyVersions'), 'createCryptoKeyVersion', (call, e) => {
      empty(call, 'cryptoKeyVersions.create');
      return { body: versionJson(keys.createCryptoKeyVersion(call.caller, nameOf(call)), e) };
    }),
    route(
      'GET',
      at(KEY, '/cryptoKeyVersions'),
      'listCryptoKeyVersions',
      (call, e) => ({
        body: page(
          'cryptoKeyVersions',
          keys.listCryptoKeyVersions(call.caller, nameOf(call)).map((v) => versionJson(v, e)),
          call.query,
        ),
      }),
      PAGING,
    ),
    route('GET', at(VERSION), 'getCryptoKeyVersion', (call, e) => ({
      body: versionJson(keys.getCryptoKeyVersion(call.caller, nameOf(call)), e),
    })),
    route('POST', at(VERSION, ':asymmetricSign'), 'asymmetricSign', (call, e) => sign(keys, call, e)),
    route('GET', at(VERSION, '/publicKey'), 'getPublicKey', (call, e) => publicKey(keys, call, e)),
    route('PATCH', at(VERSION), 'updateCryptoKeyVersion', (call, e) => updateVersion(keys, call, e), ['updateMask']),
    route('POST', at(VERSION, ':destroy'), 'destroyCryptoKeyVersion', (call, e) => {
      empty(call, 'destroy');
      return { body: versionJson(keys.destroyCryptoKeyVersion(call.caller, nameOf(call)), e) };
    }),
    route('POST', at(VERSION, ':restore'), 'restoreCryptoKeyVersion', (call, e) => {
      empty(call, 'restore');
      return { body: versionJson(keys.restoreCryptoKeyVersion(call.caller, nameOf(call)), e) };
    }),
  ]);
};
