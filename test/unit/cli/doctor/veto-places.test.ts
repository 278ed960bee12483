import { expect, test } from 'vitest';
import { storageChecks } from '#cli/doctor/check-storage.ts';
import { examine } from '#cli/doctor/finding.ts';
import { bucketsOf } from '#schemas/names.ts';
import { type CliHarnessOptions, lawJson, NOW, stageOf } from '#test/support/cli/people.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';

/** The operator's project is number 1. In the law each co-signer has a bucket and a project; where a bucket really lies, only it can say. */
const NAMES = ['alice', 'bob', 'carol'];
const bucketOf = (name: string) => `shares-of-${name}`;
const LOCKED = { projectNumber: '2', lock: 'required', retentionSeconds: 8_640_000 };
const DELAYS = [{ name: 'large', seconds: 600, aboveWei: '1000' }];

const lawWith = (delays: readonly object[], over: Record<string, unknown> = {}) => {
  const { coSigners, wallets } = lawJson() as { coSigners: { name: string }[]; wallets: { policy: object }[] };
  return {
    register: LOCKED,
    coSigners: coSigners.map((one) => ({
      ...one,
      identityProvider:
        '//iam.googleapis.com/projects/77/locations/global/workloadIdentityPools/pool-own/providers/keyturn',
      shareLocation: `gs://${bucketOf(one.name)}/`,
    })),
    wallets: wallets.map((one) => ({ ...one, policy: { ...one.policy, delays } })),
    ...over,
  };
};

/** What is said of share buckets that lie in these projects, by name of the holder. */
const findings = async (law: Record<string, unknown>, projects: Readonly<Record<string, string>>) => {
  const storage = new MemoryStorage(() => NOW, [...Object.values(bucketsOf('lab')), ...NAMES.map(bucketOf)]);
  for (const name of NAMES) storage.disguises.set(bucketOf(name), { projectNumber: projects[name] ?? '77' });
  const options: CliHarnessOptions = { lab: undefined, me: undefined, law, ports: { storage: async () => storage } };
  const { session } = stageOf(options);
  const found = await Promise.all(storageChecks.map((check) => examine(session, check)));
  return found
    .flat()
    .filter(({ what }) => what.includes('veto'))
    .map(({ level, what }) => `${level} ${what}`);
};

test('a bucket that lies elsewhere than in the operator’s project is well', async () => {
  expect(await findings(lawWith(DELAYS), {})).toEqual(
    NAMES.map((name) => `ok shares-of-${name}, for a veto of ${name}, lies in project 77, not in the operator's`),
  );
});

test('one that lies in the operator’s project is an error, whatever the law says of its holder', async () => {
  expect((await findings(lawWith(DELAYS), { bob: '1' })).filter((one) => !one.startsWith('ok'))).toEqual([
    "bad shares-of-bob lies in the operator's project, whose owner can delete a veto of bob",
  ]);
});

test('in a lab the operator is trusted with votes: it is said, and no error', async () => {
  const law = lawWith(DELAYS, { register: { projectNumber: '1', lock: 'off', retentionSeconds: 0 } });
  expect((await findings(law, { bob: '1' })).filter((one) => !one.startsWith('ok'))).toEqual([
    "warn shares-of-bob lies in the operator's project, whose owner can delete a veto of bob",
  ]);
});

test('without delays nothing is said: one rejection stops nothing', async () => {
  expect(await findings(lawWith([]), { bob: '1' })).toEqual([]);
});
