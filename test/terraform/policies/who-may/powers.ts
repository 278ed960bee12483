import { permissionsOf } from '#local/cloud/runtime/roles.ts';

/**
 * What can be done to each kind of place, and by which permissions (https://cloud.google.com/iam/docs/permissions-reference). Whatever else
 * a service has under its prefix is `administer`: a permission that nobody thought of is held to be the worst.
 */
const POWERS = {
  account: {
    'act as': ['iam.serviceAccounts.actAs'],
    'mint tokens for': [
      'iam.serviceAccounts.getAccessToken',
      'iam.serviceAccounts.getOpenIdToken',
      'iam.serviceAccounts.implicitDelegation',
      'iam.serviceAccounts.signBlob',
      'iam.serviceAccounts.signJwt',
    ],
  },
  bucket: { list: ['storage.objects.list'], 'see the settings of': ['storage.buckets.get'] },
  dataset: { 'read rows of': ['bigquery.tables.getData'], 'write rows of': ['bigquery.tables.updateData'] },
  key: {
    'encrypt with': ['cloudkms.cryptoKeyVersions.useToEncrypt'],
    'decrypt with': ['cloudkms.cryptoKeyVersions.useToDecrypt'],
    'sign with': ['cloudkms.cryptoKeyVersions.useToSign'],
    'see the public key of': ['cloudkms.cryptoKeyVersions.viewPublicKey'],
  },
  machine: {
    start: ['compute.disks.create', 'compute.instances.create'],
    'set up': [
      'compute.instances.setLabels',
      'compute.instances.setMetadata',
      'compute.instances.setServiceAccount',
      'compute.instances.setTags',
    ],
    see: [
      'compute.instances.get',
      'compute.instances.list',
      'compute.zoneOperations.get',
      'compute.zoneOperations.list',
    ],
    end: ['compute.instances.delete'],
    'log in to': ['compute.instances.osLogin', 'compute.instances.osAdminLogin'],
  },
  object: {
    create: ['storage.objects.create'],
    read: ['storage.objects.get'],
    delete: ['storage.objects.delete'],
    change: ['storage.objects.update'],
  },
  project: {
    'write logs of': ['logging.logEntries.create'],
    'ask for attestation in': ['confidentialcomputing.challenges.create', 'confidentialcomputing.challenges.verify'],
  },
  repository: {
    'pull from': ['artifactregistry.repositories.downloadArtifacts'],
    'push to': ['artifactregistry.repositories.uploadArtifacts'],
  },
  secret: { read: ['secretmanager.versions.access'] },
  service: { call: ['run.routes.invoke'] },
  subnetwork: { 'put machines into': ['compute.subnetworks.use'] },
  subscription: { 'take messages of': ['pubsub.subscriptions.consume'] },
  topic: { 'publish to': ['pubsub.topics.publish'], 'attach a subscription to': ['pubsub.topics.attachSubscription'] },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export type Kind = keyof typeof POWERS;

type Named<K extends Kind> = K extends Kind ? keyof (typeof POWERS)[K] : never;
export type Power = Named<Kind> | 'administer';

const SERVICES: Readonly<Record<Kind, RegExp>> = {
  account: /^iam\.(serviceAccounts|serviceAccountKeys)\./,
  bucket: /^storage\./,
  dataset: /^bigquery\./,
  key: /^cloudkms\./,
  machine: /^compute\./,
  object: /^storage\./,
  project: /^(logging|confidentialcomputing|iam\.roles|resourcemanager)\./,
  repository: /^artifactregistry\./,
  secret: /^secretmanager\./,
  service: /^run\./,
  subnetwork: /^compute\./,
  subscription: /^pubsub\./,
  topic: /^pubsub\./,
};

const KINDS = Object.keys(POWERS) as readonly Kind[];

const named: ReadonlySet<string> = new Set(
  Object.values(POWERS).flatMap((powers) => Object.values<readonly string[]>(powers).flat()),
);

/** What nobody's prefix claims can only be about the project as a whole. */
const administers = (kind: Kind, permission: string): boolean =>
  !named.has(permission) &&
  (SERVICES[kind].test(permission) || (kind === 'project' && !KINDS.some((other) => SERVICES[other].test(permission))));

export const powersOver = (kind: Kind): readonly Power[] => [
  ...(Object.keys(POWERS[kind]) as readonly Named<Kind>[]),
  'administer',
];

const permitting = (kind: Kind): ReadonlyMap<string, readonly string[]> => new Map(Object.entries(POWERS[kind]));

/** Whether these permissions give the power over a place of that kind. */
export const gives = (permissions: ReadonlySet<string>, kind: Kind, power: Power): boolean =>
  power === 'administer'
    ? [...permissions].some((permission) => administers(kind, permission))
    : permitting(kind)
        .get(power)
        ?.some((permission) => permissions.has(permission)) === true;

/** Predefined roles that the local cloud has no use for, or that hold more than its servers ask for. One permission of each power. */
const MORE_ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/artifactregistry.writer': [
    'artifactregistry.repositories.downloadArtifacts',
    'artifactregistry.repositories.uploadArtifacts',
  ],
  'roles/artifactregistry.repoAdmin': [
    'artifactregistry.repositories.deleteArtifacts',
    'artifactregistry.repositories.downloadArtifacts',
    'artifactregistry.repositories.uploadArtifacts',
  ],
  'roles/bigquery.dataEditor': ['bigquery.tables.getData', 'bigquery.tables.updateData'],
  'roles/bigquery.dataViewer': ['bigquery.tables.getData'],
  'roles/confidentialcomputing.workloadUser': [
    'confidentialcomputing.challenges.create',
    'confidentialcomputing.challenges.verify',
    'logging.logEntries.create',
  ],
  'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
  ],
  'roles/iam.workloadIdentityUser': ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.getOpenIdToken'],
  'roles/secretmanager.secretAccessor': ['secretmanager.versions.access'],
  'roles/storage.objectAdmin': [
    'storage.objects.create',
    'storage.objects.delete',
    'storage.objects.get',
    'storage.objects.list',
    'storage.objects.setIamPolicy',
    'storage.objects.update',
  ],
};

/** What a role allows: by the plan's own definition, or as Google defines it. Undefined where nobody has written it down here. */
export const permissionsIn = (
  custom: ReadonlyMap<string, readonly string[]>,
  role: string,
): ReadonlySet<string> | undefined => {
  const written = custom.get(role) ?? MORE_ROLES[role];
  if (written !== undefined) return new Set(written);
  try {
    return permissionsOf(role);
  } catch {
    return undefined;
  }
};
