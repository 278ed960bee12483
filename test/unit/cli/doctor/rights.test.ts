import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Binding } from '#cli/app/session.ts';
import { apisOf, PARTS, serviceChecks } from '#cli/doctor/check-apis.ts';
import { rightsChecks } from '#cli/doctor/check-rights.ts';
import { examine, type Finding } from '#cli/doctor/finding.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { cryptoKeyOf } from '#schemas/event-keys.ts';
import { type PlannedCloud, plannedCloud } from '#test/support/cli/doctor.ts';
import { lawJson, stageOf } from '#test/support/cli/people.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CONFIG = parseConfig({
  law: lawJson(),
  operations: {
    zones: ['us-central1-a'],
    machineType: 'n2d-standard-2',
    image: `image@${DIGEST}`,
    rpc: [{ chainId: '31337', urls: ['secret:a', 'secret:b'] }],
  },
});

const findingsOf = async (
  spoil: (cloud: PlannedCloud) => void = () => {},
  config: Config = CONFIG,
): Promise<readonly Finding[]> => {
  const cloud = plannedCloud(config, DIGEST);
  spoil(cloud);
  const { session } = stageOf({ lab: undefined, ports: { inspector: async () => cloud } });
  const here = { ...session, deployment: { ...session.deployment, config } };
  const found = await Promise.all([...serviceChecks, ...rightsChecks].map((check) => examine(here, check)));
  return found.flat();
};
const told = (findings: readonly Finding[], level: Finding['level']) =>
  findings.filter((one) => one.level === level).map(({ what }) => what);

const EVE = 'user:eve@example.com';
const more =
  (on: string, role: string, members: readonly string[] = [EVE], condition = '') =>
  ({ policies, at }: PlannedCloud): void => {
    const binding: Binding = { role, members, condition };
    policies.set(at(on), [...(policies.get(at(on)) ?? []), binding]);
  };
const less =
  (on: string, who: string) =>
  ({ policies, at, member }: PlannedCloud): void => {
    const left = (policies.get(at(on)) ?? []).map((one) => ({
      ...one,
      members: one.members.filter((each) => each !== member(who)),
    }));
    policies.set(at(on), left);
  };

test('what Terraform plans is found good, and each policy is asked for once', async () => {
  const asked: string[] = [];
  const findings = await findingsOf((cloud) => {
    const { push } = cloud.asked;
    cloud.asked.push = (...what) => push.apply(asked, what);
  });
  expect(findings.filter(({ level }) => !['ok', 'unchecked'].includes(level))).toEqual([]);
  expect(asked.filter((what, i) => asked.indexOf(what) !== i)).toEqual([]);
  expect(asked.length).toBeLessThan(70);
});

/** Every line of the plan that a machine or a function needs: without it something stops, and doctor says what. */
describe('a right that is missing', () => {
  test.each([
    ['topic requestEvents', 'function intake', 'topic lab-request-events'],
    ['topic requestEvents', 'attested image, pool of operator', 'topic lab-request-events'],
    ['topic approved', 'function collect', 'topic lab-approved'],
    ['topic submitted', 'attested image, pool of operator', 'topic lab-submitted'],
    ['topic receipts', 'function reconcile', 'topic lab-receipts'],
    ['topic ticks', 'agent of Cloud Scheduler', 'topic lab-ticks'],
    ['topic deadLetters', 'agent of Pub/Sub', 'topic lab-dead-letters'],
    ['subscription shares-push', 'agent of Pub/Sub', 'subscription lab-shares-push'],
    ['subscription approved-wake-treasury', 'attested image, pool of operator', 'subscription lab-approved-wake'],
    ['account workload', 'function launch', 'account vm@lab'],
    ['project', 'function launch', 'has no compute.instances.create'],
    ['project', 'function reconcile', 'has no compute.instances.delete'],
    ['project', 'account workload', 'has no confidentialcomputing.challenges.create'],
    ['bucket register', 'attested image, pool of operator', 'has no storage.objects.create'],
    ['bucket register', 'function reconcile', 'has no storage.objects.create'],
    ['bucket signed', 'attested image, pool of operator', 'has no storage.objects.create'],
    ['bucket signed', 'function reconcile', 'has no storage.objects.get'],
    ['bucket results', 'function finalize', 'has no storage.objects.create'],
    ['bucket results', 'function launch', 'has no storage.objects.get'],
    ['bucket work', 'function intake', 'has no storage.objects.create'],
    ['bucket keys', 'function collect', 'has no storage.objects.list'],
    ['function intake', 'account push', 'it is never fed'],
  ])('on %s, of %s', async (on, who, words) => {
    const bad = told(await findingsOf(less(on, who)), 'bad');
    expect(bad).toContainEqual(expect.stringContaining(words));
  });
});

