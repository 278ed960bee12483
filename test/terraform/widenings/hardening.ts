import { type Batch, before, FILES } from './widening.ts';

const NOTHING_ELSE = 'resource "google_compute_firewall" "nothing_else_out" {';

/** What is no right of anybody's, and lets in or out all the same. */
export const LAB_HARDENING: Batch = {
  name: 'network, machines, keys and images of the lab',
  example: 'lab',
  inTable: false,
  widenings: [
    {
      what: 'functions that anybody reaches',
      file: FILES.functions,
      from: 'ingress_settings = "ALLOW_INTERNAL_ONLY"',
      to: 'ingress_settings = "ALLOW_ALL"',
      message: /ingress_settings must be ALLOW_INTERNAL_ONLY/,
    },
    {
      what: 'tags of the image that move',
      file: FILES.images,
      from: 'immutable_tags = true',
      to: 'immutable_tags = false',
      message: /main\["images"\]: immutable_tags must be true/,
    },
    {
      what: 'every port open outwards',
      file: FILES.network,
      from: 'ports    = [for port in sort(tolist(setunion([443], var.rpc_ports))) : tostring(port)]',
      to: 'ports    = ["1-65535"]',
      message: /lets tcp out to 1-65535: only tcp to 443, 8545 is used/,
    },
    {
      what: 'subnetworks that Google makes',
      file: FILES.network,
      from: 'auto_create_subnetworks = false',
      to: 'auto_create_subnetworks = true',
      message: /auto_create_subnetworks must be false/,
    },
    {
      what: "no private way to Google's services",
      file: FILES.network,
      from: 'private_ip_google_access = true',
      to: 'private_ip_google_access = false',
      message: /private_ip_google_access must be true/,
    },
    {
      what: 'the Internet let in by its two halves',
      file: FILES.network,
      ...before(
        NOTHING_ELSE,
        `resource "google_compute_firewall" "in" {
  project       = var.project.id
  name          = "\${var.name}-in"
  network       = google_compute_network.main.name
  direction     = "INGRESS"
  source_ranges = ["0.0.0.0/1", "128.0.0.0/1"]

  allow {
    protocol = "tcp"
  }
}
`,
      ),
      message: /lets 2147483648 addresses of the Internet in: 128\.0\.0\.0\/1/,
    },
    {
      what: 'a node with an external address',
      file: FILES.chain,
      from: 'network_ip = var.address',
      to: 'network_ip = var.address\n    access_config {}',
      message: /google_compute_instance\.main: has an external address/,
    },
    {
      what: 'a node with scopes',
      file: FILES.chain,
      from: 'scopes = []',
      to: 'scopes = ["cloud-platform"]',
      message: /has the scopes cloud-platform: a machine of ours that is no turn needs none/,
    },
    {
      what: 'a node without secure boot',
      file: FILES.chain,
      from: 'enable_secure_boot          = true',
      to: 'enable_secure_boot          = false',
      message: /enable_secure_boot must be true/,
    },
    {
      what: 'attestation without secure boot',
      file: FILES.attested,
      from: '    "assertion.secboot == true",\n',
      to: '',
      message: /google_iam_workload_identity_pool_provider\.main: lets in no secure boot/,
    },
    {
      what: 'attestation with more of an environment',
      file: FILES.attested,
      from: 'env_override.all(name, name in',
      to: 'env_override.exists(name, name in',
      message: /lets in one more environment value/,
    },
    {
      what: 'one more audience of a provider',
      file: FILES.attested,
      from: 'allowed_audiences = ["https://sts.googleapis.com"]',
      to: 'allowed_audiences = ["https://sts.googleapis.com", "keyturn/v1/seal"]',
      message: /the audience must be https:\/\/sts\.googleapis\.com, which the launcher writes/,
    },
    {
      what: 'pushes without an audience',
      file: FILES.subscriptions,
      from: '      audience              = google_cloudfunctions2_function.main[each.key].service_config[0].uri\n',
      to: '',
      message: /the audience must be https:\/\/lab-1-intake\S*, the root of intake/,
    },
    {
      what: 'deleted shares that stay for a week',
      file: FILES.buckets,
      from: 'name                        = var.buckets.keys\n  location                    = var.location\n  uniform_bucket_level_access = true\n  public_access_prevention    = "enforced"\n  force_destroy               = var.disposable\n\n  soft_delete_policy {\n    retention_duration_seconds = 0',
      to: 'name                        = var.buckets.keys\n  location                    = var.location\n  uniform_bucket_level_access = true\n  public_access_prevention    = "enforced"\n  force_destroy               = var.disposable\n\n  soft_delete_policy {\n    retention_duration_seconds = 604800',
      message: /google_storage_bucket\.keys\[0\]: soft delete must be 0/,
    },
  ],
};

/** What a rule that is gone cannot show beside one that is added in its place. */
export const SPLIT_HARDENING: Batch = {
  name: 'what goes out where each party has a project',
  example: 'split',
  inTable: false,
  widenings: [
    {
      what: 'everything goes out',
      file: FILES.network,
      from: NOTHING_ELSE,
      to: 'resource "google_compute_firewall" "nothing_else_out" {\n  count = 0',
      message: /0 egress rules deny, exactly one must/,
    },
  ],
};
