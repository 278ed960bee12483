# What is asked of this co-signer, and what became of it.
resource "google_pubsub_subscription" "request_events" {
  count = var.connected ? 1 : 0

  project                    = var.project.id
  name                       = "${basename(var.topics.request_events)}-${var.name}"
  topic                      = var.topics.request_events
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
}

resource "google_pubsub_subscription_iam_member" "request_events" {
  count = var.connected ? 1 : 0

  project      = var.project.id
  subscription = google_pubsub_subscription.request_events[0].name
  role         = "roles/pubsub.subscriber"
  member       = var.member
}
