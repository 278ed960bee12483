/** Roles as Google defines them, cut down to the permissions that the local servers ask for, and the project's custom roles. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/pubsub.publisher': ['pubsub.topics.publish'],
  'roles/pubsub.subscriber': ['pubsub.subscriptions.consume', 'pubsub.topics.attachSubscription'],
  'roles/pubsub.viewer': [
    'pubsub.topics.get',
    'pubsub.topics.list',
    'pubsub.subscriptions.get',
    'pubsub.subscriptions.list',
    'pubsub.schemas.get',
    'pubsub.schemas.list',
  ],
  'roles/pubsub.admin': [
    'pubsub.topics.publish',
    'pubsub.topics.create',
    'pubsub.topics.get',
    'pubsub.topics.list',
    'pubsub.topics.update',
    'pubsub.topics.delete',
    'pubsub.topics.attachSubscription',
    'pubsub.subscriptions.create',
    'pubsub.subscriptions.get',
    'pubsub.subscriptions.list',
    'pubsub.subscriptions.update',
    'pubsub.subscriptions.delete',
    'pubsub.subscriptions.consume',
    'pubsub.schemas.create',
    'pubsub.schemas.get',
    'pubsub.schemas.list',
    'pubsub.schemas.delete',
    'pubsub.schemas.validate',
  ],
  'roles/storage.objectViewer': ['storage.objects.get', 'storage.objects.list'],
  'roles/storage.objectCreator': ['storage.objects.create'],
  'roles/storage.objectUser': [
    'storage.objects.create',
    'storage.objects.get',
    'storage.objects.list',
    'storage.objects.update',
    'storage.objects.delete',
  ],
  'roles/storage.admin': [
    'storage.buckets.create',
    'storage.buckets.get',
    'storage.buckets.list',
    'storage.buckets.update',
    'storage.buckets.delete',
    'storage.objects.create',
    'storage.objects.get',
    'storage.objects.list',
    'storage.objects.update',
    'storage.objects.delete',
  ],
  'roles/cloudkms.cryptoKeyEncrypter': ['cloudkms.cryptoKeyVersions.useToEncrypt'],
  'roles/cloudkms.cryptoKeyDecrypter': ['cloudkms.cryptoKeyVersions.useToDecrypt'],
  'roles/cloudkms.cryptoKeyEncrypterDecrypter': [
    'cloudkms.cryptoKeyVersions.useToEncrypt',
    'cloudkms.cryptoKeyVersions.useToDecrypt',
  ],
  'roles/cloudkms.admin': [
    'cloudkms.keyRings.create',
    'cloudkms.keyRings.get',
    'cloudkms.keyRings.list',
    'cloudkms.cryptoKeys.create',
    'cloudkms.cryptoKeys.get',
    'cloudkms.cryptoKeys.list',
    'cloudkms.cryptoKeyVersions.get',
    'cloudkms.cryptoKeyVersions.list',
    'cloudkms.cryptoKeyVersions.create',
    'cloudkms.cryptoKeyVersions.update',
    'cloudkms.cryptoKeyVersions.destroy',
  ],
  'roles/run.invoker': ['run.routes.invoke'],
  'roles/iam.serviceAccountUser': ['iam.serviceAccounts.actAs'],
  'roles/confidentialcomputing.workloadUser': [
    'confidentialcomputing.challenges.create',
    'confidentialcomputing.challenges.verify',
  ],
  'roles/logging.logWriter': ['logging.logEntries.create'],
  'roles/artifactregistry.reader': ['artifactregistry.repositories.downloadArtifacts'],
  // Custom roles of the project (terraform/ defines the same ones).
  'keyturn.append': ['storage.objects.create', 'storage.objects.get', 'storage.objects.list'],
  'keyturn.list': ['storage.objects.list'],
  'keyturn.bucketReader': ['storage.buckets.get'],
  'keyturn.launcher': [
    'compute.instances.create',
    'compute.instances.get',
    'compute.instances.list',
    'compute.instances.setMetadata',
    'compute.instances.setServiceAccount',
    'compute.instances.setLabels',
    'compute.instances.setTags',
    'compute.disks.create',
    'compute.subnetworks.use',
    'compute.zoneOperations.get',
  ],
  'keyturn.sweeper': ['compute.instances.delete'],
};

const sets = new Map(
  Object.entries(ROLES).map(([role, permissions]) => [role, new Set(permissions) as ReadonlySet<string>]),
);

/** Throws on an unknown role: a misspelt grant must not look like a grant of nothing. */
export const permissionsOf = (role: string): ReadonlySet<string> => {
  const permissions = sets.get(role);
  if (permissions === undefined) throw new Error(`unknown role ${role}: add it to local/frame/roles.ts`);
  return permissions;
};
