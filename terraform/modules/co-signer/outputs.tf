output "attribute_condition" {
  description = "What an attested VM must be before this co-signer's pool believes it."
  value       = module.pool.attribute_condition
}

output "home_key" {
  description = "The key for the share at rest."
  value       = "${google_kms_crypto_key.main["home"].key_ring}/cryptoKeys/${google_kms_crypto_key.main["home"].name}"
}

output "release_key" {
  description = "The release key, as law.coSigners names it."
  value       = "${google_kms_crypto_key.main["release"].key_ring}/cryptoKeys/${google_kms_crypto_key.main["release"].name}"
}

output "request_events" {
  description = "Name of this co-signer's subscription to request events; null before it is connected."
  value       = one(google_pubsub_subscription.request_events[*].name)
}
