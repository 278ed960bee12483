import type { PlanMistake } from './mistakes-plan.ts';
import { adding, removing, setting, type } from './plan-edits.ts';

const RING = 'keyturn-lab/us-central1/lab-1-alice';
const WORKLOAD = 'projects/keyturn-lab/serviceAccounts/lab-1-workload@keyturn-lab.iam.gserviceaccount.com';
const LAUNCH = 'serviceAccount:lab-1-launch@keyturn-lab.iam.gserviceaccount.com';
const LAUNCHER = type('google_project_iam_custom_role', '"compute.instances.create"');
const FIREWALL = (name: string) => type('google_compute_firewall', `"name":"lab-1-${name}"`);
const INSTANCE = type('google_compute_instance');
const OTHER_IMAGE = `principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/lab-1-operator/attribute.image_digest/sha256:${'ab'.repeat(32)}`;
const PROJECT = 'keyturn-lab';

/** One mistake each in who may do what, in the plan of the lab. */
export const RIGHTS_MISTAKES: readonly PlanMistake[] = [
  {
    what: 'a right on a whole key ring',
    change: adding('google_kms_key_ring_iam_member', {
      key_ring_id: RING,
      role: 'roles/cloudkms.cryptoKeyDecrypter',
      member: 'user:alice@example.com',
    }),
    message: /: alice may decrypt with the release key of alice: only the attested image in alice's pool may/,
  },
  {
    what: 'a pool that may be the workload',
    change: adding('google_service_account_iam_member', {
      service_account_id: WORKLOAD,
      role: 'roles/iam.workloadIdentityUser',
      member: LAUNCH,
    }),
    message: /launch may mint tokens for account lab-1-workload@\S+: nobody may/,
  },
  {
    what: 'tokens of every account of the project',
    change: adding('google_project_iam_member', {
      project: PROJECT,
      role: 'roles/iam.serviceAccountTokenCreator',
      member: LAUNCH,
    }),
    message: /launch may mint tokens for account lab-1-reconcile@\S+: nobody may/,
  },
  {
    what: 'a custom role that acts as accounts',
    change: setting(LAUNCHER, 'permissions', ['compute.instances.create', 'iam.serviceAccounts.actAs']),
    message: /launch may act as account lab-1-reconcile@\S+: nobody may/,
  },
  {
    what: 'a custom role that mints tokens',
    change: setting(LAUNCHER, 'permissions', ['compute.instances.create', 'iam.serviceAccounts.signJwt']),
    message: /launch may mint tokens for account lab-1-push@\S+: nobody may/,
  },
  {
    what: 'a custom role that makes keys of accounts',
    change: setting(LAUNCHER, 'permissions', ['compute.instances.create', 'iam.serviceAccountKeys.create']),
    message: /launch may administer account lab-1-intake@\S+: nobody may/,
  },
  {
    what: 'a namesake at another domain',
    change: setting(type('google_pubsub_topic_iam_member', 'user:dapp@'), 'member', 'user:dapp@example.org'),
    message: /user:dapp@example\.org may publish to topic lab-1-transaction-requests: only dApps, operators may/,
  },
  {
    what: 'another image of the own pool',
    change: setting(type('google_pubsub_topic_iam_member', 'principalSet'), 'member', OTHER_IMAGE),
    message: /attribute\.image_digest\/sha256:(ab)+ may publish to topic lab-1-\S+: only/,
  },
  {
    what: 'a right that is missing',
    change: removing(type('google_service_account_iam_member', 'serviceAccountUser')),
    message: /^launch may not act as account lab-1-workload@\S+: only launch may/,
  },
  {
    what: 'a right under a condition that nobody here can judge',
    change: adding('google_storage_bucket_iam_member', {
      bucket: 'lab-1-signed',
      role: 'roles/storage.objectViewer',
      member: 'user:operator@example.com',
      condition: [{ title: 'tagged', expression: "resource.matchTag('keyturn-lab/env', 'prod')" }],
    }),
    message: /operators may read <id>\.json in bucket signed: only the attested image/,
  },
  {
    what: 'a right on the project that a condition narrows to signed bytes',
    change: adding('google_project_iam_member', {
      project: PROJECT,
      role: 'roles/storage.objectViewer',
      member: 'user:operator@example.com',
      condition: [
        { title: 'some', expression: 'resource.name.startsWith("projects/_/buckets/lab-1-signed/objects/")' },
      ],
    }),
    message: /operators may read <id>\.json in bucket signed: only the attested image/,
  },
  {
    what: 'a right on a bucket of somebody else',
    change: adding('google_storage_bucket_iam_member', {
      bucket: 'elsewhere',
      role: 'roles/storage.objectViewer',
      member: 'user:operator@example.com',
    }),
    message: /no rule speaks of bucket elsewhere/,
  },
  {
    what: 'a second rule that denies',
    change: adding('google_compute_firewall', {
      name: 'lab-1-no',
      network: 'lab-1',
      direction: 'EGRESS',
      deny: [{ protocol: 'udp' }],
    }),
    message: /2 egress rules deny, exactly one must/,
  },
  {
    what: 'a rule that denies before the others allow',
    change: setting(FIREWALL('nothing-else-out'), 'priority', 900),
    message: /the rule that denies must come after the rules that allow/,
  },
  {
    what: 'a rule that denies a part',
    change: setting(FIREWALL('nothing-else-out'), 'destination_ranges', ['10.0.0.0/8']),
    message: /the rule that denies must deny 0\.0\.0\.0\/0/,
  },
  {
    what: 'a rule that denies and is switched off',
    change: setting(FIREWALL('nothing-else-out'), 'disabled', true),
    message: /0 egress rules deny, exactly one must/,
  },
  {
    what: 'sources of a rule that are IPv6',
    change: setting(FIREWALL('chain-in'), 'source_ranges', ['::/1']),
    message: /lets \w+ addresses of the Internet in: ::\/1/,
  },
  {
    what: 'sources that are larger than the network',
    change: setting(FIREWALL('chain-in'), 'source_ranges', ['10.0.0.0/8']),
    message: /lets 16777216 addresses in, a network has 65536/,
  },
  {
    what: 'a way in to every machine',
    change: setting(FIREWALL('chain-in'), 'target_service_accounts', []),
    message: /lets in to every machine/,
  },
  {
    what: "a machine that runs as the project's default account",
    change: setting(INSTANCE, 'service_account', []),
    message: /needs an account of its own/,
  },
  {
    what: 'a repository that cleans up accepted images',
    change: setting(type('google_artifact_registry_repository', '-images"'), 'cleanup_policies', [{ id: 'old' }]),
    message: /would clean up an image that is accepted/,
  },
  {
    what: 'an audit log with somebody left out',
    change: setting(type('google_project_iam_audit_config', 'sts'), 'audit_log_config.0.exempted_members', [LAUNCH]),
    message: /who uses sts\.googleapis\.com is not in the audit log/,
  },
];
