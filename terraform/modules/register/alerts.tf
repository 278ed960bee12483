# Settings and grants of this bucket change at set-up and at each roll-out, and at no other time.
resource "google_logging_metric" "touched" {
  project     = var.project_id
  name        = "${var.name}/register-touched"
  description = "Settings, lock or grants of the register bucket were changed"
  filter      = "resource.type=\"gcs_bucket\" AND resource.labels.bucket_name=\"${google_storage_bucket.main.name}\" AND protoPayload.methodName=(\"storage.buckets.update\" OR \"storage.buckets.patch\" OR \"storage.buckets.delete\" OR \"storage.setIamPermissions\")"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = var.project_id
  display_name = "keyturn ${var.name} register: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
}

resource "google_monitoring_alert_policy" "touched" {
  project               = var.project_id
  display_name          = "keyturn ${var.name}: register touched"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.name]
  user_labels           = { alert = "register-touched", keyturn = var.name }

  conditions {
    display_name = "settings or grants were changed"

    condition_threshold {
      filter          = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.touched.name}\" AND resource.type=\"gcs_bucket\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "register touched: what it means, what to look at and what to do stands in terraform/RUNBOOK.md#register-touched."

    dynamic "links" {
      for_each = var.runbook_url == "" ? [] : ["${var.runbook_url}#register-touched"]
      content {
        display_name = "Runbook: register-touched"
        url          = links.value
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
