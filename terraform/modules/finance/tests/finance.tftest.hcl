mock_provider "google" {}

variables {
  location = "us-central1"
  members  = ["group:finance@example.com"]
  name     = "pay-1"
  project  = { id = "keyturn-operator", number = "111111111111" }
  topics = {
    dead_letters = "projects/keyturn-operator/topics/pay-1-dead-letters"
    receipts     = "projects/keyturn-operator/topics/pay-1-receipts"
  }
}

run "ledger" {
  command = plan

  assert {
    condition     = output.ledger == "keyturn-operator.pay_1_finance.ledger" && output.subscription == "pay-1-receipts-finance"
    error_message = "Names derive from the deployment's."
  }

  assert {
    condition     = google_pubsub_subscription.ledger.bigquery_config[0].use_topic_schema && !google_pubsub_subscription.ledger.bigquery_config[0].drop_unknown_fields
    error_message = "Nothing that a receipt says may get lost."
  }

  assert {
    condition     = strcontains(google_bigquery_table.ledger.view[0].query, "PARTITION BY `eventId`") && strcontains(google_bigquery_table.ledger.view[0].query, "SAFE_CAST(`valueWei` AS BIGNUMERIC) AS `valueWeiNumber`")
    error_message = "Once per event, amounts as numbers."
  }

  assert {
    condition     = one([for column in jsondecode(google_bigquery_table.receipts.schema) : column.mode if column.name == "approvedBy"]) == "REPEATED" && [for field in one([for column in jsondecode(google_bigquery_table.receipts.schema) : column.fields if column.name == "transfers" && column.type == "RECORD" && column.mode == "REPEATED"]) : field.name][0] == "standard"
    error_message = "The table follows the topic's schema."
  }

  assert {
    condition     = google_bigquery_table.receipts.deletion_protection
    error_message = "Outside a lab the rows are protected."
  }
}

run "lab" {
  command = plan
  variables {
    disposable = true
  }

  assert {
    condition     = !google_bigquery_table.receipts.deletion_protection && google_bigquery_dataset.main.delete_contents_on_destroy
    error_message = "A lab is destroyed without being asked."
  }
}

run "mistakes" {
  command = plan
  variables {
    members     = ["allUsers"]
    name        = "Pay"
    project     = { id = "keyturn-operator", number = "keyturn-operator" }
    runbook_url = "RUNBOOK.md"
    topics      = { dead_letters = "pay-dead-letters", receipts = "pay-receipts" }
  }
  expect_failures = [var.members, var.name, var.project, var.runbook_url, var.topics]
}
