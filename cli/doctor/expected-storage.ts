import type { Deployment } from '#cli/app/deployment.ts';
import { eventKeyOf } from '#schemas/event-keys.ts';
import type { Said } from './expected-rights.ts';
import { FUNCTIONS, type FunctionName, memberOf } from './identities.ts';
import { bucketResource, imageOf, keyResource } from './resources.ts';
import { anyImage, people, type Rule } from './rules.ts';

type Own = (...names: FunctionName[]) => readonly string[];

/** Who writes which fact: those whose step it is, and reconcile, which does what was lost. What it means if anybody else does. */
const facts = (own: Own, image: readonly string[]): readonly (readonly [string, readonly string[], string])[] => [
  ['request.json', own('intake', 'reconcile'), 'make requests that nobody asked for'],
  ['approved.json', own('collect', 'reconcile'), 'say that requests are approved'],
  ['submitted.json', [...own('reconcile'), ...image], 'say that requests were sent'],
];

/** Of buckets and release keys, as terraform/README.md has it. */

export const bucketRules = (deployment: Deployment): readonly Rule[] => {
  const { law } = deployment.config;
  const { buckets } = deployment;
  const image = imageOf(deployment);
  const former = anyImage(law.operator.identityProvider);
  const own = (...names: FunctionName[]) => names.map((name) => memberOf(law, name));
  const on = (bucket: string, permission: string, path: string, rule: Said): Rule => ({
    resource: bucketResource(bucket),
    name: `bucket ${bucket}`,
    permission,
    object: path === '' ? `projects/_/buckets/${bucket}` : `projects/_/buckets/${bucket}/objects/${path}`,
    mayAlso: former,
    ...rule,
  });
  const [create, get, remove] = ['storage.objects.create', 'storage.objects.get', 'storage.objects.delete'];
  const request = `requests/${'0'.repeat(64)}`;
  const settings = (bucket: string): Rule =>
    on(bucket, 'storage.buckets.setIamPolicy', '', {
      must: [],
      mayAlso: () => false,
      others: 'bad',
      means: 'grant any right on it to anybody',
    });
  return [
    on(buckets.register, create, 'seals/1/0x0/0', {
      must: [...own('reconcile'), ...image],
      others: 'bad',
      means: 'write entries into the register',
    }),
    on(buckets.register, get, 'seals/1/0x0/0', {
      must: [...own('reconcile', 'finalize', 'intake'), ...image],
      others: 'fine',
      means: 'read the register',
    }),
    on(buckets.register, 'storage.objects.list', '', {
      must: [...own('reconcile', 'finalize', 'intake'), ...image],
      others: 'fine',
      means: 'list the register',
    }),
    on(buckets.register, 'storage.buckets.get', '', { must: image, others: 'fine', means: 'see its lock' }),
    on(buckets.register, remove, 'seals/1/0x0/0', {
      must: [],
      mayAlso: () => false,
      others: 'bad',
      means: 'erase entries that no lock keeps',
    }),
    on(buckets.register, 'storage.buckets.update', '', {
      must: [],
      mayAlso: () => false,
      others: 'bad',
      means: 'change its retention until it is locked',
    }),
    on(buckets.signed, create, `${'0'.repeat(64)}.json`, { must: image, others: 'bad', means: 'write signed bytes' }),
    on(buckets.signed, get, `${'0'.repeat(64)}.json`, {
      must: [...own('reconcile'), ...image],
      may: own('finalize'),
      others: 'bad',
      means: 'read released transactions and send them',
    }),
    ...facts(own, image).map(([fact, must, means]) =>
      on(buckets.results, create, `${request}/${fact}`, { must, others: 'bad', means }),
    ),
    on(buckets.results, create, `${request}/outcome.json`, {
      must: own('finalize', 'reconcile'),
      mayAlso: () => false,
      others: 'bad',
      means: 'write false outcomes of requests',
    }),
    on(buckets.results, create, 'receipts/2026/01/01/0.json', {
      must: own('finalize', 'reconcile'),
      mayAlso: () => false,
      others: 'bad',
      means: 'write receipts',
    }),
    on(buckets.results, get, `${request}/request.json`, {
      must: [...FUNCTIONS.map((name) => memberOf(law, name)), ...image],
      others: 'fine',
      means: 'read facts',
    }),
    on(buckets.results, remove, `${request}/request.json`, {
      must: [],
      mayAlso: () => false,
      others: 'bad',
      means: 'erase facts',
    }),
    on(buckets.work, create, 'open/treasury/0', {
      must: [...FUNCTIONS.map((name) => memberOf(law, name)), ...image],
      mayAlso: (one) => former(one) || people(one),
      others: 'warn',
      means: 'hold requests up',
    }),
    ...[buckets.register, buckets.signed, buckets.results, buckets.work].map(settings),
    ...law.coSigners.flatMap((coSigner): readonly Rule[] => {
      const { bucket, prefix } = coSigner.shareLocation;
      const theirs = anyImage(coSigner.identityProvider);
      const share = `${prefix}shares/${'0'.repeat(64)}`;
      const rejection = `${prefix}rejections/${'0'.repeat(64)}`;
      const prediction = `${prefix}predictions/${'0'.repeat(64)}`;
      const name = `shares of ${coSigner.name} in ${bucket}`;
      const uploads = [
        [share, 'bad', 'upload'],
        [rejection, 'bad', 'reject'],
        // A forged one is a false alarm of finance, in this name.
        [prediction, 'warn', 'predict'],
      ] as const;
      return [
        ...uploads.map(([object, others, does]) =>
          on(bucket, create, object, {
            name,
            must: [],
            mayAlso: people,
            most: 1,
            others,
            means: `${does} in the name of ${coSigner.name}`,
          }),
        ),
        on(bucket, get, prediction, {
          name,
          must: own('finalize', 'reconcile'),
          others: 'fine',
          means: `read what ${coSigner.name} was shown`,
        }),
        on(bucket, get, share, {
          name,
          must: [],
          mayAlso: (one) => theirs(one) || people(one),
          others: 'bad',
          means: 'read encrypted shares',
        }),
        on(bucket, 'storage.objects.list', '', {
          name,
          must: own('collect', 'reconcile'),
          mayAlso: () => true,
          others: 'fine',
          means: 'list names',
        }),
        on(bucket, remove, share, { name, must: [], mayAlso: () => false, others: 'bad', means: 'remove approvals' }),
        // A rejection that is gone before the next listing was never there. Conditions go by name, so it is asked by itself.
        on(bucket, remove, rejection, {
          name,
          must: [],
          mayAlso: () => false,
          others: 'bad',
          means: 'remove rejections',
        }),
      ];
    }),
    // After the rules of the holders: the line that says that all is well names a holder.
    ...[...new Set(law.coSigners.map(({ shareLocation }) => shareLocation.bucket))].flatMap((bucket) => [
      settings(bucket),
      on(bucket, 'storage.buckets.update', '', {
        must: [],
        mayAlso: () => false,
        others: 'bad',
        means: 'delete approvals and rejections by their age',
      }),
    ]),
  ];
};

