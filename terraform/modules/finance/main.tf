# The ledger's half: receipts, once as messages that finance pulls, and once as rows in BigQuery. Delivery is at least once, so the rows may
# stand there twice; the view says each settled transaction once.

locals {
  avro = jsondecode(file("${path.module}/../../../schemas/receipts.avsc"))

  # A column per field of the topic's schema. Nullable: a field that a later schema adds is absent in older rows. A list of records is a
  # repeated record of texts.
  columns = [
    for field in local.avro.fields : {
      for key, value in {
        name        = field.name
        type        = can(field.type.items.fields) ? "RECORD" : "STRING"
        mode        = can(field.type.items) ? "REPEATED" : "NULLABLE"
        description = field.doc
        fields = try([
          for each in field.type.items.fields : { name = each.name, type = "STRING", mode = "NULLABLE", description = each.doc }
        ], null)
      } : key => value if value != null
    }
  ]

  # What Pub/Sub adds with write_metadata.
  metadata = [
    { name = "subscription_name", type = "STRING", mode = "NULLABLE", description = "Pub/Sub subscription." },
    { name = "message_id", type = "STRING", mode = "NULLABLE", description = "Pub/Sub message: differs from one delivery of an event to the next." },
    { name = "publish_time", type = "TIMESTAMP", mode = "NULLABLE", description = "When it was published." },
    { name = "attributes", type = "JSON", mode = "NULLABLE", description = "Attributes: ce-id and the rest." },
  ]

  # Wei does not fit INT64. BIGNUMERIC holds 38 digits, which is more than all ether; what passes that reads NULL here, and stays as text.
  amounts = ["blobFeeWei", "effectiveGasPrice", "executionFeeWei", "feeWei", "gasUsed", "l1FeeWei", "valueWei"]

  agent = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_subscription" "pull" {
  project                    = var.project.id
  name                       = "${basename(var.topics.receipts)}-finance"
  topic                      = var.topics.receipts
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = var.topics.dead_letters
    max_delivery_attempts = 30
  }
}

resource "google_bigquery_dataset" "main" {
  project                    = var.project.id
  dataset_id                 = "${replace(var.name, "-", "_")}_finance"
  location                   = var.location
  description                = "keyturn ${var.name}: settled transactions"
  delete_contents_on_destroy = var.disposable
}

resource "google_bigquery_table" "receipts" {
  project             = var.project.id
  dataset_id          = google_bigquery_dataset.main.dataset_id
  table_id            = "receipts"
  description         = "Receipt events as they were delivered: at least once each. Read the ledger instead."
  deletion_protection = !var.disposable
  schema              = jsonencode(concat(local.columns, local.metadata))

  time_partitioning {
    type  = "MONTH"
    field = "publish_time"
  }
}

resource "google_bigquery_table" "ledger" {
  project             = var.project.id
  dataset_id          = google_bigquery_dataset.main.dataset_id
  table_id            = "ledger"
  description         = "Each settled transaction once, amounts in wei as numbers beside their text"
  deletion_protection = false

  view {
    use_legacy_sql = false
    # A test renders the same template for DuckDB, and runs it: what differs between the two are parameters.
    query = templatefile("${path.module}/ledger.sql.tftpl", {
      amounts   = local.amounts
      columns   = [for column in local.columns : column.name]
      quote     = "`"
      safe_cast = "SAFE_CAST"
      table     = "${var.project.id}.${google_bigquery_dataset.main.dataset_id}.${google_bigquery_table.receipts.table_id}"
    })
  }
}

resource "google_pubsub_subscription" "ledger" {
  project                    = var.project.id
  name                       = "${basename(var.topics.receipts)}-ledger"
  topic                      = var.topics.receipts
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  # A field that the table does not know keeps the message waiting instead of losing the field: add the column before the schema revision.
  bigquery_config {
    table               = "${var.project.id}.${google_bigquery_table.receipts.dataset_id}.${google_bigquery_table.receipts.table_id}"
    use_topic_schema    = true
    write_metadata      = true
    drop_unknown_fields = false
  }

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = var.topics.dead_letters
    max_delivery_attempts = 30
  }

  # Pub/Sub asks for the right when the subscription is made.
  depends_on = [google_bigquery_table_iam_member.writer]
}

# Pub/Sub writes rows as its own agent, into this table alone.
resource "google_bigquery_table_iam_member" "writer" {
  project    = var.project.id
  dataset_id = google_bigquery_table.receipts.dataset_id
  table_id   = google_bigquery_table.receipts.table_id
  role       = "roles/bigquery.dataEditor"
  member     = local.agent
}

resource "google_bigquery_dataset_iam_member" "readers" {
  for_each = var.members

  project    = var.project.id
  dataset_id = google_bigquery_dataset.main.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}

resource "google_pubsub_subscription_iam_member" "readers" {
  for_each = var.members

  project      = var.project.id
  subscription = google_pubsub_subscription.pull.name
  role         = "roles/pubsub.subscriber"
  member       = each.value
}

# The agent takes a message from the subscription before it buries it.
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = { finance = google_pubsub_subscription.pull.name, ledger = google_pubsub_subscription.ledger.name }

  project      = var.project.id
  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = local.agent
}
