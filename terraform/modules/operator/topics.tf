locals {
  # The topics whose messages Pub/Sub itself checks. The files are the source; a topic with a schema refuses what does not fit.
  schemas = {
    approved            = "approved"
    receipts            = "receipts"
    requestEvents       = "request-events"
    submitted           = "submitted"
    transactionRequests = "transaction-requests"
  }
}

resource "google_pubsub_schema" "main" {
  for_each = local.schemas

  project    = var.project.id
  name       = var.topics[each.key]
  type       = "AVRO"
  definition = file("${path.module}/../../../schemas/${each.value}.avsc")
}

resource "google_pubsub_topic" "main" {
  for_each = var.topics

  project = var.project.id
  name    = each.value

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  dynamic "schema_settings" {
    for_each = contains(keys(local.schemas), each.key) ? [google_pubsub_schema.main[each.key]] : []
    content {
      schema   = "projects/${schema_settings.value.project}/schemas/${schema_settings.value.name}"
      encoding = "JSON"
    }
  }
}

locals {
  topic_ids = { for key, topic in google_pubsub_topic.main : key => "projects/${topic.project}/topics/${topic.name}" }
}
