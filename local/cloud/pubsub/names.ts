import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { type Caller, callerNamed, type Resource } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';

export type Collection = 'topics' | 'subscriptions' | 'schemas';

const TYPES = { topics: 'Topic', subscriptions: 'Subscription', schemas: 'Schema' } as const;
/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names; `goog` is Google's own prefix. */
const ID = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;

/** Takes `projects/P/<collection>/ID` apart. Throws INVALID_ARGUMENT on anything else. */
export const parseName = (collection: Collection, name: string): { project: string; id: string } => {
  const [projects, project = '', kind, id = '', ...rest] = name.split('/');
  if (projects !== 'projects' || project === '' || kind !== collection || rest.length > 0 || !ID.test(id))
    throw new CloudError('INVALID_ARGUMENT', `Invalid [${collection}] name: (name=${name})`);
  return { project, id };
};

export const resourceOf = (collection: Collection, name: string): Resource => {
  const { project, id } = parseName(collection, name);
  return {
    name,
    type: `pubsub.googleapis.com/${TYPES[collection]}`,
    service: 'pubsub.googleapis.com',
    policies: [`${collection}/${id}`, `projects/${project}`],
  };
};

export const projectResource = (parent: string): Resource => {
  if (!/^projects\/[^/]+$/.test(parent))
    throw new CloudError('INVALID_ARGUMENT', `Invalid [projects] name: (name=${parent})`);
  return {
    name: parent,
    type: 'cloudresourcemanager.googleapis.com/Project',
    service: 'cloudresourcemanager.googleapis.com',
    policies: [parent],
  };
};

export const projectOf = (collection: Collection, name: string): Resource =>
  projectResource(`projects/${parseName(collection, name).project}`);

export const serviceAccountResource = (project: string, email: string): Resource => ({
  name: `projects/-/serviceAccounts/${email}`,
  type: 'iam.googleapis.com/ServiceAccount',
  service: 'iam.googleapis.com',
  policies: [`serviceAccounts/${email}`, `projects/${project}`],
});

/** Who forwards dead letters: the agent of the subscription's project (https://cloud.google.com/pubsub/docs/dead-letter-topics). */
export const pubsubAgent = (world: World): Caller => {
  const email = `service-${world.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com`;
  return callerNamed(email, `serviceAccount:${email}`);
};
