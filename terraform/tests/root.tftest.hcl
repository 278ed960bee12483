# Google knows a project's number; keyturn.json says it too, and both must say the same.
mock_provider "google" {
  override_data {
    target = data.google_project.main["keyturn-lab"]
    values = { number = "123456789012" }
  }

  override_data {
    target = data.google_project.main["keyturn-operator"]
    values = { number = "111111111111" }
  }

  override_data {
    target = data.google_project.main["keyturn-register"]
    values = { number = "444444444444" }
  }

  override_data {
    target = data.google_project.main["keyturn-alice"]
    values = { number = "222222222222" }
  }

  override_data {
    target = data.google_project.main["keyturn-bob"]
    values = { number = "333333333333" }
  }

  override_data {
    target = data.google_project.main["keyturn-carol"]
    values = { number = "555555555555" }
  }
}

variables {
  config     = "examples/lab/tests/keyturn.json"
  dist       = "examples/lab/tests/dist"
  disposable = true
  lab_chain  = true
  regions    = ["us-central1"]
  members = {
    co_signers = { alice = "user:alice@example.com", bob = "user:bob@example.com" }
  }
}

run "lab" {
  command = plan

  assert {
    condition     = output.buckets == { keys = "lab-1-keys", register = "lab-1-register", results = "lab-1-results", signed = "lab-1-signed", work = "lab-1-work" }
    error_message = "Bucket names derive from the deployment's."
  }

  assert {
    condition     = output.topics["deadLetters"] == "lab-1-dead-letters" && length(output.topics) == 8
    error_message = "Topic names derive from the deployment's."
  }

  assert {
    condition     = output.release_keys["alice"] == "projects/keyturn-lab/locations/us-central1/keyRings/lab-1-alice/cryptoKeys/release"
    error_message = "The key must be the one that the law names."
  }

  assert {
    condition     = output.attribute_conditions["alice"] == output.attribute_conditions["bob"]
    error_message = "All pools believe the same."
  }

  assert {
    condition     = length([for key in keys(google_project_service.main) : key if !startswith(key, "keyturn-lab ")]) == 0
    error_message = "A lab is one project."
  }
}

run "before_the_ceremony" {
  command = plan
  variables {
    config = "tests/fixtures/no-wallets.json"
  }
}

run "a_wallet_without_a_key" {
  command = plan
  variables {
    config = "examples/lab/keyturn.json"
  }

  assert {
    condition     = length(local.law.wallets) == 1 && length(local.funded) == 0
    error_message = "A wallet is written down before its key is made: it has no address to fund yet."
  }
}

run "regions_by_place" {
  command = plan
  variables {
    config  = "tests/fixtures/another-first-zone.json"
    regions = ["us-central1", "europe-west1"]
  }

  assert {
    condition     = module.operator[0].subnetwork_ranges == { us-central1 = "10.10.0.0/24", europe-west1 = "10.10.1.0/24" }
    error_message = "A region that is appended renumbers no other, whatever the alphabet says."
  }

  assert {
    condition     = local.region == "us-central1" && local.location == "US-CENTRAL1" && local.home_zones[0] == "us-central1-b"
    error_message = "Another first zone moves no bucket, no function and no node."
  }
}

run "ports_of_secret_urls" {
  command = plan
  variables {
    rpc_ports = [9545]
  }

  assert {
    condition     = local.rpc_ports == toset([8545, 9545])
    error_message = "VMs reach the ports of RPC urls, in clear or in secrets."
  }
}

run "one_co_signer" {
  command = plan
  variables {
    config    = "examples/split/tests/keyturn.json"
    regions   = ["us-central1", "us-east1"]
    connected = false
    lab_chain = false
    members = {
      co_signers = { alice = "user:alice@example.com", bob = "user:bob@example.com", carol = "user:carol@example.com" }
    }
    disposable          = false
    parts               = ["alice"]
    register_project_id = "keyturn-register"
  }

  assert {
    condition     = toset([for key in keys(google_project_service.main) : split(" ", key)[0]]) == toset(["keyturn-alice"])
    error_message = "Alice's apply touches Alice's project alone."
  }

  assert {
    condition     = output.function_uris == null && output.ledger == null
    error_message = "The operator's part is the operator's."
  }
}

run "name_too_long" {
  command = plan
  variables {
    config = "tests/fixtures/name-too-long.json"
  }
  expect_failures = [var.config]
}

run "account_elsewhere" {
  command = plan
  variables {
    config = "tests/fixtures/account-elsewhere.json"
  }
  expect_failures = [var.config]
}

run "pool_elsewhere" {
  command = plan
  variables {
    config = "tests/fixtures/pool-elsewhere.json"
  }
  expect_failures = [var.config]
}

