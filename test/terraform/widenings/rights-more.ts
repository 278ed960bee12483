import { type Batch, before, FILES } from './widening.ts';

/** More of the lab, which would hide something of the first batch or be hidden by it. */
export const MORE_LAB_RIGHTS: Batch = {
  name: 'more rights in the lab',
  example: 'lab',
  inTable: true,
  widenings: [
    {
      what: 'a co-signer uploads anywhere',
      file: FILES.coSignerBucket,
      from: 'role = "append", member = var.member, clauses = local.has_prefix ? [local.under_prefix] : []',
      to: 'role = "append", member = var.member, clauses = []',
      message: /alice may create bob\/shares\S+ in bucket \S+: only bob may/,
    },
    {
      what: 'launch administers Compute Engine',
      file: FILES.iam,
      from: 'role = local.custom_roles["launcher"], member',
      to: 'role = "roles/compute.admin", member',
      message: /launch may administer machines of turns \(nobody wrote down what roles\/compute\.admin allows\)/,
    },
    {
      what: 'launch owns the project',
      file: FILES.iam,
      from: '"build log-writer"     = {',
      to: '"ops owner" = { role = "roles/owner", member = local.account_members["launch"], when = null }\n    "build log-writer"     = {',
      message: /"ops owner".*launch may administer project keyturn-lab \(nobody wrote down what roles\/owner allows\)/,
    },
    {
      what: 'intake writes receipts and outcomes',
      file: FILES.iam,
      from: 'who = ["intake"], when = "asked" }',
      to: 'who = ["intake"], when = null }',
      message: /intake may create receipts\S+ in bucket results: only finalize, reconcile may/,
    },
    {
      what: 'intake closes requests in the register',
      file: FILES.root,
      from: 'closers           = { reconcile = local.account_members["reconcile"] }',
      to: 'closers           = { for step in ["reconcile", "intake"] : step => local.account_members[step] }',
      message: /intake may create seals\S+ in bucket register: only the attested image .*, reconcile may/,
    },
    {
      what: 'collect writes requests too',
      file: FILES.iam,
      from: 'who = ["collect"], when = "approvals" }',
      to: 'who = ["collect"], when = "asked" }',
      message: /collect may create requests\/<id>\/request\.json in bucket results: only intake, reconcile may/,
    },
    {
      what: 'operators do anything to facts',
      file: FILES.iam,
      from: '{ on = "results", role = "roles/storage.objectCreator", who = ["reconcile"], when = null }',
      to: '{ on = "results", role = "roles/storage.objectAdmin", who = ["reconcile", "operators"], when = null }',
      message: /operators may delete requests\/<id>\/outcome\.json in bucket results: nobody may/,
    },
    {
      what: 'those who list shares delete them',
      file: FILES.iam,
      from: '{ on = "keys", role = "list", who = ["collect", "reconcile", "operators"], when = null }',
      to: '{ on = "keys", role = "roles/storage.objectUser", who = ["collect", "reconcile", "operators"], when = null }',
      message: /operators may delete alice\/shares\S+ in bucket \S+: nobody may/,
    },
  ],
};

/** What only several projects, a locked register and RPC urls with keys in them show. */
export const SPLIT_RIGHTS: Batch = {
  name: 'rights where each party has a project',
  example: 'split',
  inTable: true,
  widenings: [
    {
      what: 'dApps close requests in the register',
      file: FILES.root,
      from: 'closers           = { reconcile = local.account_members["reconcile"] }',
      to: 'closers           = merge({ reconcile = local.account_members["reconcile"] }, { for member in var.members.dapps : member => member })',
      message: /dApps may create seals\S+ in bucket register: only the attested image .*, reconcile may/,
    },
    {
      what: 'the register is not locked',
      file: FILES.register,
      from: 'is_locked        = var.locked',
      to: 'is_locked        = false',
      message: /-register: must be locked/,
    },
    {
      what: 'a destroy empties the register',
      file: FILES.register,
      from: 'force_destroy               = var.disposable',
      to: 'force_destroy               = true',
      message: /register.*force_destroy beside a locked register/,
    },
    {
      what: 'signed bytes are not locked',
      file: FILES.buckets,
      from: 'signed = { retention_seconds = var.register.retention_seconds, locked = var.register.locked }',
      to: 'signed = { retention_seconds = var.register.retention_seconds, locked = false }',
      message: /-signed: must be locked/,
    },
    {
      what: 'facts are not kept',
      file: FILES.buckets,
      from: 'results = { retention_seconds = var.results_retention_days * 86400, locked = false }',
      to: 'results = { retention_seconds = 0, locked = false }',
      message: /-results: facts must be kept for a while/,
    },
    {
      what: 'all functions and dApps read RPC urls',
      file: FILES.iam,
      from: 'for group in concat(local.chain_steps, ["attested"])',
      to: 'for group in concat(keys(local.steps), ["attested", "dapps"])',
      message: /dApps may read secret pay-1-rpc-a: only finalize, reconcile, the attested image/,
    },
    {
      what: 'intake signs events',
      file: FILES.events,
      from: 'toset(["finalize", "reconcile"])',
      to: 'toset(["finalize", "intake", "reconcile"])',
      message: /intake may sign with the event key: only finalize, reconcile may/,
    },
    {
      what: 'operators administer the event key',
      file: FILES.events,
      ...before(
        '# To sign, and not to see or change the key.',
        `resource "google_kms_crypto_key_iam_member" "events_admin" {
  for_each      = var.event_key == null ? {} : local.who["operators"]
  crypto_key_id = "\${google_kms_key_ring.events[0].project}/\${google_kms_key_ring.events[0].location}/\${google_kms_key_ring.events[0].name}/\${google_kms_crypto_key.events[0].name}"
  role          = "roles/cloudkms.admin"
  member        = each.value
}
`,
      ),
      message: /operators may administer the event key: nobody may/,
    },
    {
      what: 'readers of shares are no longer those of the own pool',
      file: FILES.coSignerBucket,
      from: `"\${label} read" = {\n            role    = "roles/storage.objectViewer"`,
      to: `"\${label} read" = {\n            role    = "roles/storage.objectUser"`,
      message: /the attested image in bob's pool may delete shares\S+ in bucket pay-1-shares-of-bob: nobody may/,
    },
    {
      what: 'the event key signs by another algorithm',
      file: FILES.events,
      from: 'algorithm        = "EC_SIGN_P256_SHA256"',
      to: 'algorithm        = "EC_SIGN_SECP256K1_SHA256"',
      message: /google_kms_crypto_key\.events\S*: algorithm must be EC_SIGN_P256_SHA256/,
    },
    {
      what: 'keys are destroyed within a day',
      file: FILES.coSignerKeys,
      from: `destroy_scheduled_duration = "\${var.destroy_after_days * 86400}s"\n\n  version_template`,
      to: 'destroy_scheduled_duration = "86400s"\n\n  version_template',
      message:
        /google_kms_crypto_key\.main\["release"\]: a destroyed version can be brought back for 1 days, 30 at least/,
    },
    {
      what: 'no audit log of uses of keys',
      file: FILES.coSignerAudit,
      from: 'toset(["cloudkms.googleapis.com", "sts.googleapis.com"])',
      to: 'toset(["sts.googleapis.com"])',
      message: /project keyturn-bob: who uses cloudkms\.googleapis\.com is not in the audit log/,
    },
  ],
};
