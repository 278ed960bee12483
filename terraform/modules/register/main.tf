# The register: one bucket, in which what has been sealed stays. Outside a lab its retention is locked, and it lies in a
# project that the operator does not administer. Then not even the operator can make a wallet forget what it signed.

locals {
  snake = replace(var.name, "-", "_")

  rights = merge(
    { for label, member in merge(var.appenders, var.closers) : "append ${label}" => { role = "append", member = member } },
    { for label, member in merge(var.appenders, var.inspectors) : "settings ${label}" => { role = "settings", member = member } },
    { for label, member in merge(var.readers, var.inspectors) : "read ${label}" => { role = "roles/storage.objectViewer", member = member } },
  )
}

resource "google_storage_bucket" "main" {
  project                     = var.project_id
  name                        = var.bucket
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.disposable

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # Off: an entry is created once, and a bucket without old versions has nowhere to hide one.
  versioning {
    enabled = false
  }

  dynamic "retention_policy" {
    for_each = var.retention_seconds > 0 ? [var.retention_seconds] : []
    content {
      retention_period = retention_policy.value
      is_locked        = var.locked
    }
  }
}

resource "google_project_iam_custom_role" "main" {
  for_each = {
    append   = { title = "append entries", permissions = ["storage.objects.create", "storage.objects.get", "storage.objects.list"] }
    settings = { title = "see the lock", permissions = ["storage.buckets.get"] }
  }

  project     = var.project_id
  role_id     = "keyturn.${local.snake}.register.${each.key}"
  title       = "keyturn ${var.name}, register: ${each.value.title}"
  permissions = each.value.permissions
  stage       = "GA"
}

locals {
  custom_roles = { for name, role in google_project_iam_custom_role.main : name => "projects/${role.project}/roles/${role.role_id}" }
}

resource "google_storage_bucket_iam_member" "main" {
  for_each = local.rights

  bucket = google_storage_bucket.main.name
  role   = startswith(each.value.role, "roles/") ? each.value.role : local.custom_roles[each.value.role]
  member = each.value.member
}
