# The key whose signature says that finalize or reconcile said an event. It opens nothing and moves no money. A law without event keys has none.
resource "google_kms_key_ring" "events" {
  count = var.event_key == null ? 0 : 1

  project  = var.project.id
  location = var.event_key.location
  name     = var.event_key.ring
}

# Cloud KMS rotates no asymmetric key by itself: a second version is made by hand, and the law names it first (docs/formats.md, "Signed events").
# Destroying a version ends its signing alone: its public key stays in the law, and what it signed can still be verified.
resource "google_kms_crypto_key" "events" {
  count = var.event_key == null ? 0 : 1

  name     = var.event_key.name
  key_ring = "projects/${google_kms_key_ring.events[0].project}/locations/${google_kms_key_ring.events[0].location}/keyRings/${google_kms_key_ring.events[0].name}"
  purpose  = "ASYMMETRIC_SIGN"
  # Settable at creation only, and Google's own default.
  destroy_scheduled_duration = "${30 * 86400}s"

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = var.key_protection
  }
}

# To sign, and not to see or change the key. Nobody else: what these two say is what finance and dApps act on.
resource "google_kms_crypto_key_iam_member" "events" {
  for_each = var.event_key == null ? toset([]) : toset(["finalize", "reconcile"])

  crypto_key_id = "${google_kms_key_ring.events[0].project}/${google_kms_key_ring.events[0].location}/${google_kms_key_ring.events[0].name}/${google_kms_crypto_key.events[0].name}"
  role          = "roles/cloudkms.signer"
  member        = local.account_members[each.key]
}
