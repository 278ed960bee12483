output "attribute_conditions" {
  description = "What an attested VM must be, as CEL, by co-signer applied here."
  value       = { for name, one in module.co_signer : name => one.attribute_condition }
}

output "buckets" {
  description = "Bucket names by what they hold."
  value       = local.buckets
}

output "function_uris" {
  description = "Service roots of the functions; null where the operator's part is not applied here."
  value       = one(module.operator[*].function_uris)
}

output "image_repository" {
  description = "Where the workload image is pushed; null where the operator's part is not applied here."
  value       = one(module.operator[*].image_repository)
}

output "ledger" {
  description = "The view that finance reads; null where that part is not applied here."
  value       = one(module.finance[*].ledger)
}

output "release_keys" {
  description = "Release keys of the co-signers applied here."
  value       = { for name, one in module.co_signer : name => one.release_key }
}

output "topics" {
  description = "Topic names by topic."
  value       = local.topics
}
