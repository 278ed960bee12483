# Two repositories, because the account that builds functions may write to its own only: the measured image is not its business.
resource "google_artifact_registry_repository" "main" {
  for_each = {
    images    = { id = var.repository.id, location = var.repository.location, text = "The measured workload image. Never cleaned up: an accepted digest is pulled at each boot." }
    functions = { id = "${var.name}-functions", location = var.region, text = "Function containers, made by Cloud Build" }
  }

  project       = var.project.id
  location      = each.value.location
  repository_id = each.value.id
  description   = each.value.text
  format        = "DOCKER"

  dynamic "docker_config" {
    for_each = each.key == "images" ? [true] : []
    content {
      immutable_tags = true
    }
  }

  dynamic "cleanup_policies" {
    for_each = each.key == "functions" ? ["old"] : []
    content {
      id     = cleanup_policies.value
      action = "DELETE"
      condition {
        older_than = "2592000s"
      }
    }
  }

  dynamic "cleanup_policies" {
    for_each = each.key == "functions" ? ["newest"] : []
    content {
      id     = cleanup_policies.value
      action = "KEEP"
      most_recent_versions {
        keep_count = 5
      }
    }
  }
}