/** Where who could do what that nobody should. */
describe('a right too many is bad', () => {
  const FUNCTION = 'serviceAccount:lab-collect@lab-project.iam.gserviceaccount.com';
  test.each<[string, string, readonly string[], string]>([
    ['topic receipts', 'roles/pubsub.publisher', [EVE], 'put payments into the ledger'],
    ['topic requestEvents', 'roles/pubsub.admin', [EVE], 'tell dApps and co-signers false things'],
    ['topic transactionRequests', 'roles/pubsub.publisher', ['allUsers'], 'everybody on the internet may ask'],
    ['subscription approved-push', 'roles/pubsub.subscriber', [EVE], 'take messages that launch should get'],
    ['account workload', 'roles/iam.serviceAccountUser', [EVE], 'start a machine as the workload'],
    [
      'account workload',
      'roles/iam.serviceAccountTokenCreator',
      [EVE],
      'be workload (iam.serviceAccounts.getAccessToken)',
    ],
    ['project', 'roles/iam.serviceAccountTokenCreator', [EVE], 'be finalize (iam.serviceAccounts.getAccessToken)'],
    ['project', 'roles/iam.serviceAccountUser', [FUNCTION], 'run code of their own as reconcile'],
    ['bucket register', 'roles/storage.objectUser', [EVE], 'write entries into the register'],
    ['bucket register', 'roles/storage.admin', [EVE], 'erase entries that no lock keeps'],
    ['bucket signed', 'roles/storage.objectViewer', [EVE], 'read released transactions and send them'],
    ['bucket results', 'roles/storage.objectCreator', [FUNCTION], 'write false outcomes of requests'],
    ['bucket results', 'roles/storage.objectUser', [EVE], 'erase facts'],
    ['bucket keys', 'roles/storage.objectViewer', [FUNCTION], 'read encrypted shares'],
    ['bucket keys', 'roles/storage.objectCreator', [FUNCTION], 'upload in the name of alice'],
    ['bucket keys', 'roles/storage.objectUser', [EVE], 'remove approvals'],
    ['bucket keys', 'roles/iam.securityAdmin', [EVE], 'bucket lab-keys: user:eve@example.com (roles/iam.securityAdmin'],
    ['bucket keys', 'projects/lab-project/roles/bucketTuner', [EVE], 'delete approvals and rejections by their age'],
    ['bucket keys', 'roles/storage.objectCreator', [FUNCTION], 'reject in the name of alice'],
    ['bucket work', 'roles/storage.objectViewer', ['allAuthenticatedUsers'], 'everybody on the internet has'],
    ['release key of bob', 'roles/cloudkms.cryptoKeyDecrypter', [EVE], 'open the shares of bob'],
    ['project', 'roles/viewer', ['allUsers'], 'everybody on the internet has roles/viewer'],
    ['project', 'roles/storage.objectViewer', [EVE], 'bucket lab-signed: user:eve@example.com'],
    ['function launch', 'roles/run.invoker', ['allUsers'], 'everybody on the internet may call it'],
  ])('on %s, %s for %s', async (on, role, members, words) => {
    const bad = told(await findingsOf(more(on, role, members)), 'bad');
    expect(bad).toContainEqual(expect.stringContaining(words));
  });

  test('a right on rejections alone is one too: without them a rejection was never there', async () => {
    const onRejections = 'resource.name.startsWith("projects/_/buckets/lab-keys/objects/alice/rejections/")';
    const bad = told(
      await findingsOf(more('bucket keys', 'roles/storage.objectUser', [EVE], onRejections)),
      'bad',
    ).filter((what) => what.includes(EVE));
    expect(bad).toEqual([
      `shares of alice in lab-keys: ${EVE} (roles/storage.objectUser on projects/_/buckets/lab-keys) may remove rejections`,
    ]);
  });

  test('also where a pool instead of an image has it', async () => {
    const whole = 'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/operator/*';
    expect(
      told(await findingsOf(more('bucket register', 'roles/storage.objectCreator', [whole])), 'bad'),
    ).toContainEqual(expect.stringContaining(`${whole} (roles/storage.objectCreator`));
  });

  test('but not where its condition holds for other things, or is over', async () => {
    const spoils = [
      more('project', 'roles/storage.objectViewer', [EVE], 'resource.name.startsWith("projects/_/buckets/other")'),
      more('bucket signed', 'roles/storage.objectViewer', [EVE], 'request.time < timestamp("2020-01-01T00:00:00Z")'),
      more('bucket signed', 'roles/storage.objectViewer', [EVE], "resource.type == 'storage.googleapis.com/Bucket'"),
      more('bucket signed', 'roles/storage.objectViewer', [EVE], "resource.service == 'cloudkms.googleapis.com'"),
      more('bucket signed', 'roles/storage.objectViewer', [EVE], "resource.name.extract('objects/{rest}') == 'x'"),
    ];
    const findings = await findingsOf((cloud) => {
      for (const spoil of spoils) spoil(cloud);
    });
    expect(told(findings, 'bad')).toEqual([]);
  });

  test.each([
    "resource.type == 'storage.googleapis.com/Object' && resource.name.startsWith('projects/_/buckets/')",
    "resource.service == 'storage.googleapis.com'",
    "resource.type != 'cloudkms.googleapis.com/CryptoKey'",
    "resource.name.extract('objects/{rest}').endsWith('.json')",
    "resource.name.extract('/buckets/{bucket}/objects') != 'other'",
    "resource.name.extract('{all}') == resource.name && resource.name.extract('no/{thing}') == ''",
    "request.time.getFullYear() > 2000 && resource.matchTag('lab/env', 'prod') || true",
  ])('also under a condition of IAM that holds: %s', async (condition) => {
    const findings = await findingsOf(more('bucket signed', 'roles/storage.objectViewer', [EVE], condition));
    expect(told(findings, 'bad')).toContainEqual(expect.stringContaining(`${EVE} (roles/storage.objectViewer`));
    expect(told(findings, 'unread')).toEqual([]);
  });

  test.each([
    "resource.matchTag('lab/env', 'prod')",
    "api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('a')",
    "'accessPolicies/1/accessLevels/office' in request.auth.access_levels",
    'resource.name',
    'not CEL (',
  ])('also under a condition that cannot be judged, and that is said once: %s', async (condition) => {
    const findings = await findingsOf(more('bucket signed', 'roles/storage.objectViewer', [EVE], condition));
    expect(told(findings, 'bad')).toContainEqual(expect.stringContaining(`${EVE} (roles/storage.objectViewer`));
    expect(told(findings, 'unread')).toEqual([
      `projects/_/buckets/lab-signed: roles/storage.objectViewer for ${EVE}: its condition cannot be judged here, so it counts as a right: ${condition}`,
    ]);
  });

  test('a right that must be there is not known to be, under a condition that cannot be judged', async () => {
    const findings = await findingsOf(({ policies, at }) => {
      const all = policies.get(at('topic ticks')) ?? [];
      policies.set(
        at('topic ticks'),
        all.map((one) => ({ ...one, condition: "resource.matchTag('lab/env', 'prod')" })),
      );
    });
    expect(told(findings, 'unread')).toEqual([expect.stringContaining('topics/lab-ticks: roles/pubsub.publisher')]);
    expect(told(findings, 'ok')).not.toContainEqual(expect.stringMatching(/^topic lab-ticks:/));
    expect(told(findings, 'bad')).toEqual([]);
  });

  test('Google’s own agents and a former image are none', async () => {
    const agent = 'serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com';
    const former = `principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/operator/attribute.image_digest/sha256:${'b'.repeat(64)}`;
    const findings = await findingsOf((cloud) => {
      more('project', 'roles/pubsub.serviceAgent', [agent])(cloud);
      more('bucket register', 'roles/storage.objectCreator', [former])(cloud);
    });
    expect(told(findings, 'bad')).toEqual([]);
  });
});

