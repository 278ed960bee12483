# Who may do what, each grant on the one resource that it concerns. The table in terraform/README.md is generated from the plan of this.
# `who` names a key of local.who; a `when` names a condition below.

locals {
  results_prefix = "projects/_/buckets/${var.buckets.results}/objects"

  conditions = {
    # Each fact is written by those whose step it is, and by reconcile, which does what was lost on the way. Ends of requests and the ledger
    # are finalize's and reconcile's alone: nobody else may end a request in the eyes of finance.
    asked = {
      title      = "requests, withdrawals, refusals"
      expression = "resource.name.startsWith(\"${local.results_prefix}/refusals/\") || (resource.name.startsWith(\"${local.results_prefix}/requests/\") && (resource.name.endsWith(\"/request.json\") || resource.name.endsWith(\"/withdrawn.json\")))"
    }
    approvals = {
      title      = "approvals"
      expression = "resource.name.startsWith(\"${local.results_prefix}/requests/\") && resource.name.endsWith(\"/approved.json\")"
    }
    # Bad shares are named by holder and generation, which no condition can spell: what is everybody else's is taken out. What a request waits
    # for, reconcile alone writes down, so that it is said once.
    sent = {
      title      = "what was sent, and bad shares"
      expression = "resource.name.startsWith(\"${local.results_prefix}/requests/\") && !resource.name.endsWith(\"/request.json\") && !resource.name.endsWith(\"/withdrawn.json\") && !resource.name.endsWith(\"/approved.json\") && !resource.name.endsWith(\"/outcome.json\") && !resource.name.endsWith(\".waiting.json\")"
    }
    ends = {
      title      = "outcomes and receipts"
      expression = "resource.name.startsWith(\"${local.results_prefix}/receipts/\") || (resource.name.startsWith(\"${local.results_prefix}/requests/\") && resource.name.endsWith(\"/outcome.json\"))"
    }
    # The rule for the project's VMs reaches those of turns and no other, such as a chain's node.
    turns = {
      title      = "VMs of turns"
      expression = join(" || ", [for zone in sort(tolist(var.zones)) : "resource.name.startsWith(\"projects/${var.project.id}/zones/${zone}/instances/turn-\")"])
    }
    function_source = {
      title      = "archives of functions"
      expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${var.project.number}-${var.region}\")"
    }
  }

  bucket_names = merge(
    { for key, bucket in google_storage_bucket.kept : key => bucket.name },
    { work = google_storage_bucket.work.name },
    var.shared_key_bucket ? { keys = google_storage_bucket.keys[0].name } : {},
  )

  bucket_rights = concat(
    [
      { on = "work", role = "roles/storage.objectUser", who = concat(keys(local.steps), ["attested", "operators"]), when = null },
      { on = "work", role = "roles/storage.objectViewer", who = ["co_signers", "finance"], when = null },
      { on = "results", role = "roles/storage.objectViewer", who = concat(keys(local.steps), ["attested", "co_signers", "dapps", "finance", "operators"]), when = null },
      { on = "results", role = "roles/storage.objectCreator", who = ["intake"], when = "asked" },
      { on = "results", role = "roles/storage.objectCreator", who = ["collect"], when = "approvals" },
      { on = "results", role = "roles/storage.objectCreator", who = ["attested"], when = "sent" },
      { on = "results", role = "roles/storage.objectCreator", who = ["finalize"], when = "ends" },
      { on = "results", role = "roles/storage.objectCreator", who = ["reconcile"], when = null },
      { on = "signed", role = "append", who = ["attested"], when = null },
      # Released bytes can be sent by whoever reads them: reconcile alone keeps them in the pool, and no person is on this line.
      { on = "signed", role = "roles/storage.objectViewer", who = ["reconcile"], when = null },
    ],
    # Names of shares, never their contents. What a co-signer may do there is in the co-signer's module.
    var.shared_key_bucket ? [
      { on = "keys", role = "list", who = ["collect", "reconcile", "operators"], when = null },
    ] : [],
  )

  topic_rights = [
    { on = "transactionRequests", role = "roles/pubsub.publisher", who = ["dapps"] },
    { on = "requestEvents", role = "roles/pubsub.publisher", who = ["intake", "collect", "finalize", "reconcile", "attested"] },
    # A co-signer's own subscription, in the co-signer's own project, is attached to the topic by the co-signer.
    { on = "requestEvents", role = "roles/pubsub.subscriber", who = ["co_signers"] },
    { on = "approved", role = "roles/pubsub.publisher", who = ["collect", "reconcile"] },
    { on = "submitted", role = "roles/pubsub.publisher", who = ["reconcile", "attested"] },
    { on = "receipts", role = "roles/pubsub.publisher", who = ["finalize", "reconcile"] },
    { on = "shares", role = "roles/pubsub.publisher", who = ["storage_agents"] },
    # A function buries, with its reason, a message that can never succeed, and one that failed the last time. Ticks have no dead letters.
    { on = "deadLetters", role = "roles/pubsub.publisher", who = ["intake", "collect", "launch", "finalize"] },
    # keyturn redrive puts dead letters back where they came from. It decides nothing: each step judges what it is given.
    { on = "transactionRequests", role = "roles/pubsub.publisher", who = ["operators"] },
    { on = "shares", role = "roles/pubsub.publisher", who = ["operators"] },
    { on = "approved", role = "roles/pubsub.publisher", who = ["operators"] },
    { on = "submitted", role = "roles/pubsub.publisher", who = ["operators"] },
  ]

  subscription_rights = [for key, pull in local.pulls : { on = key, who = [pull.who] }]

  # The attested image alone: whoever takes its wake-ups makes a turn slow.
  wake_grants = merge([
    for wallet in var.wallets : {
      for label, member in local.who["attested"] : "${wallet} ${label}" => { wallet = wallet, member = member }
    }
  ]...)

  project_rights = merge({
    "launch launcher"      = { role = local.custom_roles["launcher"], member = local.account_members["launch"], when = null }
    "reconcile sweeper"    = { role = local.custom_roles["sweeper"], member = local.account_members["reconcile"], when = "turns" }
    "reconcile watcher"    = { role = local.custom_roles["watcher"], member = local.account_members["reconcile"], when = null }
    "workload attestation" = { role = "roles/confidentialcomputing.workloadUser", member = local.account_members["workload"], when = null }
    "build log-writer"     = { role = "roles/logging.logWriter", member = local.account_members["build"], when = null }
    "build source-reader"  = { role = "roles/storage.objectViewer", member = local.account_members["build"], when = "function_source" }
    # keyturn status says whether the VM of a turn lives.
    }, {
    for label, member in local.who.operators : "operators watcher ${label}" => { role = local.custom_roles["watcher"], member = member, when = null }
  })

  # One entry per member, under an address that a person can read.
  bucket_grants = merge([
    for right in local.bucket_rights : merge([
      for group in right.who : {
        for label, member in local.who[group] : "${right.on} ${basename(right.role)} ${label}" => merge(right, { member = member })
      }
    ]...)
  ]...)

  topic_grants = merge([
    for right in local.topic_rights : merge([
      for group in right.who : {
        for label, member in local.who[group] : "${right.on} ${basename(right.role)} ${label}" => merge(right, { member = member })
      }
    ]...)
  ]...)

  subscription_grants = merge([
    for right in local.subscription_rights : merge([
      for group in right.who : { for label, member in local.who[group] : "${right.on} ${label}" => merge(right, { member = member }) }
    ]...)
  ]...)
}

