# One deployment, joined from its parts. The owner of a part applies that part, from the same files and the same
# keyturn.json. The parts meet in names alone, so that no part needs another's state (README, set-up).

locals {
  all_parts = concat(["finance", "operator", "register"], keys(local.co_signers))
  parts     = var.parts == null ? toset(local.all_parts) : var.parts

  readers = merge(
    { for name, member in var.members.co_signers : "co-signer ${name}" => member },
    { for member in var.members.finance : member => member },
  )
  operators = { for member in var.members.operators : member => member }

  # Where two co-signers have one project, the first of them by name turns the audit logs on for both.
  audited = { for project in distinct([for one in values(local.co_signers) : one.release_key[0]]) : project => sort([for name, one in local.co_signers : name if one.release_key[0] == project && contains(local.parts, name)]) }
}

module "operator" {
  source = "./modules/operator"
  count  = contains(local.parts, "operator") ? 1 : 0

  accounts     = local.accounts
  alert_emails = var.alert_emails
  archives     = { for step in ["collect", "finalize", "intake", "launch", "reconcile"] : step => "${var.dist}/functions/${step}.zip" }
  buckets      = { keys = local.buckets.keys, results = local.buckets.results, signed = local.buckets.signed, work = local.buckets.work }
  co_signers = {
    for name, one in local.co_signers : name => {
      bucket_project_number = one.shared ? local.operator.project_number : one.pool[0]
      member                = var.members.co_signers[name]
    }
  }
  config                 = jsonencode(local.config)
  disposable             = var.disposable
  event_key              = local.event_key
  image_digests          = var.image_digests
  key_protection         = var.key_protection
  location               = local.location
  members                = { dapps = var.members.dapps, finance = var.members.finance, operators = var.members.operators }
  name                   = local.name
  operations             = jsonencode(local.operations)
  otlp_endpoint          = var.otlp_endpoint
  pool                   = local.operator.pool
  private_chain          = var.lab_chain
  project                = { id = local.operator.project_id, number = local.operator.project_number }
  region                 = local.region
  register               = { locked = local.locked, retention_seconds = local.law.register.retentionSeconds }
  repository             = local.operator.repository
  results_retention_days = var.results_retention_days
  rpc_ports              = local.rpc_ports
  rpc_secrets            = local.rpc_secrets
  runbook_url            = var.runbook_url
  share_days             = local.share_days
  shared_key_bucket      = local.shared_key_bucket
  subnetwork             = local.operations.subnetwork
  topics                 = local.topics
  vm_regions             = var.regions
  wallets                = toset(local.law.wallets[*].name)
  warm_instances         = var.warm_instances
  zones                  = local.vm_zones

  depends_on = [google_project_service.main]
}

module "register" {
  source = "./modules/register"
  count  = contains(local.parts, "register") ? 1 : 0

  alert_emails = var.alert_emails
  appenders = {
    for digest in var.image_digests : "attested ${substr(digest, 7, 12)}" =>
    "principalSet://iam.googleapis.com/projects/${local.operator.project_number}/locations/global/workloadIdentityPools/${local.operator.pool.pool_id}/attribute.image_digest/${digest}"
  }
  bucket            = local.buckets.register
  closers           = { reconcile = local.account_members["reconcile"] }
  disposable        = var.disposable
  inspectors        = local.operators
  location          = local.location
  locked            = local.locked
  name              = local.name
  project_id        = local.register_project_id
  readers           = merge(local.readers, { for step in ["finalize", "intake"] : step => local.account_members[step] })
  retention_seconds = local.law.register.retentionSeconds
  runbook_url       = var.runbook_url

  depends_on = [google_project_service.main, module.operator]
}

module "co_signer" {
  source   = "./modules/co-signer"
  for_each = { for name, one in local.co_signers : name => one if contains(local.parts, name) }

  accepted_images = var.accepted_images
  audit_logs      = local.audited[each.value.release_key[0]][0] == each.key
  bucket = {
    create     = !each.value.shared
    location   = local.location
    name       = each.value.bucket
    prefix     = each.value.prefix
    project_id = each.value.shared ? local.operator.project_id : each.value.release_key[0]
  }
  connected           = var.connected
  deployment          = local.name
  disposable          = var.disposable
  home_key_encrypters = var.ceremony_members
  key_protection      = var.key_protection
  listers             = merge({ for step in ["collect", "reconcile"] : step => local.account_members[step] }, local.operators)
  member              = var.members.co_signers[each.key]
  name                = each.key
  pool                = { pool_id = each.value.pool[1], provider_id = each.value.pool[2] }
  prediction_readers  = { for step in ["finalize", "reconcile"] : step => local.account_members[step] }
  project             = { id = each.value.release_key[0], number = each.value.pool[0] }
  release_key         = { location = each.value.release_key[1], name = each.value.release_key[3], ring = each.value.release_key[2] }
  share_days          = local.share_days
  topics              = { request_events = local.topic_ids["requestEvents"], shares = local.topic_ids["shares"] }
  vm                  = { project_number = local.operator.project_number, service_account = local.operator.workload_account }

  depends_on = [google_project_service.main, module.operator]
}

module "finance" {
  source = "./modules/finance"
  count  = contains(local.parts, "finance") ? 1 : 0

  disposable            = var.disposable
  location              = local.location
  members               = var.members.finance
  name                  = local.name
  notification_channels = flatten(module.operator[*].notification_channels)
  project               = { id = local.operator.project_id, number = local.operator.project_number }
  runbook_url           = var.runbook_url
  topics                = { dead_letters = local.topic_ids["deadLetters"], receipts = local.topic_ids["receipts"] }

  depends_on = [google_project_service.main, module.operator]
}

module "lab_chain" {
  source = "./modules/lab-chain"
  count  = var.lab_chain && contains(local.parts, "operator") ? 1 : 0

  address       = local.plain_urls[0].host
  chain_id      = tonumber(local.plain_urls[0].chain_id)
  funded        = local.funded
  name          = local.name
  network       = module.operator[0].network
  network_range = "10.10.0.0/16"
  port          = local.plain_urls[0].port
  project_id    = local.operator.project_id
  subnetwork    = "projects/${local.operator.project_id}/regions/${local.region}/subnetworks/${local.operations.subnetwork}"
  zone          = local.home_zones[0]

  depends_on = [module.operator]
}
