locals {
  container = "assertion.submods.container"

  # One clause each; schemas/attestation-condition.ts says the same, and a test compares the two texts.
  # Which image may do what is not said here: grants name attribute.image_digest.
  clauses = [
    "assertion.swname == 'CONFIDENTIAL_SPACE'",
    "'STABLE' in assertion.submods.confidential_space.support_attributes",
    "assertion.dbgstat == 'disabled-since-boot'",
    "assertion.secboot == true",
    "assertion.hwmodel in [${join(", ", [for model in var.hardware_models : "'${model}'"])}]",
    "assertion.submods.gce.project_number == '${var.vm_project_number}'",
    "assertion.google_service_accounts == ['${var.vm_service_account}']",
    "${local.container}.restart_policy == 'Never'",
    # Tokens differ by the age of image and verifier: an override that was not used is absent, null or empty.
    "(!has(${local.container}.cmd_override) || ${local.container}.cmd_override == null || size(${local.container}.cmd_override) == 0)",
    "(!has(${local.container}.env_override) || ${local.container}.env_override == null || ${local.container}.env_override.all(name, name in [${join(", ", [for name in var.allowed_env : "'${name}'"])}]))",
  ]
}

resource "google_iam_workload_identity_pool" "main" {
  project                   = var.project_id
  workload_identity_pool_id = var.pool_id
  display_name              = substr(var.pool_id, 0, 32)
  description               = "Attested keyturn workloads, as ${var.owner} believes in them"
}

resource "google_iam_workload_identity_pool_provider" "main" {
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.main.workload_identity_pool_id
  workload_identity_pool_provider_id = var.provider_id
  display_name                       = substr(var.provider_id, 0, 32)
  description                        = "Attestation tokens of Confidential Space"
  attribute_condition                = join(" && ", local.clauses)

  # The subject stays near 113 bytes; assertion.sub, which the codelab maps, soon passes the limit of 127.
  attribute_mapping = {
    "google.subject"         = "\"gcpcs::\"+${local.container}.image_digest+\"::\"+assertion.submods.gce.project_number+\"::\"+assertion.submods.gce.instance_id"
    "attribute.image_digest" = "${local.container}.image_digest"
  }

  oidc {
    issuer_uri        = "https://confidentialcomputing.googleapis.com"
    allowed_audiences = ["https://sts.googleapis.com"]
  }

  lifecycle {
    precondition {
      condition     = length(join(" && ", local.clauses)) <= 4096
      error_message = "IAM takes at most 4096 characters of attribute condition."
    }
  }
}
