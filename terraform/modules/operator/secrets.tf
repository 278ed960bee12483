# RPC urls carry API keys. Terraform makes the secret and never sees its value: gcloud secrets versions add (README, set-up).
resource "google_secret_manager_secret" "rpc" {
  for_each = var.rpc_secrets

  project   = var.project.id
  secret_id = each.value

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}
