output "function_uris" {
  description = "Service roots of the functions, by function: push endpoint and audience."
  value       = { for step, one in google_cloudfunctions2_function.main : step => one.service_config[0].uri }
}

output "image_repository" {
  description = "Where the workload image is pushed."
  value       = "${google_artifact_registry_repository.main["images"].location}-docker.pkg.dev/${var.project.id}/${google_artifact_registry_repository.main["images"].repository_id}"
}

output "network" {
  description = "Name of the network of the VMs."
  value       = google_compute_network.main.name
}

output "notification_channels" {
  description = "Names of the channels that alerts of other modules in this project may use."
  value       = [for channel in google_monitoring_notification_channel.email : channel.name]
}

output "pool_id" {
  description = "Id of the operator's pool."
  value       = module.pool.pool_id
}

output "subnetwork_ranges" {
  description = "Range of each subnetwork, by region."
  value       = { for region, one in google_compute_subnetwork.main : region => one.ip_cidr_range }
}

output "topic_ids" {
  description = "Full names of the topics, by topic."
  value       = local.topic_ids
}
