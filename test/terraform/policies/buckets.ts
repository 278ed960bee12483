import { bucketsOf } from '#schemas/names.ts';
import { block, blocks, ofType, type Resource, text } from '../plan.ts';
import type { Policy, Subject } from './finding.ts';

const DAY = 86_400;

const named = ({ plan }: Subject): ReadonlyMap<string, Resource> =>
  new Map(ofType(plan, 'google_storage_bucket').map((resource) => [text(resource.values, 'name'), resource]));

/** Where co-signers' shares lie: one bucket for all, or one each. */
const shareBuckets = ({ config: { law } }: Subject): ReadonlySet<string> =>
  new Set(law.coSigners.map(({ shareLocation }) => shareLocation.bucket));

/** Buckets that a deployment has besides those of the law: what functions are built from. Nothing of a request lies there. */
const EXTRA = /-(source|sources|functions)$/;

export const bucketsAreThoseOfTheLaw: Policy = (subject) => {
  const { keys: _, ...own } = bucketsOf(subject.config.law.name);
  const wanted = new Set([...Object.values(own), ...shareBuckets(subject)]);
  const have = named(subject);
  return [
    ...[...wanted].filter((name) => !have.has(name)).map((name) => `no bucket ${name}`),
    ...[...have]
      .filter(([name]) => !wanted.has(name) && !EXTRA.test(name))
      .map(([name, { address }]) => `${address}: schemas/names.ts knows no bucket ${name}`),
  ];
};

export const bucketsAreHard: Policy = ({ plan }) =>
  ofType(plan, 'google_storage_bucket').flatMap(({ address, values }) => {
    const checks: readonly (readonly [boolean, string])[] = [
      [values.uniform_bucket_level_access === true, 'uniform_bucket_level_access must be true'],
      [values.public_access_prevention === 'enforced', 'public_access_prevention must be enforced'],
      [
        text(block(values, 'soft_delete_policy'), 'retention_duration_seconds') === '0',
        'soft delete must be 0: the default of 7 days keeps what was deleted, shares too',
      ],
      [
        blocks(values, 'versioning').every(({ enabled }) => enabled === false),
        'versioning must be off: an overwritten share would stay readable',
      ],
      [blocks(values, 'website').length === 0 && blocks(values, 'cors').length === 0, 'is no web site'],
    ];
    return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
  });

/** Register and signed bytes are kept as long as the law says and locked where it says so. Shares and work are not kept at all. */
export const retentionIsTheLaws: Policy = (subject) => {
  const { law } = subject.config;
  const names = bucketsOf(law.name);
  const have = named(subject);
  const locked = law.register.lock === 'required';
  const period = (name: string): string => text(block(have.get(name)?.values, 'retention_policy'), 'retention_period');
  const isLocked = (name: string): boolean => block(have.get(name)?.values, 'retention_policy')?.is_locked === true;
  const kept = [names.register, names.signed].flatMap((name) => [
    ...((period(name) || '0') === String(law.register.retentionSeconds)
      ? []
      : [`${name}: retention is ${period(name) || 'none'}, the law says ${law.register.retentionSeconds} s`]),
    ...(isLocked(name) === locked ? [] : [`${name}: ${locked ? 'must be locked' : 'must not be locked in a lab'}`]),
  ]);
  const facts =
    locked && Number(period(names.results) || '0') <= 0 ? [`${names.results}: facts must be kept for a while`] : [];
  const free = [names.work, ...shareBuckets(subject)].flatMap((name) =>
    period(name) === '' ? [] : [`${name}: must not be kept: marks and shares are deleted`],
  );
  const destroyed = locked
    ? [...have].flatMap(([name, { address, values }]) =>
        values.force_destroy === true && name !== names.work && !EXTRA.test(name)
          ? [`${address}: force_destroy beside a locked register`]
          : [],
      )
    : [];
  return [...kept, ...facts, ...free, ...destroyed];
};

/** Shares go two days after the last moment at which they can be of use; nothing else is ever swept. */
export const onlySharesAreSwept: Policy = (subject) => {
  const age = String(Math.ceil(subject.config.law.limits.maxValiditySeconds / DAY) + 2);
  const shares = shareBuckets(subject);
  return [...named(subject)].flatMap(([name, { address, values }]) => {
    const ages = blocks(values, 'lifecycle_rule')
      .filter((rule) => text(block(rule, 'action'), 'type') === 'Delete')
      .map((rule) => text(block(rule, 'condition'), 'age'));
    if (!shares.has(name))
      return ages.length === 0 || EXTRA.test(name) ? [] : [`${address}: a lifecycle rule deletes facts`];
    return ages.join() === age
      ? []
      : [`${address}: shares must be deleted after ${age} days, not ${ages.join() || 'never'}`];
  });
};
