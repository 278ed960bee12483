output "attribute_condition" {
  description = "What an attested VM must be before this co-signer's pool believes it."
  value       = module.pool.attribute_condition
}

output "home_key" {
  description = "The key for the share at rest."
  value       = "${local.keys["home"].key_ring}/cryptoKeys/${local.keys["home"].name}"
}

output "release_key" {
  description = "The release key, as law.coSigners names it."
  value       = "${local.keys["release"].key_ring}/cryptoKeys/${local.keys["release"].name}"
}

output "request_events" {
  description = "Name of this co-signer's subscription to request events; null before it is connected."
  value       = one(google_pubsub_subscription.request_events[*].name)
}
