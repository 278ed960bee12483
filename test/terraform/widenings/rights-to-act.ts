import { before, FILES, type Widening } from './widening.ts';

const LAUNCH_SUBNET = 'resource "google_compute_subnetwork_iam_member" "launch" {';
const HOME = '# For the share at rest, which';

/** Who acts, calls, publishes and signs, in the plan of the lab. */
export const RIGHTS_TO_ACT: readonly Widening[] = [
  {
    what: 'everybody calls functions',
    file: FILES.iam,
    from: 'role     = "roles/run.invoker"\n  member   = local.account_members["push"]',
    to: 'role     = "roles/run.invoker"\n  member   = "allUsers"',
    message: /allUsers may call service lab-1-intake: only push may/,
  },
  {
    what: 'launch sets the policies of machines',
    file: FILES.roles,
    from: '        "compute.instances.setLabels",',
    to: '        "compute.instances.setIamPolicy",\n        "compute.instances.setLabels",',
    message: /"launch launcher".*launch may administer machines of turns: nobody may/,
  },
  {
    what: 'reconcile logs in to machines',
    file: FILES.roles,
    from: 'permissions = ["compute.instances.get", "compute.instances.list"]',
    to: 'permissions = ["compute.instances.get", "compute.instances.list", "compute.instances.setMetadata", "compute.instances.osAdminLogin"]',
    message: /"reconcile watcher".*reconcile may log in to machines of turns: nobody may/,
  },
  {
    what: 'reconcile ends any machine',
    file: FILES.iam,
    from: 'role = local.custom_roles["sweeper"], member = local.account_members["reconcile"], when = "turns" }',
    to: 'role = local.custom_roles["sweeper"], member = local.account_members["reconcile"], when = null }',
    message: /reconcile may end machines that are no turns: nobody may/,
  },
  {
    what: 'dApps act as the workload',
    file: FILES.iam,
    ...before(
      LAUNCH_SUBNET,
      `resource "google_service_account_iam_member" "extra" {
  for_each           = local.who["dapps"]
  service_account_id = "projects/\${google_service_account.main["workload"].project}/serviceAccounts/\${local.account_emails["workload"]}"
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}
`,
    ),
    message: /dApps may act as account lab-1-workload@\S+: only launch may/,
  },
  {
    what: 'launch mints tokens of push',
    file: FILES.iam,
    ...before(
      LAUNCH_SUBNET,
      `resource "google_service_account_iam_member" "mint" {
  service_account_id = "projects/\${google_service_account.main["push"].project}/serviceAccounts/\${local.account_emails["push"]}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.account_members["launch"]
}
`,
    ),
    message: /launch may mint tokens for account lab-1-push@\S+: nobody may/,
  },
  {
    what: 'a co-signer administers the own release key',
    file: FILES.coSignerKeys,
    ...before(
      HOME,
      `resource "google_kms_crypto_key_iam_member" "admin" {
  crypto_key_id = local.key_ids["release"]
  role          = "roles/cloudkms.admin"
  member        = var.member
}
`,
    ),
    message: /alice may administer the release key of alice: nobody may/,
  },
  {
    what: 'an image is accepted for thousands of years',
    file: FILES.coSignerKeys,
    from: `expression  = "request.time < timestamp(\\"\${each.value.until}\\")"`,
    to: 'expression  = "request.time < timestamp(\\"9998-01-01T00:00:00Z\\")"',
    message: /may decrypt with the release key of alice after 2027-01-31T00:00:00Z: nobody may/,
  },
  {
    what: 'whoever holds the ceremony opens shares at rest',
    file: FILES.coSignerKeys,
    from: 'role          = "roles/cloudkms.cryptoKeyEncrypter"\n  member        = each.value\n',
    to: 'role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"\n  member        = each.value\n',
    message: /operators may decrypt with the home key of alice: only alice may/,
  },
  {
    what: 'dApps publish that a request is approved',
    file: FILES.iam,
    from: '{ on = "approved", role = "roles/pubsub.publisher", who = ["collect", "reconcile"] },',
    to: '{ on = "approved", role = "roles/pubsub.publisher", who = ["collect", "reconcile", "dapps"] },',
    message: /dApps may publish to topic lab-1-approved: only collect, reconcile, operators may/,
  },
  {
    what: 'dApps take what wakes a turn',
    file: FILES.iam,
    from: 'for label, member in local.who["attested"] :',
    to: 'for label, member in merge(local.who["attested"], local.who["dapps"]) :',
    message: /dApps may take messages of subscription lab-1-approved-wake-treasury: only the attested image/,
  },
  {
    what: 'dApps publish receipts',
    file: FILES.iam,
    from: '{ on = "receipts", role = "roles/pubsub.publisher", who = ["finalize", "reconcile"] },',
    to: '{ on = "receipts", role = "roles/pubsub.publisher", who = ["finalize", "reconcile", "dapps"] },',
    message: /dApps may publish to topic lab-1-receipts: only finalize, reconcile may/,
  },
  {
    what: 'co-signers administer the topic of events',
    file: FILES.iam,
    from: '{ on = "requestEvents", role = "roles/pubsub.subscriber", who = ["co_signers"] },',
    to: '{ on = "requestEvents", role = "roles/pubsub.admin", who = ["co_signers"] },',
    message: /alice may publish to topic lab-1-request-events: only intake, collect, finalize, reconcile/,
  },
  {
    what: 'a condition that misspells what it keeps out',
    file: FILES.iam,
    from: '!resource.name.endsWith(\\"/outcome.json\\") && !resource.name.endsWith(\\".waiting.json\\")"',
    to: '!resource.name.endsWith(\\"/outcome.jsn\\") && !resource.name.endsWith(\\".waiting.json\\")"',
    message:
      /attested image in the operator's pool may create requests\/<id>\/outcome\.json in bucket results: only finalize, reconcile may/,
  },
  {
    what: 'the machine says what a request waits for',
    file: FILES.iam,
    from: ' && !resource.name.endsWith(\\".waiting.json\\")"',
    to: '"',
    message:
      /attested image in the operator's pool may create requests\/<id>\/PAUSED\.waiting\.json in bucket results: only reconcile may/,
  },
  {
    what: 'dApps write marks',
    file: FILES.iam,
    from: 'who = concat(keys(local.steps), ["attested", "operators"]), when = null }',
    to: 'who = concat(keys(local.steps), ["attested", "operators", "dapps"]), when = null }',
    message: /dApps may delete open\/treasury\/<id> in bucket work: only intake, collect/,
  },
  {
    what: 'the machine and co-signers replace the image',
    file: FILES.iam,
    from: 'role       = "roles/artifactregistry.reader"',
    to: 'role       = "roles/artifactregistry.writer"',
    message: /workload may push to repository lab-1-images: nobody may/,
  },
  {
    what: 'launch writes signed bytes',
    file: FILES.iam,
    from: '{ on = "signed", role = "append", who = ["attested"], when = null }',
    to: '{ on = "signed", role = "append", who = ["attested", "launch"], when = null }',
    message: /launch may create \S+ in bucket signed: only the attested image in the operator's pool may/,
  },
];
