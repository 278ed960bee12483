import { evaluateCondition } from '#local/cloud/runtime/cel.ts';
import { shareFolder } from '#schemas/names.ts';
import { type Grant, grantsOf } from '../grants-of.ts';
import { block, ofType, text } from '../plan.ts';
import type { Policy, Subject } from './finding.ts';
import { permissionsIn } from './permissions.ts';

const ATTESTED =
  /^principalSet:\/\/iam\.googleapis\.com\/projects\/(\d+)\/locations\/global\/workloadIdentityPools\/([a-z0-9-]+)\/attribute\.image_digest\/(sha256:[0-9a-f]{64})$/;

const poolOf = (identityProvider: string): string =>
  identityProvider.replace(/^\/\/iam\.googleapis\.com\/(.*)\/providers\/[^/]+$/, '$1');
const memberPool = (member: string): string =>
  /^principalSet:\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+)\//.exec(
    member,
  )?.[1] ?? '';

const can = (subject: Subject, grant: Grant, permission: string): boolean =>
  permissionsIn(subject.plan, grant.role).has(permission);

/** A release key opens for attested images that its own co-signer has accepted, at most two, each until a date; for nobody else. */
export const releaseKeysOpenForImagesAlone: Policy = (subject) => {
  const { law } = subject.config;
  const grants = grantsOf(subject.plan).filter((grant) =>
    can(subject, grant, 'cloudkms.cryptoKeyVersions.useToDecrypt'),
  );
  return law.coSigners.flatMap(({ name, releaseKey, identityProvider }) => {
    const own = grants.filter(({ kind, target }) => kind === 'key' && target === releaseKey);
    const digests = new Set(own.map(({ member }) => member));
    return [
      ...(own.length === 0 ? [`${releaseKey}: no accepted image may decrypt`] : []),
      ...(digests.size > 2 ? [`${releaseKey}: ${digests.size} images may decrypt, two at most`] : []),
      ...own.flatMap(({ address, member, condition }) => [
        ...(ATTESTED.test(member) ? [] : [`${address}: ${member} may decrypt without attestation`]),
        ...(memberPool(member) === poolOf(identityProvider)
          ? []
          : [`${address}: ${name}'s key opens for another pool`]),
        ...(endsSometime(condition) ? [] : [`${address}: the acceptance of an image must end some day`]),
      ]),
    ];
  });
};

const at = (condition: string, time: Date): boolean =>
  evaluateCondition(condition, { request: { time }, resource: { name: '', type: '', service: '' } });

/** True of a condition that once holds and once no longer does. */
const endsSometime = (condition: string | undefined): boolean =>
  condition !== undefined &&
  at(condition, new Date('2000-01-01T00:00:00Z')) &&
  !at(condition, new Date('9999-01-01T00:00:00Z'));

const byName = ({ condition }: Grant): boolean => condition?.includes('resource.name') === true;

/** A list is asked of the bucket, which no condition on names admits: the right to it must stand beside. */
const listsOtherwise = (subject: Subject, { target, member }: Grant): boolean =>
  grantsOf(subject.plan).some(
    (other) =>
      other.target === target &&
      other.member === member &&
      !byName(other) &&
      can(subject, other, 'storage.objects.list'),
  );

/** Whether the right holds for a share: one on predictions alone does not. */
const reachesShares = ({ config: { law } }: Subject, { target, condition }: Grant): boolean =>
  condition === undefined ||
  law.coSigners
    .filter(({ shareLocation }) => shareLocation.bucket === target)
    .some(({ shareLocation }) => {
      const name = `projects/_/buckets/${target}/objects/${shareFolder(shareLocation, '0'.repeat(64))}`;
      return evaluateCondition(condition, {
        request: { time: new Date() },
        resource: { name, type: 'storage.googleapis.com/Object', service: 'storage.googleapis.com' },
      });
    });

/** What is in a share is for the attested workload and for its owner: functions see names, nobody deletes. */
export const sharesAreNotRead: Policy = (subject) => {
  const { law } = subject.config;
  const buckets = new Set(law.coSigners.map(({ shareLocation }) => shareLocation.bucket));
  const accounts = new Set(
    ofType(subject.plan, 'google_cloudfunctions2_function').map(
      ({ values }) => `serviceAccount:${text(block(values, 'service_config'), 'service_account_email')}`,
    ),
  );
  return grantsOf(subject.plan)
    .filter(({ kind, target }) => kind === 'bucket' && buckets.has(target))
    .flatMap((grant) => [
      ...(accounts.has(grant.member) && can(subject, grant, 'storage.objects.get') && reachesShares(subject, grant)
        ? [`${grant.address}: a function may read shares`]
        : []),
      ...(can(subject, grant, 'storage.objects.delete') || can(subject, grant, 'storage.objects.update')
        ? [`${grant.address}: ${grant.member} may change or delete shares`]
        : []),
      ...(ATTESTED.test(grant.member) &&
      !law.coSigners.some((one) => poolOf(one.identityProvider) === memberPool(grant.member))
        ? [`${grant.address}: shares open for a pool that is no co-signer's`]
        : []),
      ...(can(subject, grant, 'storage.objects.list') && byName(grant) && !listsOtherwise(subject, grant)
        ? [`${grant.address}: a right to list never holds under a condition on the object's name`]
        : []),
    ]);
};

/** A co-signer's pool opens that co-signer's key and shares; everything of the operator's is opened by the operator's own pool. */
export const poolsOpenTheirOwn: Policy = ({ plan, config: { law } }) => {
  const places = new Map(
    law.coSigners.map(({ identityProvider, releaseKey, shareLocation }) => [
      poolOf(identityProvider),
      new Set([releaseKey, shareLocation.bucket]),
    ]),
  );
  return grantsOf(plan).flatMap(({ address, member, target }) => {
    if (!member.startsWith('principalSet:')) return [];
    if (!ATTESTED.test(member)) return [`${address}: a principalSet must name attribute.image_digest/sha256:…`];
    const pool = memberPool(member);
    if (pool === poolOf(law.operator.identityProvider))
      return law.coSigners.some(({ releaseKey, shareLocation }) => [releaseKey, shareLocation.bucket].includes(target))
        ? [`${address}: the operator's pool opens what is a co-signer's`]
        : [];
    const own = places.get(pool);
    if (own === undefined) return [`${address}: the law knows no pool ${pool}`];
    return own.has(target) ? [] : [`${address}: a co-signer's pool opens ${target}`];
  });
};
