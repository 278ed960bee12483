# The operator's half: everything that carries a request from topic to receipt, and nothing that can sign.
# One file per subject; names come from the caller, so that every part of a deployment derives them once, alike.

locals {
  # A name with underscores, for ids in which IAM and BigQuery take no dash.
  snake = replace(var.name, "-", "_")

  # Which topic feeds which function, and how patiently. The deadline of a push is also the time limit of the call. The
  # function stops before it, so that a slow call is never delivered a second time beside itself. Seconds.
  steps = {
    intake    = { topic = "transactionRequests", deadline = 60, timeout = 55, instances = 20, concurrency = 20 }
    collect   = { topic = "shares", deadline = 60, timeout = 55, instances = 20, concurrency = 20 }
    launch    = { topic = "approved", deadline = 600, timeout = 540, instances = 5, concurrency = 20 }
    finalize  = { topic = "submitted", deadline = 60, timeout = 55, instances = 10, concurrency = 20 }
    reconcile = { topic = "ticks", deadline = 600, timeout = 540, instances = 1, concurrency = 4 }
  }

  # Those that talk to a chain: the others have no business with an RPC url.
  chain_steps = ["finalize", "reconcile"]

  # Google's own agents, by their documented spelling. They act for a service and cannot be chosen.
  agents = {
    pubsub    = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    scheduler = "serviceAccount:service-${var.project.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
  }

  attested = {
    for digest in var.image_digests : digest =>
    "principalSet://iam.googleapis.com/projects/${var.project.number}/locations/global/workloadIdentityPools/${module.pool.pool_id}/attribute.image_digest/${digest}"
  }

  # Everyone a grant can name. The inner key tells members apart in addresses and must not depend on anything but variables.
  who = merge(
    { for step in keys(local.steps) : step => { (step) = local.account_members[step] } },
    {
      attested   = { for digest, member in local.attested : "attested ${substr(digest, 7, 12)}" => member }
      co_signers = { for name, one in var.co_signers : "co-signer ${name}" => one.member }
      dapps      = { for member in var.members.dapps : member => member }
      finance    = { for member in var.members.finance : member => member }
      operators  = { for member in var.members.operators : member => member }
      # The agents of the buckets' projects: a notification comes from the bucket's side.
      storage_agents = {
        for number in toset([for one in var.co_signers : one.bucket_project_number]) : "storage agent ${number}" =>
        "serviceAccount:service-${number}@gs-project-accounts.iam.gserviceaccount.com"
      }
    },
  )
}

module "pool" {
  source = "../attested-pool"

  owner              = "the operator"
  pool_id            = var.pool.pool_id
  project_id         = var.project.id
  provider_id        = var.pool.provider_id
  vm_project_number  = var.project.number
  vm_service_account = "${google_service_account.main["workload"].account_id}@${var.project.id}.iam.gserviceaccount.com"
}

# Reading it makes Google create the agent, which a notification of our own key bucket publishes as.
data "google_storage_project_service_account" "main" {
  project = var.project.id
}
