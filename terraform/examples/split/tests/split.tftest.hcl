# Cloud Run gives a function its address when it is made. One for each, so that what is pushed where can be seen in a plan. Google also
# knows the numbers of projects.
mock_provider "google" {
  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["collect"]
    override_during = plan
    values          = { service_config = { uri = "https://pay-1-collect-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["finalize"]
    override_during = plan
    values          = { service_config = { uri = "https://pay-1-finalize-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["intake"]
    override_during = plan
    values          = { service_config = { uri = "https://pay-1-intake-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["launch"]
    override_during = plan
    values          = { service_config = { uri = "https://pay-1-launch-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_resource {
    target          = module.keyturn.module.operator[0].google_cloudfunctions2_function.main["reconcile"]
    override_during = plan
    values          = { service_config = { uri = "https://pay-1-reconcile-a1b2c3d4e5-uc.a.run.app" } }
  }

  override_data {
    target = module.keyturn.data.google_project.main["keyturn-operator"]
    values = { number = "111111111111" }
  }

  override_data {
    target = module.keyturn.data.google_project.main["keyturn-register"]
    values = { number = "444444444444" }
  }

  override_data {
    target = module.keyturn.data.google_project.main["keyturn-alice"]
    values = { number = "222222222222" }
  }

  override_data {
    target = module.keyturn.data.google_project.main["keyturn-bob"]
    values = { number = "333333333333" }
  }

  override_data {
    target = module.keyturn.data.google_project.main["keyturn-carol"]
    values = { number = "555555555555" }
  }
}

variables {
  config           = "tests/keyturn.json"
  regions          = ["us-central1", "us-east1"]
  accepted_images  = { "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" = "2027-01-31T00:00:00Z" }
  alert_emails     = ["operators@example.com"]
  ceremony_members = ["group:operators@example.com"]
  dist             = "tests/dist"
  image_digests    = ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]
  members = {
    co_signers = { alice = "user:alice@example.com", bob = "user:bob@example.com", carol = "user:carol@example.com" }
    dapps      = ["serviceAccount:dapp@dapp-project.iam.gserviceaccount.com"]
    finance    = ["group:finance@example.com"]
    operators  = ["group:operators@example.com"]
  }
  parts               = ["alice", "bob", "carol", "finance", "operator", "register"]
  register_project_id = "keyturn-register"
  runbook_url         = "https://git.example.com/keyturn/terraform/RUNBOOK.md"
}

# Nobody applies all of this at once; seen together, it is the whole deployment.
run "whole" {
  command = plan

  assert {
    condition     = output.release_keys["bob"] == "projects/keyturn-bob/locations/us-central1/keyRings/pay-1-bob/cryptoKeys/release"
    error_message = "Each key is in its co-signer's project."
  }
}

run "alice_first" {
  command = plan
  variables {
    accepted_images = {}
    config          = "keyturn.json"
    connected       = false
    parts           = ["alice"]
  }

  assert {
    condition     = output.image_repository == null && join(",", keys(output.release_keys)) == "alice"
    error_message = "A co-signer applies the own part and nothing else."
  }
}

run "operator" {
  command = plan
  variables {
    ceremony_members = []
    config           = "keyturn.json"
    image_digests    = []
    parts            = ["operator", "finance"]
  }

  assert {
    condition     = length(output.release_keys) == 0
    error_message = "The operator makes no co-signer's key."
  }
}

run "register" {
  command = plan
  variables {
    config        = "keyturn.json"
    image_digests = []
    parts         = ["register"]
  }
}

run "carol_rolls_out" {
  command = plan
  variables {
    accepted_images = {
      "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" = "2026-12-31T00:00:00Z"
      "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210" = "2027-06-30T00:00:00Z"
    }
    ceremony_members = []
    parts            = ["carol"]
  }
}
