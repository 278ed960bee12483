import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Keys } from '#local/cloud/kms/keys.ts';
import type { Topics } from '#local/cloud/pubsub/topics.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { ObjectStore } from '#local/cloud/storage/objects.ts';
import type { Law } from '#schemas/config.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { OWNER } from './people.ts';
import { type LabPlan, readLabPlan } from './plan-file.ts';
import { bucketNamed, named } from './plan-grants.ts';
import { createPulls } from './subscriptions.ts';

export { createCoSignerSubscriptions, createPushes, createWakes } from './subscriptions.ts';

/** Set-up is repeated at every start on kept state: what is there already is fine. */
const unlessThere = (create: () => unknown): void => {
  try {
    create();
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 'ALREADY_EXISTS') throw error;
  }
};

const avro = (name: string): string => readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8');

const SCHEMAS = {
  transactionRequests: 'transaction-requests',
  requestEvents: 'request-events',
  approved: 'approved',
  submitted: 'submitted',
  receipts: 'receipts',
} as const;

export const createBuckets = (world: World, store: ObjectStore, law: Law, plan = readLabPlan()): void => {
  const { register } = bucketsOf(law.name);
  for (const bucket of new Set([
    ...Object.values(bucketsOf(law.name)),
    ...law.coSigners.map(({ shareLocation }) => shareLocation.bucket),
  ]))
    unlessThere(() =>
      store.createBucket(OWNER, bucket, {
        publicAccessPrevention: 'enforced',
        softDeleteSeconds: 0,
        ...(bucket === register ? { projectNumber: law.register.projectNumber } : {}),
      }),
    );
  for (const planned of plan.retention) retain(store, bucketNamed(law, planned.bucket), planned);
  for (const planned of plan.notifications) notify(world, store, law, planned);
  for (const { name } of law.coSigners)
    for (const planned of plan.coSignerNotifications)
      notify(world, store, law, { ...planned, bucket: planned.bucket.replaceAll('{co-signer}', name) });
};

/** A policy that is locked stays as it is. */
const retain = (store: ObjectStore, bucket: string, { seconds, locked }: LabPlan['retention'][number]): void => {
  if (store.getBucket(OWNER, bucket).retention?.locked === true) return;
  const { metageneration } = store.patchBucket(OWNER, bucket, { retentionSeconds: seconds });
  if (locked) store.lockRetentionPolicy(OWNER, bucket, metageneration);
};

/** Notifications of a bucket have no names: one that says the same is the same. */
const notify = (world: World, store: ObjectStore, law: Law, planned: LabPlan['notifications'][number]): void => {
  const bucket = bucketNamed(law, planned.bucket);
  const wanted = {
    topic: `projects/${world.project.id}/topics/${named(topicsOf(law.name), planned.topic)}`,
    eventTypes: planned.eventTypes,
    payloadFormat: planned.payloadFormat,
    objectNamePrefix: planned.prefix ?? '',
  };
  const isThere = store
    .listNotifications(OWNER, bucket)
    .some(({ id: _, customAttributes: __, ...one }) => isDeepStrictEqual(one, wanted));
  if (!isThere) store.createNotification(OWNER, bucket, wanted);
};

export const createTopics = (world: World, topics: Topics, deployment: string, plan = readLabPlan()): void => {
  const parent = `projects/${world.project.id}`;
  const names = topicsOf(deployment);
  for (const [key, name] of Object.entries(names)) {
    const file = Object.entries(SCHEMAS).find(([topic]) => topic === key)?.[1];
    const schema = `${parent}/schemas/${name}`;
    if (file !== undefined)
      unlessThere(() => topics.schemas.create(OWNER, schema, { type: 'AVRO', definition: avro(file) }));
    unlessThere(() =>
      topics.create(OWNER, {
        name: `${parent}/topics/${name}`,
        ...(file === undefined ? {} : { schemaSettings: { schema, encoding: 'JSON' } }),
      }),
    );
  }
  createPulls(world, topics, deployment, plan);
};

export const createKeys = (keys: Keys, law: Law): void => {
  for (const { releaseKey } of law.coSigners) {
    const [, location = '', ring = '', key = ''] =
      /^(projects\/[^/]+\/locations\/[^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)$/.exec(releaseKey) ?? [];
    unlessThere(() => keys.createKeyRing(OWNER, location, ring));
    unlessThere(() => keys.createCryptoKey(OWNER, `${location}/keyRings/${ring}`, key, { purpose: 'ENCRYPT_DECRYPT' }));
  }
};