describe('is worth a look', () => {
  test.each<[string, string, readonly string[], string]>([
    ['project', 'roles/owner', [EVE], 'has roles/owner and may undo'],
    ['project', 'roles/editor', ['serviceAccount:1-compute@developer.gserviceaccount.com'], 'has roles/editor'],
    ['project', 'roles/compute.instanceAdmin.v1', [EVE], 'may start machines there'],
    ['topic ticks', 'roles/pubsub.publisher', [EVE], 'wake the pipeline without need'],
    ['topic transactionRequests', 'roles/pubsub.subscriber', [EVE], 'read all that is published there'],
    ['bucket keys', 'roles/storage.objectCreator', [EVE], 'may each upload in the name of alice'],
    ['bucket keys', 'roles/storage.objectCreator', [EVE], 'may each reject in the name of alice'],
    ['bucket keys', 'roles/storage.objectCreator', [EVE], 'may each predict in the name of alice'],
  ])('on %s, %s for %s', async (on, role, members, words) => {
    const findings = await findingsOf(more(on, role, members));
    expect(told(findings, 'warn')).toContainEqual(expect.stringContaining(words));
    expect(told(findings, 'bad')).toEqual([]);
  });
});

describe('what may not be read is no pass', () => {
  test.each([
    ['topic approved', 'pubsub.topics.getIamPolicy'],
    ['subscription shares-push', 'pubsub.subscriptions.getIamPolicy'],
    ['account workload', 'iam.serviceAccounts.getIamPolicy'],
    ['bucket register', 'storage.buckets.getIamPolicy'],
    ['release key of alice', 'cloudkms.cryptoKeys.getIamPolicy'],
    ['project', 'resourcemanager.projects.getIamPolicy'],
    ['function intake', 'run.services.getIamPolicy'],
  ])('%s', async (on, needs) => {
    const findings = await findingsOf(({ hidden, at }) => void hidden.add(at(on)));
    const unread = findings.filter(({ level }) => level === 'unread');
    expect(unread.map(({ what }) => what)).toContainEqual(expect.stringContaining(`could not be read: needs ${needs}`));
    expect(unread.every(({ todo }) => todo !== '')).toBe(true);
    expect(told(findings, 'ok').some((what) => what.includes(on.split(' ')[1] ?? '?') && what.startsWith(on))).toBe(
      false,
    );
  });

  test('a role', async () => {
    const findings = await findingsOf(({ hidden }) => void hidden.add('roles/storage.objectViewer'));
    expect(told(findings, 'unread')).toContainEqual(
      'what roles/storage.objectViewer allows could not be read: needs iam.roles.get',
    );
  });
});

