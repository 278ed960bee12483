import { block, type Json, type Plan, type Resource, text } from './plan.ts';

/** One right of one member on one thing, from whatever kind of IAM resource says it. */
export interface Grant {
  readonly address: string;
  /** `bucket`, `topic`, `project` … and what it is called, without the path of its project. */
  readonly kind: string;
  readonly target: string;
  readonly project: string;
  readonly role: string;
  readonly member: string;
  /** CEL; undefined where the grant holds always. */
  readonly condition: string | undefined;
}

type Values = Readonly<Record<string, Json>>;

/** Which attribute of `google_<prefix>_iam_member` names the thing that the right is on. */
const TARGETS: Readonly<Record<string, readonly [kind: string, attribute: string]>> = {
  google_storage_bucket: ['bucket', 'bucket'],
  google_pubsub_topic: ['topic', 'topic'],
  google_pubsub_subscription: ['subscription', 'subscription'],
  google_kms_crypto_key: ['key', 'crypto_key_id'],
  google_kms_key_ring: ['key ring', 'key_ring_id'],
  google_service_account: ['service account', 'service_account_id'],
  google_cloud_run_v2_service: ['service', 'name'],
  google_cloud_run_service: ['service', 'service'],
  google_cloudfunctions2_function: ['function', 'cloud_function'],
  google_project: ['project', 'project'],
  google_artifact_registry_repository: ['repository', 'repository'],
  google_secret_manager_secret: ['secret', 'secret_id'],
  google_compute_subnetwork: ['subnetwork', 'subnetwork'],
  google_bigquery_dataset: ['dataset', 'dataset_id'],
  google_bigquery_table: ['table', 'table_id'],
};

const MEMBER = /^(google_\w+)_iam_member$/;

/** A key gets its full name, which Terraform may shorten to `project/location/ring/key`; the rest is called by its last part. */
const keyName = (name: string): string =>
  name.replace(/^([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/, 'projects/$1/locations/$2/keyRings/$3/cryptoKeys/$4');
const ringName = (name: string): string =>
  name.replace(/^([^/]+)\/([^/]+)\/([^/]+)$/, 'projects/$1/locations/$2/keyRings/$3');

const shortName = (kind: string, name: string): string => {
  if (kind === 'key') return keyName(name);
  if (kind === 'key ring') return ringName(name);
  return kind === 'project' ? name.replace(/^projects\//, '') : name.slice(name.lastIndexOf('/') + 1);
};

const projectOf = (values: Values, target: string): string =>
  text(values, 'project') || (/^projects\/([^/]+)\//.exec(target)?.[1] ?? '');

export const isMember = ({ type }: Resource): boolean => MEMBER.test(type);

/** Every right that a plan gives. Throws on an IAM resource that it cannot read: a right left out would be a right unseen. */
export const grantsOf = (plan: Plan): readonly Grant[] =>
  plan.resources.filter(isMember).map(({ address, type, values }): Grant => {
    const [kind, attribute] = TARGETS[MEMBER.exec(type)?.[1] ?? ''] ?? [];
    if (kind === undefined || attribute === undefined)
      throw new Error(`${address}: grants-of.ts does not know ${type}`);
    const full = text(values, attribute);
    const [target, role, member] = [shortName(kind, full), text(values, 'role'), text(values, 'member')];
    const condition = block(values, 'condition');
    return {
      address,
      kind,
      target,
      project: projectOf(values, full),
      role,
      member,
      condition: condition === undefined ? undefined : text(condition, 'expression'),
    };
  });
