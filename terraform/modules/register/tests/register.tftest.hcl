mock_provider "google" {}

variables {
  alert_emails = ["security@example.com"]
  appenders = {
    "attested aaaaaaaaaaaa" = "principalSet://iam.googleapis.com/projects/111111111111/locations/global/workloadIdentityPools/pay-operator/attribute.image_digest/sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
  bucket            = "pay-register"
  closers           = { reconcile = "serviceAccount:pay-reconcile@keyturn-operator.iam.gserviceaccount.com" }
  inspectors        = { operator = "user:operator@example.com" }
  location          = "US-CENTRAL1"
  name              = "pay"
  project_id        = "keyturn-register"
  readers           = { alice = "user:alice@example.com" }
  retention_seconds = 2592000
}

run "locked" {
  command = plan

  assert {
    condition     = google_storage_bucket.main.retention_policy[0].is_locked && google_storage_bucket.main.retention_policy[0].retention_period == 2592000
    error_message = "Locked, for as long as the law says."
  }

  assert {
    condition     = alltrue([for one in google_storage_bucket_iam_member.main : !contains(["roles/storage.objectAdmin", "roles/storage.objectUser", "roles/storage.admin"], one.role)])
    error_message = "Nobody is granted a delete."
  }

  assert {
    condition     = alltrue([for role in google_project_iam_custom_role.main : length([for permission in role.permissions : permission if endswith(permission, ".delete") || endswith(permission, ".update")]) == 0])
    error_message = "No role of ours deletes or changes."
  }
}

run "lab" {
  command = plan
  variables {
    disposable        = true
    locked            = false
    retention_seconds = 0
  }

  assert {
    condition     = length(google_storage_bucket.main.retention_policy) == 0 && google_storage_bucket.main.force_destroy
    error_message = "A lab's register can be destroyed."
  }
}

run "a_locked_register_is_not_disposable" {
  command = plan
  variables {
    disposable = true
  }
  expect_failures = [var.disposable]
}

run "retention_covers_the_horizon" {
  command = plan
  variables {
    retention_seconds = 86400
  }
  expect_failures = [var.retention_seconds]
}

run "only_attested_images_seal" {
  command = plan
  variables {
    alert_emails = ["nobody"]
    appenders    = { operator = "user:operator@example.com" }
    bucket       = "Pay_"
    closers      = { operator = "user:operator@example.com" }
    inspectors   = { everyone = "allUsers" }
    name         = "pay-"
    readers      = { everyone = "allUsers" }
    runbook_url  = "https://runbook.example.com/RUNBOOK.md#register-touched"
  }
  expect_failures = [
    var.alert_emails, var.appenders, var.bucket, var.closers, var.inspectors, var.name, var.readers, var.runbook_url,
  ]
}

run "retention_is_whole_seconds" {
  command = plan
  variables {
    locked            = false
    retention_seconds = 0.5
  }
  expect_failures = [var.retention_seconds]
}
