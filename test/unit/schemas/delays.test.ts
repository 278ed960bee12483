import { expect, test } from 'vitest';
import { parseLaw } from '#schemas/config.ts';
import { coSignersWith, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';

type Plain = Readonly<Record<string, unknown>>;
const DAY = 86_400;
const OWN = '//iam.googleapis.com/projects/77/locations/global/workloadIdentityPools/pool/providers/main';
const rules = [{ name: 'any', effect: 'allow', destinations: ['*'] }];
const HOUR = { name: 'hour', seconds: 3600, aboveWei: '0' };
const walletWith = (...delays: readonly Plain[]) => plainWallet(splitOf(2, 3), { policy: { rules, delays } });
const lawOf = (delays: readonly Plain[], over: Plain = {}) => plainLaw([walletWith(...delays)], over);
const problemOf = (law: unknown): string => {
  try {
    parseLaw(law);
    return 'none';
  } catch (error) {
    return String(error);
  }
};

/** Outside a lab: locked, and each co-signer has a bucket and a project. */
const locked = { projectNumber: '2', lock: 'required', retentionSeconds: 40 * DAY };
const own = coSignersWith({}).map((one) => ({
  ...one,
  identityProvider: OWN,
  shareLocation: `gs://shares-of-${String(one.name)}/`,
}));
const bobAt = (over: Plain) => own.map((one) => (Reflect.get(one, 'name') === 'bob' ? { ...one, ...over } : one));

test.each<[string, unknown, string]>([
  ['of ether', lawOf([HOUR]), 'none'],
  ['neither of ether nor of a token', lawOf([{ name: 'x', seconds: 60 }]), 'either aboveWei, or chainId'],
  ['of both', lawOf([{ ...HOUR, chainId: '31337', token: 'USDC', aboveUnits: '1' }]), 'either aboveWei, or chainId'],
  [
    'of a token that the law does not name',
    lawOf([{ name: 'x', seconds: 60, chainId: '31337', token: 'USDC', aboveUnits: '1' }]),
    'names no token USDC',
  ],
  ['twice by one name', lawOf([HOUR, HOUR]), 'a delay name stands twice'],
  ['that leaves ten minutes of the longest validity', lawOf([{ ...HOUR, seconds: DAY - 600 }]), 'none'],
  ['that leaves less', lawOf([{ ...HOUR, seconds: DAY - 599 }]), `must be at most ${DAY - 600}`],
])('a delay %s', (_, law, problem) => {
  expect(problemOf(law)).toContain(problem);
});

test.each<[string, Plain, string]>([
  ['each has a bucket and a project', { coSigners: own }, 'none'],
  ['two share a bucket', { coSigners: bobAt({ shareLocation: 'gs://shares-of-alice/bob/' }) }, 'bucket of its own'],
  [
    'a place is below a prefix',
    { coSigners: bobAt({ shareLocation: 'gs://shares-of-bob/x/' }) },
    "bob's must be a bucket of its own",
  ],
  [
    'a bucket is the operator’s',
    { coSigners: bobAt({ shareLocation: 'gs://lab-keys/' }) },
    "lab-keys is the operator's",
  ],
  [
    'a project is the operator’s',
    { coSigners: bobAt({ identityProvider: OWN.replace('77', '1') }) },
    'bob has no project',
  ],
])('outside a lab a veto needs places of their own: %s', (_, over, problem) => {
  expect(problemOf(lawOf([HOUR], { register: locked, ...over }))).toContain(problem);
});

test('without a delay they may share a bucket', () => {
  expect(problemOf(plainLaw([plainWallet(splitOf(2, 3))], { register: locked }))).toBe('none');
});
