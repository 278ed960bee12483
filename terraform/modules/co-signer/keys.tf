# Key rings and the names in them are never deleted: a new deployment takes new names (README, clean-up).
resource "google_kms_key_ring" "main" {
  project  = var.project.id
  location = var.release_key.location
  name     = var.release_key.ring
}

# No rotation of either key. What the release key encrypts lives for days. A share at rest under the home key is renewed
# by a refresh of the shares, which a new key version would not do.
locals {
  key_names = { release = var.release_key.name, home = var.home_key_name }
  keys      = merge(google_kms_crypto_key.main, google_kms_crypto_key.disposable)
}

# Destroying the home key is destroying the share at rest; a renamed key ring would do it as a replacement. Terraform is not let: whoever
# means it takes the key out of the state first (README, clean-up).
resource "google_kms_crypto_key" "main" {
  for_each = var.disposable ? {} : local.key_names

  name     = each.value
  key_ring = "projects/${google_kms_key_ring.main.project}/locations/${google_kms_key_ring.main.location}/keyRings/${google_kms_key_ring.main.name}"
  purpose  = "ENCRYPT_DECRYPT"
  # Settable at creation only. Disabling a version is the quick stop; this is how long a destroyed one can still be brought back.
  destroy_scheduled_duration = "${var.destroy_after_days * 86400}s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.key_protection
  }

  lifecycle {
    prevent_destroy = true
  }
}

# A lab's keys, which hold nothing that is worth anything. `lifecycle` takes no variable, hence twice.
resource "google_kms_crypto_key" "disposable" {
  for_each = var.disposable ? local.key_names : {}

  name                       = each.value
  key_ring                   = "projects/${google_kms_key_ring.main.project}/locations/${google_kms_key_ring.main.location}/keyRings/${google_kms_key_ring.main.name}"
  purpose                    = "ENCRYPT_DECRYPT"
  destroy_scheduled_duration = "${var.destroy_after_days * 86400}s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.key_protection
  }
}

locals {
  key_ids = {
    for use, key in local.keys : use =>
    "${google_kms_key_ring.main.project}/${google_kms_key_ring.main.location}/${google_kms_key_ring.main.name}/${key.name}"
  }
}

# The holder encrypts; no human is given the right to decrypt with this key.
resource "google_kms_crypto_key_iam_member" "release_encrypt" {
  crypto_key_id = local.key_ids["release"]
  role          = "roles/cloudkms.cryptoKeyEncrypter"
  member        = var.member
}

# The acceptance of an image, and the only way to a share. It ends by itself: a law that k co-signers no longer renew is no longer in force.
resource "google_kms_crypto_key_iam_member" "release_decrypt" {
  for_each = local.attested

  crypto_key_id = local.key_ids["release"]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = each.value.member

  condition {
    title       = "accepted until ${each.value.until}"
    description = "An image is accepted for a time"
    expression  = "request.time < timestamp(\"${each.value.until}\")"
  }
}

# For the share at rest, which its holder can read and nobody else.
resource "google_kms_crypto_key_iam_member" "home" {
  crypto_key_id = local.key_ids["home"]
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = var.member
}

# Whoever holds the wallet ceremony encrypts each share to its holder.
resource "google_kms_crypto_key_iam_member" "home_encrypt" {
  for_each = var.home_key_encrypters

  crypto_key_id = local.key_ids["home"]
  role          = "roles/cloudkms.cryptoKeyEncrypter"
  member        = each.value
}
