mock_provider "google" {}

variables {
  accepted_images = {
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" = "2027-01-31T00:00:00Z"
  }
  bucket             = { create = true, location = "US-CENTRAL1", name = "keyturn-alice-shares", project_id = "keyturn-alice" }
  deployment         = "pay"
  listers            = { collect = "serviceAccount:pay-collect@keyturn-operator.iam.gserviceaccount.com" }
  member             = "user:alice@example.com"
  name               = "alice"
  pool               = { pool_id = "pay-alice", provider_id = "confidential-space" }
  prediction_readers = { finalize = "serviceAccount:pay-finalize@keyturn-operator.iam.gserviceaccount.com" }
  project            = { id = "keyturn-alice", number = "222222222222" }
  release_key        = { location = "us-central1", name = "release", ring = "pay-alice" }
  topics = {
    request_events = "projects/keyturn-operator/topics/pay-request-events"
    shares         = "projects/keyturn-operator/topics/pay-shares"
  }
  vm = { project_number = "111111111111", service_account = "pay-workload@keyturn-operator.iam.gserviceaccount.com" }
}

run "own_bucket" {
  command = plan

  assert {
    condition     = output.release_key == "projects/keyturn-alice/locations/us-central1/keyRings/pay-alice/cryptoKeys/release"
    error_message = "The key must be the one that the law names."
  }

  assert {
    condition     = google_kms_crypto_key.main["release"].version_template[0].protection_level == "HSM"
    error_message = "HSM unless something else is asked for."
  }

  assert {
    condition     = alltrue([for one in google_kms_crypto_key_iam_member.release_decrypt : one.condition[0].expression == "request.time < timestamp(\"2027-01-31T00:00:00Z\")"])
    error_message = "An acceptance has an end."
  }

  assert {
    condition     = alltrue([for one in google_kms_crypto_key_iam_member.release_decrypt : startswith(one.member, "principalSet://iam.googleapis.com/projects/222222222222/locations/global/workloadIdentityPools/pay-alice/attribute.image_digest/sha256:")])
    error_message = "Only the co-signer's own pool opens the co-signer's key, and only for a digest."
  }

  assert {
    condition     = google_storage_notification.shares[0].topic == "projects/keyturn-operator/topics/pay-shares" && google_storage_notification.shares[0].payload_format == "JSON_API_V1"
    error_message = "Uploads are announced, with a body."
  }

  assert {
    condition     = google_storage_bucket_iam_member.main["finalize get"].role == "projects/keyturn-alice/roles/keyturn.pay.alice.get" && google_storage_bucket_iam_member.main["finalize get"].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/keyturn-alice-shares/objects/predictions/\")"
    error_message = "Whoever compares predictions reads them alone, and no share."
  }

  assert {
    condition     = google_storage_bucket_iam_member.main["collect list"].role == "projects/keyturn-alice/roles/keyturn.pay.alice.see"
    error_message = "The operator's functions see names only."
  }

  assert {
    condition     = output.request_events == "pay-request-events-alice"
    error_message = "Alice has a subscription of her own."
  }

  assert {
    condition     = google_project_iam_audit_config.main["cloudkms.googleapis.com"].project == "keyturn-alice"
    error_message = "Each use of the key is logged, in the co-signer's project."
  }
}

run "before_the_operator" {
  command = plan
  variables {
    accepted_images = {}
    connected       = false
  }

  assert {
    condition     = length(google_storage_notification.shares) == 0 && length(google_pubsub_subscription.request_events) == 0 && length(google_kms_crypto_key_iam_member.release_decrypt) == 0
    error_message = "The first apply needs nothing of the operator's."
  }

  assert {
    condition     = join(",", keys(google_storage_bucket_iam_member.main)) == "alice append"
    error_message = "Accounts that are not there yet cannot be granted anything."
  }
}

run "shared_bucket" {
  command = plan
  variables {
    audit_logs     = false
    bucket         = { create = false, name = "lab-keys", prefix = "alice/", project_id = "keyturn-lab" }
    key_protection = "SOFTWARE"
  }

  assert {
    condition     = length(google_storage_bucket.main) == 0 && length(google_storage_notification.shares) == 0 && length(google_project_iam_audit_config.main) == 0
    error_message = "Bucket, notification and audit setting of a shared project are made once, elsewhere."
  }

  assert {
    condition     = google_storage_bucket_iam_member.main["alice append"].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/lab-keys/objects/alice/\")"
    error_message = "Create and get stop at the prefix."
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.main["alice list"].condition) == 0 && google_storage_bucket_iam_member.main["alice list"].role == "projects/keyturn-lab/roles/keyturn.pay.alice.see"
    error_message = "Listing cannot be limited to a prefix."
  }

  assert {
    condition     = google_storage_bucket_iam_member.main["attested aaaaaaaaaaaa read"].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/lab-keys/objects/alice/\") && request.time < timestamp(\"2027-01-31T00:00:00Z\")"
    error_message = "Alice's pool opens Alice's shares, for as long as the image is accepted."
  }
}