describe('services', () => {
  const with_ = (over: Partial<PlannedCloud>) => findingsOf((cloud) => Object.assign(cloud, over));
  test.each<[string, Partial<PlannedCloud>, string]>([
    ['no functions', { functionsIn: async () => [] }, 'function lab-intake is not there'],
    [
      'another account',
      { functionsIn: async () => [{ name: 'lab-intake', active: true, account: 'x@y', service: 's' }] },
      'function lab-intake runs as x@y',
    ],
    [
      'a failed function',
      { functionsIn: async () => [{ name: 'lab-intake', active: false, account: 'x@y', service: 's' }] },
      'function lab-intake is not active',
    ],
    ['a key of a service account', { userKeys: async (email) => (email === 'vm@lab' ? 2 : 0) }, 'vm@lab has 2 keys'],
  ])('%s', async (_, over, words) => {
    expect(told(await with_(over), 'bad')).toContainEqual(expect.stringContaining(words));
  });

  test.each([
    ['that expires', { expires: true }, 'is deleted when it is silent for long'],
    ['without dead letters', { deadLetters: undefined }, 'has no dead letters'],
    ['that pulls', { push: undefined }, 'does not push: intake gets nothing'],
    ['of a topic that is gone', { topic: '_deleted-topic_' }, 'is no longer attached'],
    ['without an identity', { push: { endpoint: 'https://x', account: '', audience: '' } }, 'pushes as nobody'],
  ])('a subscription %s', async (_, over, words) => {
    const { subscription } = plannedCloud(CONFIG, DIGEST);
    const findings = await with_({ subscription: async (name) => ({ ...(await subscription(name)), ...over }) });
    expect(told(findings, 'bad')).toContainEqual(expect.stringContaining(`lab-transaction-requests-push ${words}`));
  });
});

