# Off by default at Google. With it, each use of the release key and each exchange of an attestation token is logged.
# The operator can neither forge nor withhold those lines. One setting per project and service: where co-signers share a
# project, one of them makes it.
resource "google_project_iam_audit_config" "main" {
  for_each = var.audit_logs ? toset(["cloudkms.googleapis.com", "sts.googleapis.com"]) : []

  project = var.project.id
  service = each.value

  audit_log_config {
    log_type = "DATA_READ"
  }
}
