locals {
  logged = {
    for key, metric in local.metrics : key =>
    "metric.type=\"logging.googleapis.com/user/${google_logging_metric.main[key].name}\" AND resource.type=\"${metric.resource}\""
  }

  backlog = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\""
  waiting = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\""
  push_names = join("|", [
    for step, one in google_pubsub_subscription.push : one.name if step != "reconcile"
  ])

  # A count of log lines within `period` seconds above `above`; `by` keeps the requests apart.
  once = { above = 0, period = 300, by = [], aligner = "ALIGN_DELTA", absent = false }
  hour = { above = 0, period = 3600, by = ["metric.label.id"], aligner = "ALIGN_DELTA", absent = false }

  # One alert per section of terraform/RUNBOOK.md, under the same name.
  alerts = {
    attestation-refused = {
      severity = "CRITICAL"
      title    = "attestation refused"
      conditions = [
        merge(local.once, { name = "STS refused a VM", filter = local.logged["attestation-refused"] }),
      ]
    }
    balance-low = {
      severity = "WARNING"
      title    = "wallet balance low"
      conditions = [
        merge(local.once, { name = "value and fee exceed the balance", filter = local.logged["balance-low"] }),
        merge(local.once, { name = "a node refuses because the wallet lacks funds", filter = local.logged["no-funds"], by = ["metric.label.id"] }),
      ]
    }
    dead-letter = {
      severity = "ERROR"
      title    = "message among the dead letters"
      conditions = [
        merge(local.once, {
          name    = "a message could not be processed"
          filter  = "${local.waiting} AND resource.labels.subscription_id=\"${google_pubsub_subscription.pull["deadLetters"].name}\""
          aligner = "ALIGN_MAX"
        }),
      ]
    }
    fee-ceiling = {
      severity = "WARNING"
      title    = "fee ceiling hit"
      conditions = [
        merge(local.once, { name = "no rung can be mined", filter = local.logged["fee-ceiling"], by = ["metric.label.id"] }),
      ]
    }
    foreign-transaction = {
      severity = "CRITICAL"
      title    = "foreign transaction on a wallet"
      conditions = [
        merge(local.once, { name = "the chain's count is above the next nonce", filter = local.logged["foreign-transaction"] }),
        merge(local.once, { name = "it was mined at a sealed nonce", filter = local.logged["foreign-mined"], by = ["metric.label.id"] }),
      ]
    }
    no-capacity = {
      severity = "WARNING"
      title    = "no machine in any zone"
      conditions = [
        merge(local.once, { name = "all zones were exhausted", filter = local.logged["no-capacity"] }),
        merge(local.once, { name = "a zone can never give such a machine", filter = local.logged["zone-refused"] }),
      ]
    }
    # A policy has at most six conditions: this half of "stuck" is about the pipeline, not about one request.
    pipeline-behind = {
      severity = "ERROR"
      title    = "pipeline behind"
      conditions = [
        merge(local.once, { name = "more is due than a tick can do", filter = local.logged["reconcile-behind"], period = 900, above = 5 }),
        merge(local.once, {
          name    = "messages wait in front of a function"
          filter  = "${local.backlog} AND resource.labels.subscription_id=monitoring.regex.full_match(\"${local.push_names}\")"
          above   = 900
          aligner = "ALIGN_MAX"
          by      = ["resource.label.subscription_id"]
        }),
      ]
    }
    reconcile-silent = {
      severity = "CRITICAL"
      title    = "reconcile is silent"
      conditions = [
        merge(local.once, { name = "no tick was worked for fifteen minutes", filter = local.logged["reconciled"], period = 900, absent = true }),
      ]
    }
    # Said once a day while it holds, so that the window must be longer than a day.
    register-period = {
      severity = "WARNING"
      title    = "register near its period"
      conditions = [
        merge(local.once, { name = "the newest seal of a wallet can soon be deleted", filter = local.logged["register-period"], period = 90000 }),
      ]
    }
    register-unlocked = {
      severity = "CRITICAL"
      title    = "register unlocked, or not the one the law names"
      conditions = [
        merge(local.once, { name = "a turn refused the register", filter = local.logged["register-unlocked"] }),
      ]
    }
    replay-failed = {
      severity = "WARNING"
      title    = "replay refused, or not all of it sent"
      conditions = [
        merge(local.once, { name = "reconcile said so", filter = local.logged["replay-failed"] }),
      ]
    }
    request-failing = {
      severity = "ERROR"
      title    = "reconcile fails at a request alike"
      conditions = [
        merge(local.once, { name = "for ten minutes, by one reason", filter = local.logged["request-failing"], by = ["metric.label.id"] }),
      ]
    }
    request-stuck = {
      severity = "ERROR"
      title    = "request stuck"
      conditions = [
        merge(local.hour, { name = "approved for half an hour of ticks, and not signed", filter = local.logged["relaunched"], above = 30 }),
        merge(local.hour, { name = "reconcile fails at it", filter = local.logged["request-fault"], above = 10 }),
        merge(local.hour, { name = "its close is not believed", filter = local.logged["close-unsure"] }),
        merge(local.hour, { name = "its seal can be released by no turn", filter = local.logged["seal-stuck"] }),
        merge(local.once, { name = "others wait above such a seal", filter = local.logged["nonce-gap"], period = 3600 }),
        merge(local.hour, { name = "the register does not show its seal", filter = local.logged["outcome-unsure"] }),
      ]
    }
    tampered = {
      severity = "CRITICAL"
      title    = "tampering seen"
      conditions = [
        merge(local.once, { name = "a turn saw it", filter = local.logged["tampered"] }),
        merge(local.once, { name = "junk in the register", filter = local.logged["register-junk"] }),
        merge(local.once, { name = "facts that are not their request's", filter = local.logged["request-altered"], by = ["metric.label.id"] }),
        merge(local.once, { name = "a submission that is sealed nowhere", filter = local.logged["seal-missing"], by = ["metric.label.id"] }),
        merge(local.once, { name = "a receipt of what is not sealed", filter = local.logged["transaction-mismatch"], by = ["metric.label.id"] }),
        merge(local.once, { name = "stored bytes are not those of their seal", filter = local.logged["bytes-mismatch"], by = ["metric.label.id"] }),
      ]
    }
    turn-fault = {
      severity = "WARNING"
      title    = "turns fail"
      conditions = [
        merge(local.once, { name = "more than five faults in an hour", filter = local.logged["turn-fault"], period = 3600, above = 5 }),
        merge(local.once, { name = "turns die one after the other", filter = local.logged["dead-turns"], by = ["metric.label.id"] }),
      ]
    }
    vm-outlived = {
      severity = "ERROR"
      title    = "VM outlived its turn"
      conditions = [
        merge(local.once, { name = "reconcile deleted a running VM", filter = local.logged["vm-outlived"] }),
      ]
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = var.project.id
  display_name = "keyturn ${var.name}: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
}

resource "google_monitoring_alert_policy" "main" {
  for_each = local.alerts

  project               = var.project.id
  display_name          = "keyturn ${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.name]
  user_labels           = { alert = each.key, keyturn = var.name }

  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.value.name

      dynamic "condition_threshold" {
        for_each = conditions.value.absent ? [] : [conditions.value]
        content {
          filter          = condition_threshold.value.filter
          comparison      = "COMPARISON_GT"
          threshold_value = condition_threshold.value.above
          duration        = "0s"

          aggregations {
            alignment_period     = "${condition_threshold.value.period}s"
            per_series_aligner   = condition_threshold.value.aligner
            cross_series_reducer = condition_threshold.value.aligner == "ALIGN_MAX" ? "REDUCE_MAX" : "REDUCE_SUM"
            group_by_fields      = condition_threshold.value.by
          }
        }
      }

      dynamic "condition_absent" {
        for_each = conditions.value.absent ? [conditions.value] : []
        content {
          filter   = condition_absent.value.filter
          duration = "${condition_absent.value.period}s"

          aggregations {
            alignment_period     = "300s"
            per_series_aligner   = condition_absent.value.aligner
            cross_series_reducer = "REDUCE_SUM"
          }
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.title}: what it means, what to look at and what to do stands in terraform/RUNBOOK.md#${each.key}."

    dynamic "links" {
      for_each = var.runbook_url == "" ? [] : ["${var.runbook_url}#${each.key}"]
      content {
        display_name = "Runbook: ${each.key}"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
