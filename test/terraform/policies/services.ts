import { ofType, type Plan, text } from '../plan.ts';
import type { Policy } from './finding.ts';

/** The API behind each kind of resource: not switched on, the first apply in a fresh project fails half way. */
const APIS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^google_storage_bucket$/, ['storage']],
  [/^google_pubsub_/, ['pubsub']],
  [/^google_kms_key_ring$/, ['cloudkms']],
  [/^google_cloudfunctions2_/, ['cloudfunctions', 'cloudbuild', 'run', 'artifactregistry']],
  [/^google_cloud_run_/, ['run']],
  [/^google_cloud_scheduler_job$/, ['cloudscheduler']],
  [/^google_artifact_registry_/, ['artifactregistry']],
  [/^google_iam_workload_identity_pool/, ['iam', 'sts']],
  [/^google_service_account$|^google_project_iam_custom_role$/, ['iam']],
  [/^google_project_iam_/, ['cloudresourcemanager']],
  [/^google_secret_manager_/, ['secretmanager']],
  [/^google_bigquery_/, ['bigquery']],
  [/^google_logging_/, ['logging']],
  [/^google_monitoring_/, ['monitoring']],
  [/^google_compute_/, ['compute']],
  [/^google_vpc_access_connector$/, ['vpcaccess']],
];

const enabledIn = (plan: Plan): ReadonlySet<string> =>
  new Set(
    ofType(plan, 'google_project_service').map(
      ({ values }) => `${text(values, 'project')} ${text(values, 'service').replace(/\.googleapis\.com$/, '')}`,
    ),
  );

export const servicesAreOn: Policy = ({ plan, config: { law } }) => {
  const enabled = enabledIn(plan);
  const needed = plan.resources.flatMap(({ type, values }) => {
    const project = text(values, 'project');
    const apis = APIS.flatMap(([pattern, names]) => (pattern.test(type) ? names : []));
    return project === '' ? [] : apis.map((api) => `${project} ${api}`);
  });
  const attestation = `${law.operator.projectId} confidentialcomputing`;
  const missing = [...new Set([...needed, attestation])].filter((each) => !enabled.has(each)).sort();
  return [
    ...missing.map((each) => `no google_project_service of ${each.replace(' ', ': ')}.googleapis.com`),
    ...ofType(plan, 'google_project_service').flatMap(({ address, values }) =>
      values.disable_on_destroy === false ? [] : [`${address}: would switch the API off for everybody in the project`],
    ),
  ];
};
