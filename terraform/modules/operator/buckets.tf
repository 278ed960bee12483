locals {
  # The register lies in a bucket of its own module, so that it can be somebody else's.
  kept = {
    results = { retention_seconds = var.results_retention_days * 86400, locked = false }
    # Signed bytes are as final as the register that names them.
    signed = { retention_seconds = var.register.retention_seconds, locked = var.register.locked }
  }
}

resource "google_storage_bucket" "kept" {
  for_each = local.kept

  project                     = var.project.id
  name                        = var.buckets[each.key]
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.disposable

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  versioning {
    enabled = false
  }

  dynamic "retention_policy" {
    for_each = each.value.retention_seconds > 0 ? [each.value] : []
    content {
      retention_period = retention_policy.value.retention_seconds
      is_locked        = retention_policy.value.locked
    }
  }
}

# Marks, turns and wishes: no retention, because all of it is deleted or replaced as a matter of course.
resource "google_storage_bucket" "work" {
  project                     = var.project.id
  name                        = var.buckets.work
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.disposable

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  versioning {
    enabled = false
  }
}

# Only where co-signers share one bucket. A deleted share must be gone: no soft delete, no old versions.
resource "google_storage_bucket" "keys" {
  count = var.shared_key_bucket ? 1 : 0

  project                     = var.project.id
  name                        = var.buckets.keys
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.disposable

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

# Function archives. Each is named by what is in it: a changed bundle is a new object, and so a new revision.
resource "google_storage_bucket" "source" {
  project                     = var.project.id
  name                        = "${var.name}-source"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  versioning {
    enabled = false
  }
}

# What the VM reads at run time. It is trusted for nothing, so changing it changes neither image nor law.
resource "google_storage_bucket_object" "operations" {
  bucket       = google_storage_bucket.work.name
  name         = "operations.json"
  content      = var.operations
  content_type = "application/json"
}

# One for the bucket and not one per co-signer: a bucket takes ten of a kind, and a wallet may have sixteen holders.
resource "google_storage_notification" "shares" {
  count = var.shared_key_bucket ? 1 : 0

  bucket         = google_storage_bucket.keys[0].name
  topic          = local.topic_ids["shares"]
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  # Cloud Storage refuses a notification that its agent may not publish.
  depends_on = [google_pubsub_topic_iam_member.main]
}
