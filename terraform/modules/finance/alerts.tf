resource "google_monitoring_alert_policy" "lag" {
  project               = var.project.id
  display_name          = "keyturn ${var.name}: receipts lag"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.notification_channels
  user_labels           = { alert = "receipts-lag", keyturn = var.name }

  dynamic "conditions" {
    for_each = {
      "rows do not reach the ledger" = { name = google_pubsub_subscription.ledger.name, age = 900 }
      "finance does not pull"        = { name = google_pubsub_subscription.pull.name, age = 259200 }
    }
    content {
      display_name = conditions.key

      condition_threshold {
        filter          = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${conditions.value.name}\""
        comparison      = "COMPARISON_GT"
        threshold_value = conditions.value.age
        duration        = "300s"

        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_MAX"
          cross_series_reducer = "REDUCE_MAX"
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "receipts lag: what it means, what to look at and what to do stands in terraform/RUNBOOK.md#receipts-lag."

    dynamic "links" {
      for_each = var.runbook_url == "" ? [] : ["${var.runbook_url}#receipts-lag"]
      content {
        display_name = "Runbook: receipts-lag"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
