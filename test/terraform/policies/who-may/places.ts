import type { Group } from './groups.ts';
import type { Kind, Power } from './powers.ts';

/** Who may do what at one place, exactly: a power that is not named is nobody's. */
export interface Place {
  readonly kind: Kind;
  /** After "may read": `bucket signed`. */
  readonly says: string;
  /** `resource.name` as a condition sees it (https://cloud.google.com/iam/docs/conditions-resource-attributes). */
  readonly name: string;
  /** ISO 8601. Absent: while images are accepted. */
  readonly at?: string;
  readonly may: Readonly<Partial<Record<Power, readonly Group[]>>>;
}

const TYPES: Readonly<Record<Kind, readonly [service: string, type: string]>> = {
  account: ['iam.googleapis.com', 'ServiceAccount'],
  bucket: ['storage.googleapis.com', 'Bucket'],
  dataset: ['bigquery.googleapis.com', 'Dataset'],
  key: ['cloudkms.googleapis.com', 'CryptoKey'],
  machine: ['compute.googleapis.com', 'Instance'],
  object: ['storage.googleapis.com', 'Object'],
  project: ['cloudresourcemanager.googleapis.com', 'Project'],
  repository: ['artifactregistry.googleapis.com', 'Repository'],
  secret: ['secretmanager.googleapis.com', 'Secret'],
  service: ['run.googleapis.com', 'Service'],
  subnetwork: ['compute.googleapis.com', 'Subnetwork'],
  subscription: ['pubsub.googleapis.com', 'Subscription'],
  topic: ['pubsub.googleapis.com', 'Topic'],
};

/** `resource` of a condition. */
export const resourceOf = ({ kind, name }: Place): { name: string; service: string; type: string } => {
  const [service, type] = TYPES[kind];
  return { name, service, type: `${service}/${type}` };
};
