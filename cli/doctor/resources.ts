import type { Deployment } from '#cli/app/deployment.ts';
import { imageNameOf, isNoDigest } from '#cli/deploy/image-context.ts';
import type { Law } from '#schemas/config.ts';
import { attestedMember, projectNumberOf } from './identities.ts';

/** Full resource names (https://cloud.google.com/iam/docs/full-resource-names), and which project each lies in. */

export const topicResource = (law: Law, topic: string): string =>
  `//pubsub.googleapis.com/projects/${law.operator.projectId}/topics/${topic}`;
export const subscriptionResource = (law: Law, subscription: string): string =>
  `//pubsub.googleapis.com/projects/${law.operator.projectId}/subscriptions/${subscription}`;
export const accountResource = (email: string): string => `//iam.googleapis.com/projects/-/serviceAccounts/${email}`;
export const projectResource = (project: string): string => `//cloudresourcemanager.googleapis.com/projects/${project}`;
export const bucketResource = (bucket: string): string => `//storage.googleapis.com/projects/_/buckets/${bucket}`;
export const keyResource = (key: string): string => `//cloudkms.googleapis.com/${key}`;

/** The image of this configuration, in the operator's pool; nobody while there is none. */
export const imageOf = ({ config }: Deployment): readonly string[] => {
  const { digest } = imageNameOf(config.operations.image);
  return isNoDigest(digest) ? [] : [attestedMember(config.law.operator.identityProvider, digest)];
};

/** Projects above the resources, by what lies in them. The co-signer's is asked for by number, which IAM takes as well as the id. */
export const projectOf = (law: Law, resource: string): string | undefined => {
  const project = /^\/\/(?:pubsub|cloudkms)\.googleapis\.com\/projects\/([^/]+)\//.exec(resource)?.[1];
  if (project !== undefined) return project;
  if (resource.startsWith('//iam.googleapis.com/')) return law.operator.projectId;
  return undefined;
};

/** Buckets do not say in their names whose they are. */
export const projectOfBucket = (deployment: Deployment, bucket: string): string | undefined => {
  const { law } = deployment.config;
  const { register, results, signed, work, keys } = deployment.buckets;
  if (bucket === register) return law.register.projectNumber;
  if ([results, signed, work, keys].includes(bucket)) return law.operator.projectId;
  const holder = law.coSigners.find(({ shareLocation }) => shareLocation.bucket === bucket);
  return holder === undefined ? undefined : projectNumberOf(holder);
};

/** What kind of thing each API calls its own. What lies in a project may be of another API than the project's. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^projects\/_\/buckets\/[^/]+\/objects\//, 'storage.googleapis.com/Object'],
  [/^projects\/_\/buckets\/[^/]+$/, 'storage.googleapis.com/Bucket'],
  [/^projects\/[^/]+\/topics\//, 'pubsub.googleapis.com/Topic'],
  [/^projects\/[^/]+\/subscriptions\//, 'pubsub.googleapis.com/Subscription'],
  [/^projects\/[^/]+\/serviceAccounts\//, 'iam.googleapis.com/ServiceAccount'],
  [/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/, 'cloudkms.googleapis.com/CryptoKey'],
  [/^projects\/[^/]+\/zones\/[^/]+\/instances\//, 'compute.googleapis.com/Instance'],
  [/^projects\/[^/]+$/, 'cloudresourcemanager.googleapis.com/Project'],
];

/** `resource` as a condition sees it. Of a kind that is not known here there is a name alone, and a condition on more cannot be judged. */
export const attributesOf = (
  object: string,
): { readonly name: string; readonly service?: string; readonly type?: string } => {
  const type = TYPES.find(([form]) => form.test(object))?.[1];
  return type === undefined ? { name: object } : { name: object, service: type.replace(/\/.*$/, ''), type };
};
