output "rpc_url" {
  description = "Where the node answers, from inside the network."
  value       = "http://${google_compute_instance.main.network_interface[0].network_ip}:${var.port}"
}
