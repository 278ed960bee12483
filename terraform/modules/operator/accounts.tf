# One account per function, so that each grant says what that function alone may do. No keys exist for any of them.
resource "google_service_account" "main" {
  for_each = merge(
    { for step in keys(local.steps) : step => { id = var.accounts[step], text = "keyturn function ${step}" } },
    {
      build    = { id = var.accounts["build"], text = "builds the keyturn functions" }
      push     = { id = var.accounts["push"], text = "Pub/Sub pushes to the keyturn functions as this" }
      workload = { id = var.accounts["workload"], text = "keyturn VMs: attestation, image pull, logs; no bucket, no key, no topic" }
    },
  )

  project      = var.project.id
  account_id   = each.value.id
  display_name = each.value.text
}

locals {
  account_emails  = { for name, one in google_service_account.main : name => "${one.account_id}@${one.project}.iam.gserviceaccount.com" }
  account_members = { for name, email in local.account_emails : name => "serviceAccount:${email}" }
}
