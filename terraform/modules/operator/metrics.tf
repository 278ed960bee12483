locals {
  # Functions write structured lines; their `message` is the event. The launcher's log wraps the workload's lines
  # differently from one image to the next. So there a quoted word is searched for in any field.
  from_step = { for step in keys(local.steps) : step => "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.name}-${step}\"" }
  # What finalize and reconcile do alike.
  from_chain = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for step in local.chain_steps : "\"${var.name}-${step}\""])})"
  from_vm    = "resource.type=\"gce_instance\" AND logName=\"projects/${var.project.id}/logs/confidential-space-launcher\""

  function_metrics = {
    bytes-mismatch        = { from = local.from_chain, event = "settle.bytes", more = "", id = true, text = "Stored bytes are not those of their seal" }
    close-unsure          = { from = local.from_step["reconcile"], event = "reconcile.unsure", more = "", id = true, text = "A close was not believed after eight tries" }
    dead-turns            = { from = local.from_step["reconcile"], event = "reconcile.dead-turns", more = "", id = true, text = "Three or more turns in a row died before they closed" }
    fee-ceiling           = { from = local.from_chain, event = "settle.stuck", more = "", id = true, text = "No rung of a released transaction can be mined" }
    foreign-mined         = { from = local.from_chain, event = "settle.foreign", more = "", id = true, text = "A transaction that no seal knows used a sealed nonce" }
    no-capacity           = { from = local.from_step["launch"], event = "launch.no-capacity", more = "", id = false, text = "No zone had a machine" }
    no-funds              = { from = local.from_chain, event = "settle.stuck", more = " AND jsonPayload.reason=\"insufficient-funds\"", id = true, text = "A node refused a released transaction because the wallet lacks funds" }
    outcome-unsure        = { from = local.from_chain, event = "settle.unsure", more = "", id = true, text = "The register does not show a seal that should be there" }
    reconcile-behind      = { from = local.from_step["reconcile"], event = "reconcile.behind", more = "", id = false, text = "A tick could not look after all that was due" }
    reconciled            = { from = local.from_step["reconcile"], event = "reconcile.done", more = "", id = false, text = "Reconcile went through the open requests" }
    register-junk         = { from = local.from_chain, event = "register-junk", more = "", id = false, text = "A function found an object in the register that is no entry" }
    register-period       = { from = local.from_step["reconcile"], event = "reconcile.register-period", more = "", id = false, text = "The newest seal of a wallet is nearly as old as the register's retention" }
    relaunched            = { from = local.from_step["reconcile"], event = "reconcile.owed", more = " AND jsonPayload.owed=\"launch\"", id = true, text = "An approved request was owed another turn" }
    replay-failed         = { from = local.from_step["reconcile"], event = "reconcile.replay-failed", more = "", id = false, text = "A replay was refused, or could not send all" }
    request-altered       = { from = local.from_step["reconcile"], event = "reconcile.mismatch", more = "", id = true, text = "A stored request is not the one of its id" }
    request-failing       = { from = local.from_step["reconcile"], event = "reconcile.failing", more = "", id = true, text = "Reconcile fails at a request in the same way again and again" }
    request-fault         = { from = local.from_step["reconcile"], event = "reconcile.fault", more = "", id = true, text = "Reconcile failed at a request" }
    rungs-sent            = { from = local.from_chain, event = "settle.rung", more = "", id = false, text = "Rungs sent" }
    seal-missing          = { from = local.from_chain, event = "settle.unsealed", more = "", id = true, text = "The register does not hold what submitted.json says" }
    seal-stuck            = { from = local.from_step["reconcile"], event = "reconcile.stuck", more = "", id = true, text = "A seal that no turn may release" }
    transaction-mismatch  = { from = local.from_chain, event = "settle.mismatch", more = "", id = true, text = "The RPC showed a receipt of a transaction that is not sealed" }
    transactions-accepted = { from = local.from_step["intake"], event = "intake.act", more = "", id = false, text = "Requests accepted" }
    transactions-settled  = { from = local.from_step["finalize"], event = "finalize.act", more = "", id = false, text = "Transactions that finalize settled" }
    zone-refused          = { from = local.from_step["launch"], event = "launch.zone", more = "", id = false, text = "A zone can never give the machine that operations ask for" }
    vm-outlived           = { from = local.from_step["reconcile"], event = "reconcile.outlived", more = "", id = false, text = "A VM ran beyond the turn limit and was deleted" }
  }

  # Any of these words.
  vm_metrics = {
    attestation-refused = { words = ["ATTESTATION_REFUSED"], text = "STS refused an attestation" }
    balance-low         = { words = ["BALANCE_LOW"], text = "A wallet could not pay value and fee" }
    foreign-transaction = { words = ["turn.foreign", "turn.stopped"], text = "The chain's count is above the next nonce, or the wallet is stopped for that" }
    nonce-gap           = { words = ["turn.gap"], text = "Nothing new can be sealed above a nonce whose bytes cannot come out" }
    register-unlocked   = { words = ["REGISTER_UNLOCKED"], text = "The register is not what the law demands" }
    tampered            = { words = ["turn.tampered", "turn.mismatch", "turn.law", "register-junk", "SEAL_MISMATCH", "WRONG_KEY"], text = "A turn saw what only an attack or a fault of ours brings about" }
    transactions-sealed = { words = ["turn.sealed"], text = "Transactions sealed" }
    turn-fault          = { words = ["turn.fault", "turn.late"], text = "A turn, or a part of one, failed" }
  }

  # Counters of log lines. `id` names the request, so that an alert does too; only rare events carry it.
  metrics = merge(
    {
      for key, one in local.function_metrics : key => {
        filter   = "${one.from} AND jsonPayload.message=\"${one.event}\"${one.more}"
        id       = one.id
        resource = "cloud_run_revision"
        text     = one.text
      }
    },
    {
      for key, one in local.vm_metrics : key => {
        filter   = "${local.from_vm} AND (${join(" OR ", [for word in one.words : "\"${word}\""])})"
        id       = false
        resource = "gce_instance"
        text     = one.text
      }
    },
  )
}

resource "google_logging_metric" "main" {
  for_each = local.metrics

  project          = var.project.id
  name             = "${var.name}/${each.key}"
  description      = each.value.text
  filter           = each.value.filter
  label_extractors = each.value.id ? { id = "EXTRACT(jsonPayload.id)" } : null

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = each.value.id ? ["id"] : []
      content {
        key         = labels.value
        value_type  = "STRING"
        description = "Request id"
      }
    }
  }
}

# How many requests are open, which reconcile says at each tick.
resource "google_logging_metric" "open" {
  project         = var.project.id
  name            = "${var.name}/requests-open"
  description     = "Open requests, as reconcile counts them at each tick"
  filter          = local.metrics["reconciled"].filter
  value_extractor = "EXTRACT(jsonPayload.open)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 24
      growth_factor      = 2
      scale              = 1
    }
  }
}
