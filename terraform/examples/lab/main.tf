# The codelab's shape: one project, one key bucket, a chain of one's own, and every person perhaps the same one. It is destroyed clean, and
# it is no place for money: whoever owns the project owns both keys.

provider "google" {
  project = jsondecode(file(var.config)).law.operator.projectId
  region  = var.regions[0]
}

module "keyturn" {
  source = "../.."

  accepted_images  = var.accepted_images
  alert_emails     = var.alert_emails
  ceremony_members = var.operators
  config           = var.config
  disposable       = true
  dist             = var.dist
  image_digests    = var.image_digests
  key_protection   = "SOFTWARE"
  lab_chain        = true
  members = {
    co_signers = var.co_signers
    dapps      = var.dapps
    finance    = var.finance
    operators  = var.operators
  }
  regions     = var.regions
  runbook_url = var.runbook_url
}
