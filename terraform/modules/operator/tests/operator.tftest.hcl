mock_provider "google" {
  override_resource {
    target          = google_cloudfunctions2_function.main["intake"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-intake-h4sh-uc.a.run.app" } }
  }
  override_resource {
    target          = google_cloudfunctions2_function.main["launch"]
    override_during = plan
    values          = { service_config = { uri = "https://lab-launch-h4sh-uc.a.run.app" } }
  }
}

variables {
  accounts = {
    build     = "lab-build"
    collect   = "lab-collect"
    finalize  = "lab-finalize"
    intake    = "lab-intake"
    launch    = "lab-launch"
    push      = "lab-push"
    reconcile = "lab-reconcile"
    workload  = "lab-workload"
  }
  alert_emails = ["operator@example.com"]
  # Any file does: a plan only takes its hash.
  archives = {
    collect   = "variables.tf"
    finalize  = "variables.tf"
    intake    = "variables.tf"
    launch    = "variables.tf"
    reconcile = "variables.tf"
  }
  buckets    = { keys = "lab-keys", results = "lab-results", signed = "lab-signed", work = "lab-work" }
  co_signers = { alice = { bucket_project_number = "123456789012", member = "user:alice@example.com" } }
  config     = "{}"
  image_digests = [
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ]
  location = "US-CENTRAL1"
  members = {
    dapps     = ["serviceAccount:dapp@example.iam.gserviceaccount.com"]
    finance   = ["group:finance@example.com"]
    operators = ["user:operator@example.com"]
  }
  name              = "lab"
  operations        = "{}"
  pool              = { pool_id = "lab-operator", provider_id = "confidential-space" }
  project           = { id = "keyturn-lab", number = "123456789012" }
  region            = "us-central1"
  register          = { locked = false, retention_seconds = 0 }
  repository        = { id = "lab-images", location = "us-central1" }
  rpc_secrets       = ["lab-rpc-a"]
  shared_key_bucket = true
  subnetwork        = "lab"
  wallets           = ["treasury"]
  topics = {
    approved            = "lab-approved"
    deadLetters         = "lab-dead-letters"
    receipts            = "lab-receipts"
    requestEvents       = "lab-request-events"
    shares              = "lab-shares"
    submitted           = "lab-submitted"
    ticks               = "lab-ticks"
    transactionRequests = "lab-transaction-requests"
  }
  vm_regions = ["us-central1"]
  zones      = ["us-central1-a", "us-central1-b"]
}

run "network" {
  command = plan
  variables {
    name       = "a-b-c-d-e-f-g-h-i-j"
    rpc_ports  = [8545]
    vm_regions = ["us-central1", "europe-west1"]
  }

  assert {
    condition     = toset(one(google_compute_firewall.out.allow).ports) == toset(["443", "8545"])
    error_message = "VMs reach HTTPS and the ports of RPC urls."
  }

  assert {
    condition     = google_compute_subnetwork.main["us-central1"].ip_cidr_range == "10.10.0.0/24" && google_compute_subnetwork.main["europe-west1"].ip_cidr_range == "10.10.1.0/24"
    error_message = "Ranges go by place: a region more renumbers no other."
  }
}

run "no_event_key" {
  command = plan

  assert {
    condition     = length(google_kms_key_ring.events) + length(google_kms_crypto_key.events) + length(google_kms_crypto_key_iam_member.events) == 0
    error_message = "A law that names no event key has none, and nobody may sign."
  }
}

run "event_key" {
  command = plan
  variables {
    event_key      = { location = "us-central1", name = "events", ring = "lab-events" }
    key_protection = "SOFTWARE"
  }

  assert {
    condition     = google_kms_crypto_key.events[0].purpose == "ASYMMETRIC_SIGN" && google_kms_crypto_key.events[0].version_template[0].algorithm == "EC_SIGN_P256_SHA256"
    error_message = "It signs, as schemas/event-keys.ts verifies."
  }

  assert {
    condition     = toset([for one in google_kms_crypto_key_iam_member.events : "${one.role} ${one.member}"]) == toset(["roles/cloudkms.signer serviceAccount:lab-finalize@keyturn-lab.iam.gserviceaccount.com", "roles/cloudkms.signer serviceAccount:lab-reconcile@keyturn-lab.iam.gserviceaccount.com"])
    error_message = "finalize and reconcile sign, and nobody else."
  }
}

run "protection_is_known" {
  command = plan
  variables {
    key_protection = "EXTERNAL"
  }
  expect_failures = [var.key_protection]
}

run "a_connectors_name_is_short" {
  command = plan
  variables {
    name          = "a-b-c-d-e-f-g-h-i-j"
    private_chain = true
  }

  assert {
    condition     = length(replace(google_vpc_access_connector.main[0].name, "-", "--")) < 21
    error_message = "Google counts a dash twice and takes fewer than 21."
  }
}

run "plan" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.push["intake"].push_config[0].oidc_token[0].audience == "https://lab-intake-h4sh-uc.a.run.app"
    error_message = "The audience is the service root of that function."
  }

  assert {
    condition     = google_pubsub_subscription.push["launch"].push_config[0].push_endpoint == "https://lab-launch-h4sh-uc.a.run.app"
    error_message = "The endpoint is the service root of that function."
  }

  assert {
    condition     = alltrue([for step, one in google_cloudfunctions2_function.main : one.service_config[0].timeout_seconds < google_pubsub_subscription.push[step].ack_deadline_seconds])
    error_message = "A function must stop before its push is given up, or the same message comes in beside it."
  }

  assert {
    condition     = alltrue([for step, one in google_pubsub_subscription.push : length(one.dead_letter_policy) == (step == "reconcile" ? 0 : 1)])
    error_message = "Every feed but the ticks has dead letters."
  }

  assert {
    condition     = alltrue([for one in merge(google_pubsub_subscription.push, google_pubsub_subscription.pull) : one.expiration_policy[0].ttl == ""])
    error_message = "No subscription may expire."
  }

  assert {
    condition     = alltrue([for key, one in google_storage_bucket_iam_member.main : !strcontains(key, "keys") || endswith(one.role, ".list")])
    error_message = "No function and no operator reads a share."
  }

  assert {
    condition     = alltrue([for one in google_cloudfunctions2_function.main : keys(one.service_config[0].environment_variables) == tolist(["KEYTURN_CONFIG", "NODE_OPTIONS"])])
    error_message = "Functions get one environment value to read, and one for Node."
  }

  assert {
    condition     = alltrue([for one in google_cloudfunctions2_function.main : one.service_config[0].environment_variables["NODE_OPTIONS"] == "--max-old-space-size=256 --max-semi-space-size=4"])
    error_message = "Node must be told how large its heap may be, and nothing else."
  }

  assert {
    condition     = length(google_storage_bucket.kept["signed"].retention_policy) == 0 && length(google_storage_bucket.kept["results"].retention_policy) == 0
    error_message = "A lab keeps nothing, so that it can be destroyed."
  }
}

