mock_provider "google" {}

variables {
  owner              = "alice"
  pool_id            = "lab-alice"
  project_id         = "keyturn-lab"
  provider_id        = "confidential-space"
  vm_project_number  = "123456789012"
  vm_service_account = "lab-workload@keyturn-lab.iam.gserviceaccount.com"
}

run "condition_and_mapping" {
  command = plan

  assert {
    condition     = length(split(" && ", output.attribute_condition)) >= 10
    error_message = "All ten clauses must be there."
  }

  assert {
    condition     = strcontains(output.attribute_condition, "assertion.google_service_accounts == ['lab-workload@keyturn-lab.iam.gserviceaccount.com']")
    error_message = "Only the workload's own account may be attached, and no other beside it."
  }

  assert {
    condition     = strcontains(output.attribute_condition, "env_override.all(name, name in ['KEYTURN_TURN'])")
    error_message = "Nothing but the turn may come from metadata."
  }

  assert {
    condition     = !strcontains(google_iam_workload_identity_pool_provider.main.attribute_mapping["google.subject"], "assertion.sub+")
    error_message = "assertion.sub passes 127 bytes."
  }
}

run "quotes_cannot_enter_the_condition" {
  command = plan
  variables {
    allowed_env        = ["A'] || true || 'x' in ['"]
    hardware_models    = []
    vm_project_number  = "1' || '1' == '1"
    vm_service_account = "nobody' || true"
  }
  expect_failures = [var.allowed_env, var.hardware_models, var.vm_project_number, var.vm_service_account]
}

run "hardware_must_be_confidential" {
  command = plan
  variables {
    hardware_models = ["GCP_SHIELDED_VM"]
  }
  expect_failures = [var.hardware_models]
}

run "ids_are_googles" {
  command = plan
  variables {
    pool_id     = "gcp-pool"
    provider_id = "abc"
  }
  expect_failures = [var.pool_id, var.provider_id]
}
