import { type Json, type Resource, text } from '../plan.ts';
import type { Policy } from './finding.ts';

type Rule = readonly [attribute: string, form: RegExp, say: string];

const COMPUTE = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PUBSUB = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const POOL = /^(?!gcp-)[a-z0-9-]{4,32}$/;
const KMS = /^[A-Za-z0-9_-]{1,63}$/;

const compute = (): readonly Rule[] => [['name', COMPUTE, 'at most 63 of [a-z0-9-], a letter first']];

/** What Google takes as a name, by type, from each API's reference: refused only when applied, long after the plan looked fine. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  google_service_account: [['account_id', /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, '6 to 30 of [a-z0-9-], a letter first']],
  google_storage_bucket: [
    ['name', /^(?!goog)(?!.*google)[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]$/, '3 to 63 of [a-z0-9_.-], without google'],
  ],
  google_iam_workload_identity_pool: [['workload_identity_pool_id', POOL, '4 to 32 of [a-z0-9-], not gcp-']],
  google_iam_workload_identity_pool_provider: [
    ['workload_identity_pool_id', POOL, '4 to 32 of [a-z0-9-], not gcp-'],
    ['workload_identity_pool_provider_id', POOL, '4 to 32 of [a-z0-9-], not gcp-'],
  ],
  google_project_iam_custom_role: [['role_id', /^[A-Za-z0-9_.]{3,64}$/, '3 to 64 of [A-Za-z0-9_.], no hyphen']],
  google_pubsub_topic: [['name', PUBSUB, '3 to 255 characters, a letter first, not goog']],
  google_pubsub_schema: [['name', PUBSUB, '3 to 255 characters, a letter first, not goog']],
  google_pubsub_subscription: [['name', PUBSUB, '3 to 255 characters, a letter first, not goog']],
  google_kms_key_ring: [['name', KMS, '1 to 63 of [A-Za-z0-9_-]']],
  google_kms_crypto_key: [['name', KMS, '1 to 63 of [A-Za-z0-9_-]']],
  google_artifact_registry_repository: [['repository_id', COMPUTE, 'at most 63 of [a-z0-9-], a letter first']],
  google_cloudfunctions2_function: [['name', COMPUTE, 'at most 63 of [a-z0-9-], a letter first']],
  google_cloud_run_v2_service: [['name', /^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$/, 'at most 49 of [a-z0-9-]']],
  google_cloud_scheduler_job: [
    ['name', /^[A-Za-z0-9_-]{1,500}$/, '1 to 500 of [A-Za-z0-9_-]'],
    ['schedule', /^(\S+ ){4}\S+$/, 'five fields of cron'],
  ],
  google_secret_manager_secret: [['secret_id', /^[A-Za-z0-9_-]{1,255}$/, '1 to 255 of [A-Za-z0-9_-]']],
  google_bigquery_dataset: [['dataset_id', /^[A-Za-z0-9_]{1,1024}$/, 'letters, digits and _ only']],
  google_bigquery_table: [['table_id', /^[A-Za-z0-9_-]{1,1024}$/, 'letters, digits, _ and -']],
  google_logging_metric: [['name', /^[A-Za-z0-9_\-./]{1,100}$/, 'at most 100 characters']],
  google_vpc_access_connector: [['name', /^[a-z][-a-z0-9]{0,18}[a-z0-9]$/, 'at most 20 of [a-z0-9-]']],
  google_project_service: [['service', /^[a-z0-9-]+\.googleapis\.com$/, 'the name of an API']],
  google_storage_bucket_object: [['name', /^[^\r\n]{1,1024}$/, '1 to 1024 bytes']],
  google_compute_network: compute(),
  google_compute_subnetwork: compute(),
  google_compute_router: compute(),
  google_compute_router_nat: compute(),
  google_compute_firewall: compute(),
  google_compute_address: compute(),
  google_compute_route: compute(),
  google_compute_instance: compute(),
  google_compute_disk: compute(),
  google_compute_global_address: compute(),
};

/** Types whose name Google gives, or that have none. */
const NAMELESS = new Set([
  'google_storage_notification',
  'google_monitoring_alert_policy',
  'google_monitoring_dashboard',
  'google_monitoring_notification_channel',
  'google_project_iam_audit_config',
  'google_secret_manager_secret_version',
  'google_dns_managed_zone',
  'google_dns_record_set',
  'google_project_service_identity',
  'terraform_data',
]);

export const namesAreWithinLimits: Policy = ({ plan }) =>
  plan.resources.flatMap(({ address, type, values }) => {
    if (NAMELESS.has(type) || /_iam_member$/.test(type)) return [];
    const rules = RULES[type];
    if (rules === undefined) return [`${address}: policies/names.ts has no rule for the names of ${type}`];
    return rules.flatMap(([attribute, form, say]) => {
      const name = text(values, attribute);
      return form.test(name) ? [] : [`${address}: ${attribute} ${JSON.stringify(name)} must be ${say}`];
    });
  });

const bytes = (value: string): number => Buffer.byteLength(value);

const labelsOf = (value: Json | undefined): readonly (readonly [string, string])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).map(([key, label]) => [key, String(label)] as const)
    : [];

const sizes = ({ address, type, values }: Resource): readonly string[] => {
  const over = (attribute: string, limit: number): readonly string[] =>
    bytes(text(values, attribute)) <= limit
      ? []
      : [`${address}: ${attribute} has ${bytes(text(values, attribute))} bytes, ${limit} are allowed`];
  // A notification channel's labels are its address.
  const labels = labelsOf(type.startsWith('google_monitoring_') ? null : values.labels).flatMap(([key, value]) =>
    /^[a-z][a-z0-9_-]{0,62}$/.test(key) && /^[a-z0-9_-]{0,63}$/.test(value)
      ? []
      : [`${address}: label ${key}=${value} is not of [a-z0-9_-]`],
  );
  // Each dash counts twice (https://cloud.google.com/vpc/docs/configure-serverless-vpc-access).
  const name = text(values, 'name');
  if (type === 'google_vpc_access_connector' && name.length + name.split('-').length - 1 >= 21)
    return [`${address}: name ${name} has 21 characters or more, each dash counted twice`];
  if (type === 'google_pubsub_subscription') return [...labels, ...over('filter', 256)];
  if (type === 'google_pubsub_schema') return over('definition', 300_000);
  if (type === 'google_service_account') return [...over('display_name', 100), ...over('description', 256)];
  if (type === 'google_iam_workload_identity_pool') return [...over('display_name', 32), ...over('description', 256)];
  if (type === 'google_iam_workload_identity_pool_provider')
    return [...over('display_name', 32), ...over('description', 256), ...over('attribute_condition', 4096)];
  if (type === 'google_project_iam_custom_role') return [...over('title', 100), ...over('description', 300)];
  if (type === 'google_logging_metric') return [...over('filter', 20_000), ...over('description', 8000)];
  if (type === 'google_monitoring_alert_policy') return over('display_name', 512);
  return labels;
};

export const sizesAreWithinLimits: Policy = ({ plan }) => plan.resources.flatMap(sizes);
