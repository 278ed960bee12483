# Our own push subscriptions instead of Eventarc triggers, whose hidden subscription forgets after a day and has no dead letters.
resource "google_pubsub_subscription" "push" {
  for_each = local.steps

  project              = var.project.id
  name                 = "${google_pubsub_topic.main[each.value.topic].name}-push"
  topic                = local.topic_ids[each.value.topic]
  ack_deadline_seconds = each.value.deadline
  # A tick that nobody took is worth nothing: the next one does the same.
  message_retention_duration = each.key == "reconcile" ? "600s" : "604800s"

  # Without this a month of silence deletes the subscription, and with it every later message.
  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = google_cloudfunctions2_function.main[each.key].service_config[0].uri

    # The audience is the root: left out, Pub/Sub would take the endpoint as it is written.
    oidc_token {
      service_account_email = local.account_emails["push"]
      audience              = google_cloudfunctions2_function.main[each.key].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dynamic "dead_letter_policy" {
    for_each = each.key == "reconcile" ? [] : [local.topic_ids["deadLetters"]]
    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = 30
    }
  }
}

# What wakes an idle turn (workload/wakeups.ts), by wallet: a turn must not take what would wake another. A message says nothing else, so what no
# machine took in ten minutes is worth nothing: each lists by itself when it starts.
resource "google_pubsub_subscription" "wake" {
  for_each = var.wallets

  project                    = var.project.id
  name                       = "${google_pubsub_topic.main["approved"].name}-wake-${each.key}"
  topic                      = local.topic_ids["approved"]
  filter                     = "attributes.wallet = \"${each.key}\""
  ack_deadline_seconds       = 10
  message_retention_duration = "600s"

  expiration_policy {
    ttl = ""
  }
}

# Whoever pulls, by topic and the suffix that the name carries.
locals {
  pulls = {
    # No backoff for the operator: keyturn dead-letters gives back what it showed, and redrive must find it there a moment later.
    deadLetters   = { suffix = "operator", who = "operators", retention = "2678400s", backoff = false }
    requestEvents = { suffix = "dapp", who = "dapps", retention = "604800s", backoff = true }
  }
}

resource "google_pubsub_subscription" "pull" {
  for_each = local.pulls

  project                    = var.project.id
  name                       = "${google_pubsub_topic.main[each.key].name}-${each.value.suffix}"
  topic                      = local.topic_ids[each.key]
  ack_deadline_seconds       = 60
  message_retention_duration = each.value.retention

  expiration_policy {
    ttl = ""
  }

  dynamic "retry_policy" {
    for_each = each.value.backoff ? [1] : []
    content {
      minimum_backoff = "10s"
      maximum_backoff = "600s"
    }
  }
}