/** Whoever may sign says things in the name of finalize and reconcile, to readers who verify. */
const eventKeyRules = ({ config: { law } }: Deployment): readonly Rule[] => {
  const key = eventKeyOf(law);
  if (key === undefined) return [];
  const about = { resource: keyResource(key), name: 'event key' };
  return [
    {
      ...about,
      permission: 'cloudkms.cryptoKeyVersions.useToSign',
      must: [memberOf(law, 'finalize'), memberOf(law, 'reconcile')],
      others: 'bad',
      means: 'sign events that finalize and reconcile never said',
    },
    {
      ...about,
      permission: 'cloudkms.cryptoKeys.setIamPolicy',
      must: [],
      others: 'warn',
      means: 'let anybody sign events',
    },
  ];
};

const releaseKeyRules = ({ config }: Deployment): readonly Rule[] =>
  config.law.coSigners.flatMap((coSigner): readonly Rule[] => {
    const about = { resource: keyResource(coSigner.releaseKey), name: `release key of ${coSigner.name}` };
    return [
      {
        ...about,
        permission: 'cloudkms.cryptoKeyVersions.useToDecrypt',
        must: [],
        mayAlso: anyImage(coSigner.identityProvider),
        others: 'bad',
        means: `open the shares of ${coSigner.name}`,
      },
      {
        ...about,
        permission: 'cloudkms.cryptoKeys.setIamPolicy',
        must: [],
        others: 'warn',
        means: `accept images in the name of ${coSigner.name}`,
      },
    ];
  });

/** Who opens shares, and who signs events. Acceptances of images are looked at by themselves. */
export const keyRules = (deployment: Deployment): readonly Rule[] => [
  ...releaseKeyRules(deployment),
  ...eventKeyRules(deployment),
];
