output "image_repository" {
  description = "Where the workload image is pushed; null where this is not the operator's part."
  value       = module.keyturn.image_repository
}

output "release_keys" {
  description = "Release keys of the co-signers applied here."
  value       = module.keyturn.release_keys
}
