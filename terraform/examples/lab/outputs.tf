output "image_repository" {
  description = "Where the workload image is pushed."
  value       = module.keyturn.image_repository
}

output "ledger" {
  description = "The view that finance reads."
  value       = module.keyturn.ledger
}