describe('of the key that signs events', () => {
  const { key } = new MemoryEventKey('events-1');
  const config = parseConfig({
    law: { ...JSON.parse(CONFIG.lawText), eventKeys: [key] },
    operations: CONFIG.operations,
  });
  const resource = `//cloudkms.googleapis.com/${cryptoKeyOf(key.version)}`;
  const signers = ['finalize', 'reconcile'].map(
    (name) => `serviceAccount:lab-${name}@lab-project.iam.gserviceaccount.com`,
  );
  const granted =
    (members: readonly string[], role = 'roles/cloudkms.signer') =>
    ({ policies }: PlannedCloud): void =>
      void policies.set(resource, [...(policies.get(resource) ?? []), { role, members, condition: '' }]);
  const bad = async (...spoil: readonly ((cloud: PlannedCloud) => void)[]) =>
    told(
      await findingsOf((cloud) => {
        for (const each of spoil) each(cloud);
      }, config),
      'bad',
    ).filter((what) => what.includes('event key'));

  test('nothing is wrong where finalize and reconcile sign, and nobody else', async () => {
    expect(await bad(granted(signers))).toEqual([]);
  });
  test.each(['finalize', 'reconcile'])('%s without the right is named', async (name) => {
    const others = signers.filter((one) => !one.includes(name));
    expect(await bad(granted(others))).toEqual([expect.stringMatching(new RegExp(`lab-${name}@.*useToSign`))]);
  });
  test.each(['roles/cloudkms.signer'])('another who holds %s is named, with what comes of it', async (role) => {
    expect(await bad(granted(signers), granted([EVE], role))).toEqual([
      expect.stringContaining('sign events that finalize and reconcile never said'),
    ]);
  });
  test('its project needs Cloud KMS', () => {
    expect(apisOf(config).get('lab-project')).toContain('cloudkms.googleapis.com');
    expect(apisOf(CONFIG).get('lab-project')).not.toContain('cloudkms.googleapis.com');
    const text = readFileSync(new URL('../../../../terraform/services.tf', import.meta.url), 'utf8');
    const [, names = ''] = /event_key == null \? \[\] : \[([^\]]*)\]/.exec(text) ?? [];
    expect([...names.matchAll(/"([a-z]+)"/g)].map(([, name]) => name)).toEqual([...PARTS.eventKey]);
  });
});

test('the APIs are those that terraform/services.tf switches on', () => {
  const text = readFileSync(new URL('../../../../terraform/services.tf', import.meta.url), 'utf8').replaceAll(
    /#.*$/gm,
    '',
  );
  const after = (words: RegExp) => {
    const at = text.search(words);
    expect(at, `${words}`).toBeGreaterThan(-1);
    const [, list = ''] = /\[([^\]]*)\]/.exec(text.slice(text.indexOf('names', at))) ?? [];
    return [...list.matchAll(/"([a-z]+)"/g)].map(([, name]) => name).sort();
  };
  expect(after(/operator\s*= \{/)).toEqual([...PARTS.operator].sort());
  expect(after(/register\s*= \{/)).toEqual([...PARTS.register].sort());
  expect(after(/finance\s*= \{/)).toEqual([...PARTS.finance].sort());
  expect(after(/name, one in local.co_signers/)).toEqual([...PARTS.coSigner].sort());
  const [, node = ''] = /lab_chain \? \[([^\]]*)\]/.exec(text) ?? [];
  expect([...node.matchAll(/"([a-z]+)"/g)].map(([, name]) => name).sort()).toEqual([...PARTS.node].sort());
  expect([...apisOf(CONFIG).keys()]).toEqual(['lab-project', 'alice-project', 'bob-project', 'carol-project']);
});
