/** A small, correct configuration, and mistakes to make in it, one at a time. Types are those that terraform/ uses, so that the schema has them. */
export const CORRECT = `
terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

variable "name" {
  type = string

  validation {
    condition     = length(var.name) <= 20
    error_message = "A name has at most 20 characters."
  }
}

resource "google_storage_bucket" "main" {
  name                        = "\${var.name}-keys"
  location                    = "EU"
  uniform_bucket_level_access = true

  soft_delete_policy {
    retention_duration_seconds = 0
  }
}

resource "google_pubsub_schema" "main" {
  name       = var.name
  type       = "AVRO"
  definition = "{}"
}

resource "google_pubsub_topic" "main" {
  name = var.name
}

resource "google_pubsub_subscription" "main" {
  name                 = "\${var.name}-push"
  topic                = google_pubsub_topic.main.name
  ack_deadline_seconds = 60

  expiration_policy {
    ttl = ""
  }
}
`;

export const CORRECT_TEST = `
mock_provider "google" {}

run "plan" {
  command = plan
  variables {
    name = "lab"
  }
  assert {
    condition     = google_pubsub_subscription.main.ack_deadline_seconds == 60
    error_message = "The deadline must be 60 s."
  }
}

run "long_names_are_refused" {
  command = plan
  variables {
    name = "a-name-of-more-than-twenty-characters"
  }
  expect_failures = [var.name]
}
`;

export interface Mistake {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly message: RegExp;
}

/** What `terraform validate` must find. */
export const INVALID: readonly Mistake[] = [
  {
    what: 'a misspelt argument',
    from: 'uniform_bucket_level_access = true',
    to: 'uniform_bucket_access = true',
    message: /Unsupported argument: An argument named "uniform_bucket_access" is not expected here/,
  },
  {
    what: 'a required argument left out',
    from: 'location                    = "EU"',
    to: '',
    message: /Missing required argument: The argument "location" is required/,
  },
  {
    what: 'a type that does not exist',
    from: 'resource "google_pubsub_schema"',
    to: 'resource "google_pubsub_schemas"',
    message: /Invalid resource type.*google_pubsub_schemas/,
  },
  {
    what: 'a misspelt block',
    from: 'expiration_policy {',
    to: 'expiry_policy {',
    message: /Unsupported block type: Blocks of type "expiry_policy" are not expected here/,
  },
  {
    what: 'a text where a number belongs',
    from: 'ack_deadline_seconds = 60',
    to: 'ack_deadline_seconds = "soon"',
    message: /Incorrect attribute value type.*a number is required/,
  },
  {
    what: 'a block twice that may stand once',
    from: 'soft_delete_policy {',
    to: 'soft_delete_policy {\n  }\n  soft_delete_policy {',
    message: /Too many soft_delete_policy blocks/,
  },
  {
    what: 'a value that Google decides',
    from: 'uniform_bucket_level_access = true',
    to: 'uniform_bucket_level_access = true\n  self_link = "x"',
    message: /Value for unconfigurable attribute: self_link/,
  },
  {
    what: 'a value outside the list in the documentation',
    from: '"AVRO"',
    to: '"AVROO"',
    message: /expected type to be one of .*AVRO.*, got AVROO/,
  },
  {
    what: 'a reference to what a topic does not have',
    from: 'google_pubsub_topic.main.name',
    to: 'google_pubsub_topic.main.title',
    message: /Unsupported attribute.*"title"/,
  },
  {
    what: 'a variable that nobody declared',
    from: 'name = var.name\n}',
    to: 'name = var.nmae\n}',
    message: /Reference to undeclared input variable/,
  },
];

/** What `terraform test` must find. */
export const FAILING: readonly Mistake[] = [
  {
    what: 'an assertion that does not hold',
    from: 'ack_deadline_seconds = 60',
    to: 'ack_deadline_seconds = 10',
    message: /Test assertion failed: The deadline must be 60 s/,
  },
  {
    what: 'a validation that does not bite',
    from: 'length(var.name) <= 20',
    to: 'length(var.name) <= 200',
    message: /Missing expected failure: .*var\.name/,
  },
];
