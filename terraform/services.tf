# APIs, in the project that needs them. They stay on after a destroy: something else in the project may use them.
locals {
  services_of_parts = merge(
    {
      operator = {
        project = local.operator.project_id
        names = concat(
          [
            "artifactregistry", "cloudbuild", "cloudfunctions", "cloudresourcemanager", "cloudscheduler", "compute", "confidentialcomputing", "iam", "logging",
            "monitoring", "pubsub", "run", "secretmanager", "storage", "sts",
          ],
          var.lab_chain ? ["vpcaccess"] : [],
        )
      }
      register = { project = local.register_project_id, names = ["cloudresourcemanager", "iam", "logging", "monitoring", "storage"] }
      finance  = { project = local.operator.project_id, names = ["bigquery", "monitoring", "pubsub"] }
    },
    {
      for name, one in local.co_signers : name => {
        project = one.release_key[0]
        names   = ["cloudkms", "cloudresourcemanager", "iam", "logging", "pubsub", "storage", "sts"]
      }
    },
  )
}

resource "google_project_service" "main" {
  for_each = merge([
    for part in local.parts : {
      for name in local.services_of_parts[part].names : "${local.services_of_parts[part].project} ${name}" => {
        project = local.services_of_parts[part].project
        service = "${name}.googleapis.com"
      }
    }
  ]...)

  project            = each.value.project
  service            = each.value.service
  disable_on_destroy = false
}