run "first_apply_has_no_image" {
  command = plan
  variables {
    image_digests = []
  }

  assert {
    condition     = !anytrue([for one in google_storage_bucket_iam_member.main : startswith(one.member, "principalSet:")])
    error_message = "Without an accepted image nothing is granted to any."
  }
}

run "two_images_while_rolling_out" {
  command = plan
  variables {
    image_digests = [
      "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    ]
  }

  assert {
    condition     = length([for one in google_storage_bucket_iam_member.main : one if startswith(one.member, "principalSet:") && one.bucket == "lab-work"]) == 2
    error_message = "Both images work while one follows the other."
  }
}

run "locked_signed_bytes" {
  command = plan
  variables {
    register          = { locked = true, retention_seconds = 2592000 }
    shared_key_bucket = false
  }

  assert {
    condition     = google_storage_bucket.kept["signed"].retention_policy[0].is_locked && google_storage_bucket.kept["signed"].force_destroy == false
    error_message = "Signed bytes are kept as the register is."
  }

  assert {
    condition     = length(google_storage_bucket.keys) == 0
    error_message = "Where each co-signer has a bucket, the operator has none."
  }
}

run "private_chain_has_a_connector" {
  command = plan
  variables {
    private_chain = true
  }

  assert {
    condition     = length(google_vpc_access_connector.main) == 1 && google_cloudfunctions2_function.main["reconcile"].service_config[0].vpc_connector_egress_settings == "PRIVATE_RANGES_ONLY"
    error_message = "Functions reach a private node through a connector only."
  }
}

run "images_by_digest_only" {
  command = plan
  variables {
    image_digests = ["latest"]
  }
  expect_failures = [var.image_digests]
}

run "three_images_are_too_many" {
  command = plan
  variables {
    image_digests = [
      "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
      "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
    ]
  }
  expect_failures = [var.image_digests]
}

run "nobody_public" {
  command = plan
  variables {
    members    = { dapps = ["allUsers"] }
    co_signers = { alice = { bucket_project_number = "1", member = "allAuthenticatedUsers" } }
  }
  expect_failures = [var.members, var.co_signers]
}

run "names_fit_googles_limits" {
  command = plan
  variables {
    name           = "a-name-of-twenty-one-c"
    project        = { id = "keyturn-lab", number = "keyturn-lab" }
    region         = "us-central1-a"
    zones          = ["us-central1"]
    vm_regions     = ["us-central1", "us-central1"]
    network_range  = "10.10.0.0/24"
    share_days     = 1
    alert_emails   = ["nobody"]
    topics         = { approved = "lab-approved" }
    accounts       = { build = "b" }
    archives       = { intake = "variables.tf" }
    warm_instances = 0
  }
  expect_failures = [
    var.accounts, var.alert_emails, var.archives, var.name, var.network_range, var.project, var.region, var.share_days, var.topics,
    var.vm_regions, var.zones,
  ]
}

run "telemetry_is_off_by_default" {
  command = plan
  assert {
    condition     = alltrue([for one in google_cloudfunctions2_function.main : join(",", keys(one.service_config[0].environment_variables)) == "KEYTURN_CONFIG,NODE_OPTIONS"])
    error_message = "Without otlp_endpoint a function must be told of no collector."
  }
}

run "telemetry_goes_where_the_operator_says" {
  command = plan
  variables {
    otlp_endpoint = "https://collector.example:4318/otlp"
  }
  assert {
    condition = alltrue([
      for one in google_cloudfunctions2_function.main :
      one.service_config[0].environment_variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://collector.example:4318/otlp"
    ])
    error_message = "Each function must be told where the collector is."
  }
}

run "a_collector_url_carries_no_credential" {
  command = plan
  variables {
    otlp_endpoint = "https://name:password@collector.example"
  }
  expect_failures = [var.otlp_endpoint]
}

run "a_collector_is_reached_by_https" {
  command = plan
  variables {
    otlp_endpoint = "http://collector.example:4318"
  }
  expect_failures = [var.otlp_endpoint]
}

run "archives_must_be_built" {
  command = plan
  variables {
    archives = {
      collect   = "missing.zip"
      finalize  = "variables.tf"
      intake    = "variables.tf"
      launch    = "variables.tf"
      reconcile = "variables.tf"
    }
  }
  expect_failures = [var.archives]
}

run "configuration_fits_an_environment_value" {
  command = plan
  variables {
    config                 = join("", [for n in range(1000) : "0123456789012345678901234567890123456789"])
    results_retention_days = 0.5
  }
  expect_failures = [var.config, var.results_retention_days]
}

run "account_ids_fit" {
  command = plan
  variables {
    accounts = {
      build     = "lab-build"
      collect   = "lab-collect"
      finalize  = "lab-finalize"
      intake    = "lab-intake"
      launch    = "lab-launch"
      push      = "lab-push"
      reconcile = "a-name-of-twenty-chars-reconcile"
      workload  = "lab-workload"
    }
    runbook_url = "http://runbook.example.com"
  }
  expect_failures = [var.accounts, var.runbook_url]
}
