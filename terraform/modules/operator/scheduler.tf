resource "google_cloud_scheduler_job" "ticks" {
  project     = var.project.id
  region      = var.region
  name        = "${var.name}-ticks"
  description = "Wakes reconcile: whatever any open request is owed is found within a minute"
  schedule    = "* * * * *"
  time_zone   = "Etc/UTC"

  pubsub_target {
    topic_name = local.topic_ids["ticks"]
    # Never empty: a message without data does not reach a handler whole.
    data = base64encode("tick")
  }

  retry_config {
    retry_count = 0
  }
}
