# Each party in a project of its own: the operator, each co-signer, the register. All of them apply this same folder,
# each for the own part (`parts`) and with credentials for the own project alone. So nobody can touch what is another's.

provider "google" {
  # Every resource names its project: no default that could be the wrong one.
  region = var.regions[0]
}

module "keyturn" {
  source = "../.."

  accepted_images        = var.accepted_images
  alert_emails           = var.alert_emails
  ceremony_members       = var.ceremony_members
  config                 = var.config
  connected              = var.connected
  dist                   = var.dist
  image_digests          = var.image_digests
  key_protection         = "HSM"
  members                = var.members
  parts                  = var.parts
  regions                = var.regions
  register_project_id    = var.register_project_id
  results_retention_days = 365
  rpc_ports              = var.rpc_ports
  runbook_url            = var.runbook_url
  warm_instances         = 1
}
