resource "google_storage_bucket_object" "archive" {
  for_each = local.steps

  bucket = google_storage_bucket.source.name
  name   = "${each.key}-${filesha256(var.archives[each.key])}.zip"
  source = var.archives[each.key]
}

resource "google_cloudfunctions2_function" "main" {
  for_each = local.steps

  project     = var.project.id
  location    = var.region
  name        = "${var.name}-${each.key}"
  description = "keyturn ${each.key}, fed by ${var.topics[each.value.topic]}"

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.key
    service_account   = "projects/${var.project.id}/serviceAccounts/${local.account_emails["build"]}"
    docker_repository = "projects/${google_artifact_registry_repository.main["functions"].project}/locations/${google_artifact_registry_repository.main["functions"].location}/repositories/${google_artifact_registry_repository.main["functions"].repository_id}"

    source {
      storage_source {
        bucket = google_storage_bucket_object.archive[each.key].bucket
        object = google_storage_bucket_object.archive[each.key].name
      }
    }
  }

  service_config {
    # More than one request at a time needs a whole CPU. A start takes 105 MB; the rest is for what is open.
    available_cpu                    = "1"
    available_memory                 = "512Mi"
    min_instance_count               = each.key == "intake" ? var.warm_instances : 0
    max_instance_count               = each.value.instances
    max_instance_request_concurrency = each.value.concurrency
    timeout_seconds                  = each.value.timeout
    service_account_email            = local.account_emails[each.key]
    all_traffic_on_latest_revision   = true
    # Pub/Sub of the same project still comes in; nobody else does, with whatever token.
    ingress_settings = "ALLOW_INTERNAL_ONLY"

    # A private chain node is reached through a connector only: functions have no other way into a network in this provider version.
    vpc_connector                 = contains(local.chain_steps, each.key) ? one(google_vpc_access_connector.main[*].id) : null
    vpc_connector_egress_settings = contains(local.chain_steps, each.key) && var.private_chain ? "PRIVATE_RANGES_ONLY" : null

    # What functions read. RPC urls with keys in them are not in it: it names secrets. Cloud Run's front end samples few calls, so telemetry
    # that is wanted does not go by what it says.
    environment_variables = merge(
      {
        KEYTURN_CONFIG = var.config
        # For Node itself: V8 collects while its heap is small. Young objects get 4 MB twice, all others half of the memory at most.
        NODE_OPTIONS = "--max-old-space-size=256 --max-semi-space-size=4"
      },
      var.otlp_endpoint == null ? {} : {
        OTEL_EXPORTER_OTLP_ENDPOINT = var.otlp_endpoint
        OTEL_TRACES_SAMPLER         = "always_on"
      },
    )
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.main["build log-writer"],
    google_project_iam_member.main["build source-reader"],
  ]
}
