import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Resource } from '#local/cloud/runtime/iam.ts';

const PROJECT = '(?:[a-z][a-z0-9-]{4,28}[a-z0-9]|\\d+)';
const ID = '[a-zA-Z0-9_-]{1,63}';
const LOCATION = `projects/(${PROJECT})/locations/([a-z0-9-]+)`;
const RING = `${LOCATION}/keyRings/(${ID})`;
const KEY = `${RING}/cryptoKeys/(${ID})`;

const PATTERNS = {
  Location: new RegExp(`^${LOCATION}$`),
  KeyRing: new RegExp(`^${RING}$`),
  CryptoKey: new RegExp(`^${KEY}$`),
  CryptoKeyVersion: new RegExp(`^(${KEY})/cryptoKeyVersions/([1-9]\\d*)$`),
};

export type Kind = keyof typeof PATTERNS;

export const isName = (kind: Kind, name: string): boolean => PATTERNS[kind].test(name);

/** Throws INVALID_ARGUMENT unless `name` is the full resource name of a `kind`. */
const checkName = (kind: Kind, name: string): void => {
  if (!isName(kind, name)) throw new CloudError('INVALID_ARGUMENT', `Resource name [${name}] is not a valid ${kind}.`);
};

/** Throws INVALID_ARGUMENT unless `id` may name a key ring or key: 1 to 63 of `[a-zA-Z0-9_-]`. */
export const checkId = (field: string, id: string): void => {
  if (!new RegExp(`^${ID}$`).test(id))
    throw new CloudError('INVALID_ARGUMENT', `The request field [${field}] must match the pattern ${ID}.`);
};

const projectOf = (name: string): string => `projects/${name.split('/')[1] ?? ''}`;

export const locationResource = (name: string): Resource => {
  checkName('Location', name);
  return {
    name,
    type: 'cloudkms.googleapis.com/Location',
    service: 'cloudkms.googleapis.com',
    policies: [projectOf(name)],
  };
};

export const ringResource = (name: string): Resource => {
  checkName('KeyRing', name);
  return {
    name,
    type: 'cloudkms.googleapis.com/KeyRing',
    service: 'cloudkms.googleapis.com',
    policies: [projectOf(name)],
  };
};

/** Rights on a version are rights on its key: Cloud KMS has no policy on versions. */
export const keyResource = (name: string): Resource => {
  checkName('CryptoKey', name);
  return {
    name,
    type: 'cloudkms.googleapis.com/CryptoKey',
    service: 'cloudkms.googleapis.com',
    policies: [`keys/${name}`, projectOf(name)],
  };
};

/** Key name and version number of a version's full name. Throws INVALID_ARGUMENT. */
export const versionParts = (name: string): { key: string; id: number } => {
  const match = PATTERNS.CryptoKeyVersion.exec(name);
  const [key, id] = [match?.[1], match?.[match.length - 1]];
  if (key === undefined || id === undefined)
    throw new CloudError('INVALID_ARGUMENT', `Resource name [${name}] is not a valid CryptoKeyVersion.`);
  return { key, id: Number(id) };
};