run "rolling_out" {
  command = plan
  variables {
    accepted_images = {
      "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" = "2027-01-31T00:00:00Z"
      "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" = "2027-07-31T00:00:00Z"
    }
    home_key_encrypters = ["user:operator@example.com"]
  }

  assert {
    condition     = length(google_kms_crypto_key_iam_member.release_decrypt) == 2 && length(google_kms_crypto_key_iam_member.home_encrypt) == 1
    error_message = "Two images overlap, each with its own end."
  }
}

run "acceptances" {
  command = plan
  variables {
    accepted_images = { "latest" = "next year" }
  }
  expect_failures = [var.accepted_images]
}

run "an_acceptance_ends_at_a_real_moment" {
  command = plan
  variables {
    accepted_images = { "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" = "2027-13-31T00:00:00Z" }
  }
  expect_failures = [var.accepted_images]
}

run "three_images_are_too_many" {
  command = plan
  variables {
    accepted_images = {
      "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" = "2027-01-31T00:00:00Z"
      "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" = "2027-01-31T00:00:00Z"
      "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" = "2027-01-31T00:00:00Z"
    }
  }
  expect_failures = [var.accepted_images]
}

run "a_shared_bucket_needs_a_prefix" {
  command = plan
  variables {
    bucket = { create = false, name = "lab-keys", project_id = "keyturn-lab" }
  }
  expect_failures = [var.bucket]
}

run "a_prefix_cannot_break_out_of_its_condition" {
  command = plan
  variables {
    bucket = { create = false, name = "lab-keys", prefix = "\") || true || (\"/", project_id = "keyturn-lab" }
  }
  expect_failures = [var.bucket]
}

run "nobody_public_and_nothing_global" {
  command = plan
  variables {
    destroy_after_days  = 0
    home_key_encrypters = ["allUsers"]
    key_protection      = "EXTERNAL"
    listers             = { everyone = "allUsers" }
    member              = "allAuthenticatedUsers"
    prediction_readers  = { everyone = "allUsers" }
    project             = { id = "keyturn-alice", number = "keyturn-alice" }
    release_key         = { location = "global", name = "release", ring = "pay-alice" }
    share_days          = 1
    topics              = { request_events = "pay-request-events", shares = "pay-shares" }
  }
  expect_failures = [
    var.destroy_after_days, var.home_key_encrypters, var.key_protection, var.listers, var.member, var.prediction_readers, var.project, var.release_key,
    var.share_days, var.topics,
  ]
}

run "names_fit_googles_limits" {
  command = plan
  variables {
    deployment = "Pay"
  }
  expect_failures = [var.deployment]
}

run "names_are_the_laws" {
  command = plan
  variables {
    name = "Alice"
  }
  expect_failures = [var.name]
}

run "the_longest_names_make_role_ids" {
  command = plan
  variables {
    deployment = "a-name-of-twenty-cha"
    name       = "a-co-signer-with-a-name-of-thir"
  }

  assert {
    condition     = alltrue([for role in google_project_iam_custom_role.main : can(regex("^[a-zA-Z0-9_.]{3,64}$", role.role_id))])
    error_message = "A role id has at most 64 characters."
  }
}

run "an_own_bucket_needs_a_location" {
  command = plan
  variables {
    bucket = { create = true, name = "keyturn-alice-shares", project_id = "keyturn-alice" }
  }
  expect_failures = [var.bucket]
}

run "a_bucket_name_is_googles" {
  command = plan
  variables {
    bucket = { create = true, location = "US-CENTRAL1", name = "Shares", project_id = "keyturn-alice" }
  }
  expect_failures = [var.bucket]
}

run "a_key_name_is_googles" {
  command = plan
  variables {
    release_key = { location = "us-central1", name = "release/key", ring = "pay-alice" }
  }
  expect_failures = [var.release_key]
}