resource "google_storage_bucket_iam_member" "main" {
  for_each = local.bucket_grants

  bucket = local.bucket_names[each.value.on]
  role   = startswith(each.value.role, "roles/") ? each.value.role : local.custom_roles[each.value.role]
  member = each.value.member

  dynamic "condition" {
    for_each = each.value.when == null ? [] : [local.conditions[each.value.when]]
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }
}

resource "google_pubsub_topic_iam_member" "main" {
  for_each = local.topic_grants

  project = var.project.id
  topic   = google_pubsub_topic.main[each.value.on].name
  role    = each.value.role
  member  = each.value.member

  depends_on = [data.google_storage_project_service_account.main]
}

# Cloud Scheduler publishes as its own agent, which is there once the job is.
resource "google_pubsub_topic_iam_member" "ticks" {
  project = var.project.id
  topic   = google_pubsub_topic.main["ticks"].name
  role    = "roles/pubsub.publisher"
  member  = local.agents.scheduler

  depends_on = [google_cloud_scheduler_job.ticks]
}

# Pub/Sub moves a message to the dead letters as its own agent: it takes it from the subscription and publishes it.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project.id
  topic   = google_pubsub_topic.main["deadLetters"].name
  role    = "roles/pubsub.publisher"
  member  = local.agents.pubsub

  depends_on = [google_pubsub_subscription.push]
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = { for step, feed in local.steps : step => feed if step != "reconcile" }

  project      = var.project.id
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.agents.pubsub
}

