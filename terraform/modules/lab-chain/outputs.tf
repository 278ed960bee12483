output "instance" {
  description = "Google's number of the VM: another one is another chain, from its genesis."
  value       = google_compute_instance.main.instance_id
}

output "rpc_url" {
  description = "Where the node answers, from inside the network."
  value       = "http://${google_compute_instance.main.network_interface[0].network_ip}:${var.port}"
}
