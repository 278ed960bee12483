# Every name of a deployment, from its name alone: what schemas/names.ts says in code, said once more here. A test compares the two.
locals {
  name = local.law.name

  buckets = {
    keys     = "${local.name}-keys"
    register = "${local.name}-register"
    results  = "${local.name}-results"
    signed   = "${local.name}-signed"
    work     = "${local.name}-work"
  }

  topics = {
    approved            = "${local.name}-approved"
    deadLetters         = "${local.name}-dead-letters"
    receipts            = "${local.name}-receipts"
    requestEvents       = "${local.name}-request-events"
    shares              = "${local.name}-shares"
    submitted           = "${local.name}-submitted"
    ticks               = "${local.name}-ticks"
    transactionRequests = "${local.name}-transaction-requests"
  }
  topic_ids = { for topic, name in local.topics : topic => "projects/${local.operator.project_id}/topics/${name}" }

  accounts = merge(
    { for account in ["build", "collect", "finalize", "intake", "launch", "push", "reconcile"] : account => "${local.name}-${account}" },
    { workload = local.operator.workload_account_id },
  )
  account_members = {
    for account, id in local.accounts : account => "serviceAccount:${id}@${local.operator.project_id}.iam.gserviceaccount.com"
  }
}