run "image_by_tag" {
  command = plan
  variables {
    config = "tests/fixtures/image-by-tag.json"
  }
  expect_failures = [var.config]
}

run "no_subnetwork" {
  command = plan
  variables {
    config = "tests/fixtures/no-subnetwork.json"
  }
  expect_failures = [var.config]
}

run "co_signer_called_operator" {
  command = plan
  variables {
    config = "tests/fixtures/co-signer-called-operator.json"
  }
  expect_failures = [var.config]
}

run "local_endpoints" {
  command = plan
  variables {
    config = "tests/fixtures/local-endpoints.json"
  }
  expect_failures = [var.config]
}

run "event_key_elsewhere" {
  command = plan
  variables {
    config = "tests/fixtures/event-key-elsewhere.json"
  }
  expect_failures = [var.config]
}

run "rpc_key_in_the_open" {
  command = plan
  variables {
    config = "tests/fixtures/rpc-key-in-the-open.json"
  }
  expect_failures = [var.config]
}

run "configuration_must_be_there" {
  command = plan
  variables {
    config = "missing.json"
  }
  expect_failures = [var.config]
}

run "everyone_is_named" {
  command = plan
  variables {
    members = { co_signers = { alice = "user:alice@example.com" } }
  }
  expect_failures = [var.members]
}

run "acceptances_are_of_digests" {
  command = plan
  variables {
    accepted_images = { latest = "2027-01-31T00:00:00Z" }
  }
  expect_failures = [var.accepted_images]
}

run "parts_are_known" {
  command = plan
  variables {
    parts = ["dave"]
  }
  expect_failures = [var.parts]
}

run "images_by_digest" {
  command = plan
  variables {
    image_digests = ["latest"]
  }
  expect_failures = [var.image_digests]
}

run "a_plain_url_needs_a_node" {
  command = plan
  variables {
    lab_chain = false
  }
  expect_failures = [var.lab_chain]
}

run "the_node_is_in_the_network" {
  command = plan
  variables {
    config = "tests/fixtures/node-elsewhere.json"
  }
  expect_failures = [var.lab_chain]
}

run "a_locked_register_is_not_disposable" {
  command = plan
  variables {
    config              = "examples/split/tests/keyturn.json"
    regions             = ["us-central1", "us-east1"]
    lab_chain           = false
    members             = { co_signers = { alice = "user:alice@example.com", bob = "user:bob@example.com", carol = "user:carol@example.com" } }
    register_project_id = "keyturn-register"
  }
  expect_failures = [var.disposable]
}

run "the_register_is_where_the_law_says" {
  command = plan
  variables {
    register_project_id = "keyturn-register"
  }
  expect_failures = [var.register_project_id]
}

run "shares_of_another_name" {
  command = plan
  variables {
    config = "tests/fixtures/shares-of-another-name.json"
  }
  expect_failures = [var.config]
}

run "thirteen_zones" {
  command = plan
  variables {
    config = "tests/fixtures/thirteen-zones.json"
  }
  expect_failures = [var.config]
}

run "a_region_is_none" {
  command = plan
  variables {
    regions = ["us-central1-a"]
  }
  expect_failures = [var.regions]
}

run "a_region_stands_once" {
  command = plan
  variables {
    regions = ["us-central1", "us-central1"]
  }
  expect_failures = [var.regions]
}

run "a_zone_has_its_region" {
  command = plan
  variables {
    config = "tests/fixtures/another-first-zone.json"
  }
  expect_failures = [var.regions]
}

run "the_node_has_a_zone_at_home" {
  command = plan
  variables {
    regions = ["us-east1", "us-central1"]
  }
  expect_failures = [var.lab_chain]
}

run "ports_are_ports" {
  command = plan
  variables {
    rpc_ports = [0, 65536]
  }
  expect_failures = [var.rpc_ports]
}

run "the_number_is_the_projects" {
  command = plan
  override_data {
    target = data.google_project.main["keyturn-lab"]
    values = { number = "123456789013" }
  }
  expect_failures = [data.google_project.main["keyturn-lab"]]
}

run "a_node_needs_its_url" {
  command = plan
  variables {
    config              = "examples/split/tests/keyturn.json"
    disposable          = false
    members             = { co_signers = { alice = "user:alice@example.com", bob = "user:bob@example.com", carol = "user:carol@example.com" } }
    regions             = ["us-central1", "us-east1"]
    register_project_id = "keyturn-register"
  }
  expect_failures = [var.lab_chain]
}

run "the_runbook_is_a_page" {
  command = plan
  variables {
    runbook_url = "terraform/RUNBOOK.md"
  }
  expect_failures = [var.runbook_url]
}
