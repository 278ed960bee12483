resource "google_storage_bucket" "main" {
  count = local.own_bucket ? 1 : 0

  project                     = var.bucket.project_id
  name                        = var.bucket.name
  location                    = var.bucket.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.disposable

  # A deleted share must be gone.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  versioning {
    enabled = false
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.share_days
    }
  }
}

# Uploads are announced to the operator's topic, which may be in another project. In a shared bucket the operator does it once for all.
resource "google_storage_notification" "shares" {
  count = local.own_bucket && var.connected ? 1 : 0

  bucket             = google_storage_bucket.main[0].name
  topic              = var.topics.shares
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = var.bucket.prefix == "" ? null : var.bucket.prefix

  depends_on = [data.google_storage_project_service_account.main]
}

resource "google_project_iam_custom_role" "main" {
  for_each = {
    append = { id = "add", title = "append objects", permissions = ["storage.objects.create", "storage.objects.get", "storage.objects.list"] }
    get    = { id = "get", title = "read objects by name", permissions = ["storage.objects.get"] }
    list   = { id = "see", title = "list objects", permissions = ["storage.objects.list"] }
  }

  # A project's role can be granted on that project's resources only. Its id has 64 characters, and the longest names
  # that a law takes (20 and 31) just fit. A dot stands in neither, so no two of them make the same id.
  project     = var.bucket.project_id
  role_id     = "keyturn.${local.snake}.${local.snake_name}.${each.value.id}"
  title       = "keyturn ${var.deployment}, ${var.name}: ${each.value.title}"
  permissions = each.value.permissions
  stage       = "GA"
}

locals {
  bucket_name  = local.own_bucket ? google_storage_bucket.main[0].name : var.bucket.name
  custom_roles = { for name, role in google_project_iam_custom_role.main : name => "projects/${role.project}/roles/${role.role_id}" }

  under_prefix = "resource.name.startsWith(\"projects/_/buckets/${var.bucket.name}/objects/${var.bucket.prefix}\")"
  has_prefix   = var.bucket.prefix != ""

  # Listing is asked of the bucket, so a condition on object names would never grant it: it stands beside, without one.
  bucket_grants = merge(
    {
      "${var.name} append" = { role = "append", member = var.member, clauses = local.has_prefix ? [local.under_prefix] : [], title = "own shares" }
    },
    local.has_prefix ? {
      "${var.name} list" = { role = "list", member = var.member, clauses = [], title = "" }
    } : {},
    merge([
      for label, one in local.attested : merge(
        {
          "${label} read" = {
            role    = "roles/storage.objectViewer"
            member  = one.member
            clauses = concat(local.has_prefix ? [local.under_prefix] : [], ["request.time < timestamp(\"${one.until}\")"])
            title   = "accepted until ${one.until}"
          }
        },
        local.has_prefix ? {
          "${label} list" = {
            role    = "list"
            member  = one.member
            clauses = ["request.time < timestamp(\"${one.until}\")"]
            title   = "accepted until ${one.until}"
          }
        } : {},
      )
    ]...),
    # Whoever writes receipts compares them with what was predicted, and so reads that alone: never a share. It is advice, so a receipt is
    # written without it too.
    var.connected ? {
      for label, member in var.prediction_readers : "${label} get" => {
        role    = "get"
        member  = member
        clauses = ["resource.name.startsWith(\"projects/_/buckets/${var.bucket.name}/objects/${var.bucket.prefix}predictions/\")"]
        title   = "predictions"
      }
    } : {},
    # Of shares the operator's functions see names, never contents. Their accounts are there once the operator has applied.
    local.own_bucket && var.connected ? {
      for label, member in var.listers : "${label} list" => { role = "list", member = member, clauses = [], title = "" }
    } : {},
  )
}

resource "google_storage_bucket_iam_member" "main" {
  for_each = local.bucket_grants

  bucket = local.bucket_name
  role   = startswith(each.value.role, "roles/") ? each.value.role : local.custom_roles[each.value.role]
  member = each.value.member

  dynamic "condition" {
    for_each = length(each.value.clauses) == 0 ? [] : [each.value]
    content {
      title      = condition.value.title
      expression = join(" && ", condition.value.clauses)
    }
  }
}