resource "google_pubsub_subscription_iam_member" "pull" {
  for_each = local.subscription_grants

  project      = var.project.id
  subscription = google_pubsub_subscription.pull[each.value.on].name
  role         = "roles/pubsub.subscriber"
  member       = each.value.member
}

resource "google_pubsub_subscription_iam_member" "wake" {
  for_each = local.wake_grants

  project      = var.project.id
  subscription = google_pubsub_subscription.wake[each.value.wallet].name
  role         = "roles/pubsub.subscriber"
  member       = each.value.member
}

resource "google_cloud_run_v2_service_iam_member" "push" {
  for_each = google_cloudfunctions2_function.main

  project  = each.value.project
  location = each.value.location
  name     = each.value.name
  role     = "roles/run.invoker"
  member   = local.account_members["push"]
}

resource "google_project_iam_member" "main" {
  for_each = local.project_rights

  project = var.project.id
  role    = each.value.role
  member  = each.value.member

  dynamic "condition" {
    for_each = each.value.when == null ? [] : [local.conditions[each.value.when]]
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }
}

resource "google_service_account_iam_member" "launch" {
  service_account_id = "projects/${google_service_account.main["workload"].project}/serviceAccounts/${local.account_emails["workload"]}"
  role               = "roles/iam.serviceAccountUser"
  member             = local.account_members["launch"]
}

resource "google_compute_subnetwork_iam_member" "launch" {
  for_each = google_compute_subnetwork.main

  project    = each.value.project
  region     = each.value.region
  subnetwork = each.value.name
  role       = local.custom_roles["network"]
  member     = local.account_members["launch"]
}

# Co-signers pull the image to recompute its digest before they accept it.
resource "google_artifact_registry_repository_iam_member" "readers" {
  for_each = merge({ workload = local.account_members["workload"] }, local.who["co_signers"])

  project    = var.project.id
  location   = google_artifact_registry_repository.main["images"].location
  repository = google_artifact_registry_repository.main["images"].repository_id
  role       = "roles/artifactregistry.reader"
  member     = each.value
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project.id
  location   = google_artifact_registry_repository.main["functions"].location
  repository = google_artifact_registry_repository.main["functions"].repository_id
  role       = "roles/artifactregistry.writer"
  member     = local.account_members["build"]
}

resource "google_secret_manager_secret_iam_member" "rpc" {
  for_each = merge([
    for secret in var.rpc_secrets : merge([
      for group in concat(local.chain_steps, ["attested"]) : {
        for label, member in local.who[group] : "${secret} ${label}" => { secret = secret, member = member }
      }
    ]...)
  ]...)

  project   = var.project.id
  secret_id = google_secret_manager_secret.rpc[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member
}
