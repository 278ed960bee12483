# Cloud Run gives a function its address when it is made. One for each, so that what is pushed where can be seen in a plan. Google also
# knows the numbers of projects.
mock_provider "google" {
  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["collect"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-1-collect-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["finalize"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-1-finalize-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["intake"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-1-intake-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["launch"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-1-launch-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["reconcile"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-1-reconcile-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_data {
    target = module.keyturn.data.google_project.main["keyturn-lab"]
    values = { number = "123456789012" }
  }
}

variables {
  config          = "tests/keyturn.json"
  regions         = ["us-central1"]
  accepted_images = { "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" = "2027-01-31T00:00:00Z" }
  alert_emails    = ["operator@example.com"]
  runbook_url     = "https://git.example.com/keyturn/terraform/RUNBOOK.md"
  co_signers      = { alice = "user:alice@example.com", bob = "user:bob@example.com" }
  dapps           = ["user:dapp@example.com"]
  dist            = "tests/dist"
  finance         = ["user:finance@example.com"]
  image_digests   = ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]
  operators       = ["user:operator@example.com"]
}

run "whole" {
  command = plan

  assert {
    condition     = output.image_repository == "us-central1-docker.pkg.dev/keyturn-lab/lab-1-images"
    error_message = "The repository must be the one that operations.image names."
  }

  assert {
    condition     = output.ledger == "keyturn-lab.lab_1_finance.ledger"
    error_message = "Finance has a ledger."
  }
}

run "first_apply" {
  command = plan
  variables {
    accepted_images = {}
    config          = "keyturn.json"
    image_digests   = []
  }
}
