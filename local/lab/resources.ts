import { readFileSync } from 'node:fs';
import { CloudError } from '#local/frame/cloud-error.ts';
import type { World } from '#local/frame/world.ts';
import type { Keys } from '#local/kms/keys.ts';
import type { Topics } from '#local/pubsub/topics.ts';
import type { ObjectStore } from '#local/storage/objects.ts';
import type { Law } from '#schemas/config.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { accountEmail, type FunctionName, OWNER } from './people.ts';
import { readLabPlan } from './plan-file.ts';

/** Set-up is repeated at every start on kept state: what is there already is fine. */
const unlessThere = (create: () => unknown): void => {
  try {
    create();
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 'ALREADY_EXISTS') throw error;
  }
};

const avro = (name: string): string => readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8');

/** Which topic feeds which function, and how patiently. In the cloud the deadline of launch and reconcile is 600 s as well. */
const FEEDS = [
  { function: 'intake', topic: 'transactionRequests', deadlineSeconds: 60 },
  { function: 'collect', topic: 'shares', deadlineSeconds: 60 },
  { function: 'launch', topic: 'approved', deadlineSeconds: 600 },
  { function: 'finalize', topic: 'submitted', deadlineSeconds: 60 },
  { function: 'reconcile', topic: 'ticks', deadlineSeconds: 600 },
] as const;

const SCHEMAS = {
  transactionRequests: 'transaction-requests',
  requestEvents: 'request-events',
  approved: 'approved',
  submitted: 'submitted',
  receipts: 'receipts',
} as const;

export const createBuckets = (world: World, store: ObjectStore, law: Law): void => {
  const buckets = bucketsOf(law.name);
  const topics = topicsOf(law.name);
  for (const bucket of new Set([
    ...Object.values(buckets),
    ...law.coSigners.map(({ shareLocation }) => shareLocation.bucket),
  ]))
    unlessThere(() => store.createBucket(OWNER, bucket, { publicAccessPrevention: 'enforced', softDeleteSeconds: 0 }));
  for (const bucket of new Set(law.coSigners.map(({ shareLocation }) => shareLocation.bucket)))
    if (store.listNotifications(OWNER, bucket).length === 0)
      store.createNotification(OWNER, bucket, {
        topic: `projects/${world.project.id}/topics/${topics.shares}`,
        eventTypes: ['OBJECT_FINALIZE'],
        payloadFormat: 'JSON_API_V1',
      });
};

export const createTopics = (world: World, topics: Topics, deployment: string): void => {
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
  // Whoever pulls: as the plan of examples/lab has it, but for what BigQuery takes.
  for (const pull of readLabPlan().subscriptions.filter((one) => one.pushesTo === undefined && one.exports !== true)) {
    const topic = Object.entries(names).find(([key]) => key === pull.topic)?.[1];
    if (topic === undefined) throw new Error(`lab-plan.json: no topic ${pull.topic}`);
    unlessThere(() =>
      topics.subscriptions.create(OWNER, {
        name: `${parent}/subscriptions/${deployment}-${pull.name}`,
        topic: `${parent}/topics/${topic}`,
        ackDeadlineSeconds: pull.ackDeadlineSeconds,
        messageRetentionMs: pull.retentionSeconds * 1000,
        expirationPolicy: {},
        ...(pull.maxDeliveryAttempts === undefined
          ? {}
          : {
              deadLetterPolicy: {
                deadLetterTopic: `${parent}/topics/${names.deadLetters}`,
                maxDeliveryAttempts: pull.maxDeliveryAttempts,
              },
            }),
      }),
    );
  }
};

/** One push subscription for each function, to wherever its front door is now: addresses change from start to start. */
export const createPushes = (
  world: World,
  topics: Topics,
  deployment: string,
  doors: ReadonlyMap<FunctionName, string>,
): void => {
  const parent = `projects/${world.project.id}`;
  const names = topicsOf(deployment);
  for (const feed of FEEDS) {
    const topic = names[feed.topic];
    const url = doors.get(feed.function);
    if (url === undefined) throw new Error(`no front door for ${feed.function}`);
    const name = `${parent}/subscriptions/${topic}-push`;
    const pushConfig = {
      pushEndpoint: `${url}/`,
      oidcToken: { serviceAccountEmail: accountEmail(world, 'push'), audience: url },
    };
    unlessThere(() =>
      topics.subscriptions.create(OWNER, {
        name,
        topic: `${parent}/topics/${topic}`,
        ackDeadlineSeconds: feed.deadlineSeconds,
        expirationPolicy: {},
        pushConfig,
        ...(feed.topic === 'ticks'
          ? { messageRetentionMs: 600_000 }
          : {
              retryPolicy: { minimumBackoffMs: 500, maximumBackoffMs: 60_000 },
              deadLetterPolicy: { deadLetterTopic: `${parent}/topics/${names.deadLetters}`, maxDeliveryAttempts: 30 },
            }),
      }),
    );
    topics.subscriptions.modifyPushConfig(OWNER, name, pushConfig);
  }
};

export const createKeys = (keys: Keys, law: Law): void => {
  for (const { releaseKey } of law.coSigners) {
    const [, location = '', ring = '', key = ''] =
      /^(projects\/[^/]+\/locations\/[^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)$/.exec(releaseKey) ?? [];
    unlessThere(() => keys.createKeyRing(OWNER, location, ring));
    unlessThere(() => keys.createCryptoKey(OWNER, `${location}/keyRings/${ring}`, key, { purpose: 'ENCRYPT_DECRYPT' }));
  }
};
