# One co-signer's half: a key that opens shares for accepted images only, and a place for shares. In the co-signer's own
# project nobody but the co-signer administers any of it. That is the point: the operator can start a VM, but cannot
# make it be believed.

locals {
  snake      = replace(var.deployment, "-", "_")
  snake_name = replace(var.name, "-", "_")

  # A co-signer's own bucket is made here; a shared one is the operator's.
  own_bucket = var.bucket.create

  attested = {
    for digest, until in var.accepted_images : "attested ${substr(digest, 7, 12)}" => {
      member = "principalSet://iam.googleapis.com/projects/${var.project.number}/locations/global/workloadIdentityPools/${module.pool.pool_id}/attribute.image_digest/${digest}"
      until  = until
    }
  }
}

module "pool" {
  source = "../attested-pool"

  owner              = var.name
  pool_id            = var.pool.pool_id
  project_id         = var.project.id
  provider_id        = var.pool.provider_id
  vm_project_number  = var.vm.project_number
  vm_service_account = var.vm.service_account
}

# Reading it makes Google create the agent that announces uploads: the operator lets it publish before the notification is made.
data "google_storage_project_service_account" "main" {
  project = var.bucket.project_id
}
