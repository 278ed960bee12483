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
          var.lab_chain ? ["iap", "vpcaccess"] : [],
          local.event_key == null ? [] : ["cloudkms"],
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

# Numbers are typed by hand, and pools and Google's agents are named after them: a wrong one would grant rights in somebody else's project.
locals {
  numbers_of_parts = merge(
    {
      operator = { (local.operator.project_id) = local.operator.project_number }
      finance  = { (local.operator.project_id) = local.operator.project_number }
      register = { (local.register_project_id) = local.law.register.projectNumber }
    },
    { for name, one in local.co_signers : name => { (one.release_key[0]) = one.pool[0] } },
  )
}

data "google_project" "main" {
  for_each = merge([for part in local.parts : local.numbers_of_parts[part]]...)

  project_id = each.key

  lifecycle {
    postcondition {
      condition     = self.number == each.value
      error_message = "Project ${each.key} has number ${self.number}, keyturn.json says ${each.value}."
    }
  }
}
