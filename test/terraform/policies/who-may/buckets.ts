import {
  approvedObject,
  badShareObject,
  bucketsOf,
  lawObject,
  OPERATIONS_OBJECT,
  openObject,
  outcomeObject,
  PAUSED_OBJECT,
  predictionObject,
  receiptObject,
  refusalObject,
  rejectionObject,
  requestObject,
  sealObject,
  shareFolder,
  signedObject,
  submittedObject,
  turnObject,
  waitingObject,
  withdrawnObject,
} from '#schemas/names.ts';
import type { Subject } from '../finding.ts';
import type { Group, Groups } from './groups.ts';
import type { Place } from './places.ts';

const ID = '0'.repeat(64);

const places = (bucket: string, says: string) => ({
  itself: (may: Place['may'], at?: string): Place => ({
    kind: 'bucket',
    says,
    name: `projects/_/buckets/${bucket}`,
    may,
    ...(at === undefined ? {} : { at }),
  }),
  object: (object: string, may: Place['may'], at?: string): Place => ({
    kind: 'object',
    says: `${object.replaceAll(ID, '<id>')} in ${says}`,
    name: `projects/_/buckets/${bucket}/objects/${object}`,
    may,
    ...(at === undefined ? {} : { at }),
  }),
});

/** Released bytes are bearer instruments: whoever reads them can send them. */
const signed = (bucket: string, { account, image }: Groups): readonly Place[] => {
  const { itself, object } = places(bucket, 'bucket signed');
  const readers = [image, account('reconcile')];
  return [itself({ list: readers }), object(signedObject(ID), { create: [image], read: readers })];
};

const register = (bucket: string, groups: Groups): readonly Place[] => {
  const { account, coSigners, finance, image, operators } = groups;
  const { itself, object } = places(bucket, 'bucket register');
  const readers = [
    image,
    ...(['reconcile', 'finalize', 'intake'] as const).map(account),
    coSigners,
    finance,
    operators,
  ];
  return [
    itself({ list: readers, 'see the settings of': [image, operators] }),
    object(sealObject('1', '0x0', 0n), { create: [image, account('reconcile')], read: readers }),
    object('anything-else', { create: [image, account('reconcile')], read: readers }),
  ];
};

/**
 * Facts: each by those whose step it is, and by reconcile, which does what was lost. Only finalize and reconcile end a request, and
 * reconcile alone says what it waits for.
 */
const results = (bucket: string, groups: Groups): readonly Place[] => {
  const { account, coSigners, dapps, finance, image, operators } = groups;
  const { itself, object } = places(bucket, 'bucket results');
  const reconcile = account('reconcile');
  const steps = (['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const).map(account);
  const read = [...steps, coSigners, dapps, finance, image, operators];
  const writers: readonly (readonly [string, Group])[] = [
    [requestObject(ID), account('intake')],
    [withdrawnObject(ID), account('intake')],
    [refusalObject(ID, ID), account('intake')],
    [approvedObject(ID), account('collect')],
    [submittedObject(ID), image],
    [badShareObject(ID, 'alice', '1'), image],
    [outcomeObject(ID), account('finalize')],
    [receiptObject(ID, 0), account('finalize')],
  ];
  return [
    itself({ list: read }),
    ...writers.map(([name, writer]) => object(name, { create: [writer, reconcile], read })),
    ...['anything-else', 'refused/outcome.json', waitingObject(ID, 'PAUSED')].map((name) =>
      object(name, { create: [reconcile], read }),
    ),
    // Each law by its hash. Create alone: nobody can put another in its place.
    object(lawObject(ID), { create: [reconcile], read }),
  ];
};

/** Marks, turns, wishes: liveness alone, and so all that move requests may do anything to them. */
const work = (bucket: string, groups: Groups): readonly Place[] => {
  const { account, coSigners, finance, image, operators } = groups;
  const { itself, object } = places(bucket, 'bucket work');
  const steps = (['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const).map(account);
  const write = [...steps, image, operators];
  const read = [...write, coSigners, finance];
  const objects = [openObject('treasury', ID), turnObject('treasury', 1n), OPERATIONS_OBJECT, PAUSED_OBJECT];
  return [
    itself({ list: read }),
    ...objects.map((name) => object(name, { create: write, read, delete: write, change: write })),
  ];
};

/** A co-signer adds and reads below the own prefix; the image of the own pool reads there while it is accepted; functions see names. */
const shares = (bucket: string, { config: { law }, people }: Subject, groups: Groups): readonly Place[] => {
  const { account, coSigner, imageOf, operators } = groups;
  const here = law.coSigners.filter(({ shareLocation }) => shareLocation.bucket === bucket);
  const { itself, object } = places(bucket, `bucket ${bucket}`);
  const [until = ''] = Object.values(people.images);
  const always = [...here.map(coSigner), account('collect'), account('reconcile'), operators];
  return [
    itself({ list: [...always, ...here.map(imageOf)] }),
    itself({ list: always }, until),
    ...here.flatMap((one): readonly Place[] => {
      const [own, image] = [coSigner(one), imageOf(one)];
      const { prefix } = one.shareLocation;
      return [
        ...[
          shareFolder(one.shareLocation, ID),
          `${shareFolder(one.shareLocation, ID)}/2`,
          rejectionObject(one.shareLocation, ID),
        ].flatMap((name) => [
          object(name, { create: [own], read: [own, image] }),
          object(name, { create: [own], read: [own] }, until),
        ]),
        ...[predictionObject(one.shareLocation, ID)].flatMap((name) => {
          const readers = [own, account('finalize'), account('reconcile')];
          return [
            object(name, { create: [own], read: [...readers, image] }),
            object(name, { create: [own], read: readers }, until),
          ];
        }),
        // A prefix without its slash would open alice's place to whoever is called alice-2.
        ...(prefix === '' ? [] : [object(`${prefix.replace(/\/$/, '')}-2/shares/${ID}`, {})]),
      ];
    }),
  ];
};

/** What a bucket's places allow. One that no rule names is nobody's: the archives of functions, which Terraform uploads. */
export const bucketPlaces = (subject: Subject, groups: Groups, bucket: string): readonly Place[] => {
  const { law } = subject.config;
  const names = bucketsOf(law.name);
  if (bucket === names.signed) return signed(bucket, groups);
  if (bucket === names.register) return register(bucket, groups);
  if (bucket === names.results) return results(bucket, groups);
  if (bucket === names.work) return work(bucket, groups);
  if (law.coSigners.some(({ shareLocation }) => shareLocation.bucket === bucket))
    return shares(bucket, subject, groups);
  const { itself, object } = places(bucket, `bucket ${bucket}`);
  const build = bucket.startsWith(`gcf-v2-sources-${law.operator.projectNumber}-`) ? [groups.account('build')] : [];
  return [itself({ list: build }), object('archive.zip', { read: build })];
};
