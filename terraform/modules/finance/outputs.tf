output "ledger" {
  description = "The view that finance reads."
  value       = "${google_bigquery_table.ledger.project}.${google_bigquery_table.ledger.dataset_id}.${google_bigquery_table.ledger.table_id}"
}

output "subscription" {
  description = "Name of the subscription that finance pulls."
  value       = google_pubsub_subscription.pull.name
}
