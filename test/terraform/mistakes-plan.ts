import type { Plan } from './plan.ts';
import { adding, removing, setting, type } from './plan-edits.ts';
import { conjuncts } from './providers.ts';

export interface PlanMistake {
  readonly what: string;
  readonly change: (plan: Plan) => Plan;
  /** A finding that some policy must make. */
  readonly message: RegExp;
}

const MEMBER = type('google_storage_bucket_iam_member');
const PROVIDER = type('google_iam_workload_identity_pool_provider');
const PUSH = type('google_pubsub_subscription', '-approved-push');
const FUNCTION = type('google_cloudfunctions2_function');
const ENVIRONMENT = 'service_config.0.environment_variables';

const withoutClause = (word: string) =>
  setting(PROVIDER, 'attribute_condition', ({ attribute_condition: condition }) =>
    conjuncts(String(condition))
      .filter((clause) => !clause.includes(word))
      .join(' && '),
  );

/** One mistake each in the plan of examples/lab: what terraform takes without a word, and Google perhaps too. */
export const PLAN_MISTAKES: readonly PlanMistake[] = [
  {
    what: 'a role that does not exist',
    change: setting(MEMBER, 'role', 'roles/storage.objectReader'),
    message: /there is no role roles\/storage\.objectReader/,
  },
  {
    what: 'a basic role',
    change: setting(type('google_project_iam_member'), 'role', 'roles/editor'),
    message: /roles\/editor is a basic role/,
  },
  { what: 'everybody', change: setting(MEMBER, 'member', 'allUsers'), message: /allUsers is anybody/ },
  {
    what: 'everybody with an account',
    change: setting(MEMBER, 'member', 'allAuthenticatedUsers'),
    message: /allAuthenticatedUsers is anybody/,
  },
  {
    what: 'a member without a kind',
    change: setting(MEMBER, 'member', 'alice@example.com'),
    message: /alice@example\.com is no member that IAM knows/,
  },
  {
    what: 'a role on the whole project',
    change: setting(type('google_project_iam_member'), 'role', 'roles/storage.objectUser'),
    message: /on a whole project is not on the list/,
  },
  {
    what: 'a key of a service account',
    change: adding('google_service_account_key', {}),
    message: /is a key that leaves Google/,
  },
  {
    what: 'a binding that replaces others',
    change: adding('google_storage_bucket_iam_binding', {}),
    message: /replaces the rights that others gave/,
  },
  {
    what: 'a permission that does not exist',
    change: setting(type('google_project_iam_custom_role'), 'permissions', ['storage.objects.read']),
    message: /has no permission storage\.objects\.read/,
  },
  {
    what: 'a function that reads shares',
    change: (plan) => readingShares(plan),
    message: /a function may read shares/,
  },
  {
    what: 'a person who may decrypt',
    change: setting(type('google_kms_crypto_key_iam_member', 'cryptoKeyDecrypter'), 'member', 'user:alice@example.com'),
    message: /may decrypt without attestation/,
  },
  {
    what: 'an image that is accepted for ever',
    change: setting(type('google_kms_crypto_key_iam_member', 'cryptoKeyDecrypter'), 'condition', []),
    message: /the acceptance of an image must end some day/,
  },
  {
    what: 'a condition that takes any project',
    change: withoutClause('project_number'),
    message: /lets in another project/,
  },
  { what: 'a condition that takes a debug image', change: withoutClause('STABLE'), message: /lets in a debug image/ },
  {
    what: 'a condition that takes any command',
    change: withoutClause('cmd_override'),
    message: /lets in another command/,
  },
  {
    what: 'a condition that takes nobody',
    change: setting(PROVIDER, 'attribute_condition', "assertion.swname == 'CONFIDENTIAL'"),
    message: /keeps out a production VM/,
  },
  {
    what: 'a subject that is too long',
    change: setting(PROVIDER, 'attribute_mapping', {
      'google.subject': 'assertion.sub',
      'attribute.image_digest': 'assertion.submods.container.image_digest',
    }),
    message: /the mapping is not that of/,
  },
  {
    what: 'another issuer',
    change: setting(PROVIDER, 'oidc.0.issuer_uri', 'https://issuer.example'),
    message: /the issuer must be/,
  },
  {
    what: 'a deadline shorter than the work',
    change: setting(PUSH, 'ack_deadline_seconds', 60),
    message: /the deadline of launch must be 600 s/,
  },
  {
    what: 'another function’s audience',
    change: setting(PUSH, 'push_config.0.oidc_token.0.audience', 'https://elsewhere.example'),
    message: /the audience must be .* the root of launch/,
  },
  {
    what: 'a push without a token',
    change: setting(PUSH, 'push_config.0.oidc_token', []),
    message: /must push with an OIDC token/,
  },
  { what: 'no dead letters', change: setting(PUSH, 'dead_letter_policy', []), message: /has no dead letters/ },
  {
    what: 'a subscription that expires',
    change: setting(PUSH, 'expiration_policy', []),
    message: /expiration_policy must have ttl ""/,
  },
  { what: 'a function that nobody feeds', change: removing(PUSH), message: /-approved: 0 push subscriptions, not one/ },
  {
    what: 'Avro of yesterday',
    change: setting(type('google_pubsub_schema', 'receipts'), 'definition', '{}'),
    message: /is not schemas\/receipts\.avsc/,
  },
  {
    what: 'a topic too many',
    change: adding('google_pubsub_topic', { name: 'lab-extra' }),
    message: /schemas\/names\.ts knows no topic lab-extra/,
  },
  {
    what: 'a bucket that keeps what was deleted',
    change: setting(type('google_storage_bucket', '-keys"'), 'soft_delete_policy', []),
    message: /soft delete must be 0/,
  },
  {
    what: 'a bucket with versions',
    change: setting(type('google_storage_bucket', '-keys"'), 'versioning', [{ enabled: true }]),
    message: /versioning must be off/,
  },
  {
    what: 'a bucket with access lists',
    change: setting(type('google_storage_bucket'), 'uniform_bucket_level_access', false),
    message: /uniform_bucket_level_access must be true/,
  },
  {
    what: 'a locked register in a lab',
    change: setting(type('google_storage_bucket', '-register"'), 'retention_policy', [
      { retention_period: 86_400, is_locked: true },
    ]),
    message: /must not be locked in a lab/,
  },
  {
    what: 'shares that stay',
    change: setting(type('google_storage_bucket', '-keys"'), 'lifecycle_rule', []),
    message: /shares must be deleted after/,
  },
  {
    what: 'a notification without data',
    change: setting(type('google_storage_notification'), 'payload_format', 'NONE'),
    message: /payload_format must be JSON_API_V1/,
  },
  {
    what: 'an environment value too many',
    change: setting(FUNCTION, `${ENVIRONMENT}.LD_PRELOAD`, '/evil.so'),
    message: /sets KEYTURN_CONFIG, LD_PRELOAD, NODE_OPTIONS, the code and Node read KEYTURN_CONFIG, NODE_OPTIONS/,
  },
  {
    what: 'another option of Node',
    change: setting(FUNCTION, `${ENVIRONMENT}.NODE_OPTIONS`, '--inspect'),
    message: /NODE_OPTIONS must be --max-old-space-size=256 --max-semi-space-size=4/,
  },
  {
    what: 'one option of Node more',
    change: setting(
      FUNCTION,
      `${ENVIRONMENT}.NODE_OPTIONS`,
      '--max-old-space-size=256 --max-semi-space-size=4 --require=/evil',
    ),
    message: /NODE_OPTIONS must be --max-old-space-size=256 --max-semi-space-size=4/,
  },
  {
    what: 'a heap without a bound',
    change: setting(FUNCTION, `${ENVIRONMENT}.NODE_OPTIONS`, ''),
    message: /NODE_OPTIONS must be --max-old-space-size=256 --max-semi-space-size=4/,
  },
  {
    what: 'a missing environment value',
    change: setting(FUNCTION, ENVIRONMENT, {}),
    message: /sets nothing, the code and Node read KEYTURN_CONFIG, NODE_OPTIONS/,
  },
  {
    what: 'another law for one function',
    change: setting(FUNCTION, `${ENVIRONMENT}.KEYTURN_CONFIG`, '{}'),
    message: /KEYTURN_CONFIG is not the law of keyturn\.json/,
  },
  {
    what: 'a function that anybody reaches',
    change: setting(FUNCTION, 'service_config.0.ingress_settings', 'ALLOW_ALL'),
    message: /ingress_settings must be ALLOW_INTERNAL_ONLY/,
  },
  {
    what: 'an account id that is too long',
    change: setting(type('google_service_account'), 'account_id', 'a'.repeat(31)),
    message: /must be 6 to 30/,
  },
  {
    what: 'a filter that is too long',
    change: setting(
      type('google_pubsub_subscription', '-dapp"'),
      'filter',
      `attributes:a OR ${'attributes:b OR '.repeat(20)}attributes:c`,
    ),
    message: /filter has \d+ bytes, 256 are allowed/,
  },
  {
    what: 'a machine on the Internet',
    change: adding('google_compute_instance', {
      name: 'node',
      network_interface: [{ access_config: [{ nat_ip: '' }] }],
    }),
    message: /has an external address/,
  },
];

/** The grant of `collect` on the key bucket, which lists names, made one that reads. */
const readingShares = (plan: Plan): Plan =>
  setting(
    (resource) =>
      MEMBER(resource) &&
      String(resource.values.bucket).endsWith('-keys') &&
      String(resource.values.member).includes('-collect@'),
    'role',
    'roles/storage.objectViewer',
  )(plan);
