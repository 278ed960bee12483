output "attribute_condition" {
  description = "What an attested VM must be, as CEL over the claims of its token."
  value       = google_iam_workload_identity_pool_provider.main.attribute_condition
}

output "pool_id" {
  description = "Id of the pool. Known once the provider is there: nothing should be granted to a pool that admits nobody yet."
  value       = google_iam_workload_identity_pool_provider.main.workload_identity_pool_id
}
