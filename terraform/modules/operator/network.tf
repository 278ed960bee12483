locals {
  # By place in the list: a region more at its end renumbers no other. A range in use cannot change.
  regions = { for index, region in var.vm_regions : region => cidrsubnet(var.network_range, 8, index) }
}

# VMs have no external address. Google's services are reached by Private Google Access, and NAT serves the RPC urls alone.
resource "google_compute_network" "main" {
  project                 = var.project.id
  name                    = var.name
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
}

resource "google_compute_subnetwork" "main" {
  for_each = local.regions

  project                  = var.project.id
  region                   = each.key
  name                     = var.subnetwork
  network                  = google_compute_network.main.name
  ip_cidr_range            = each.value
  private_ip_google_access = true
}

resource "google_compute_router" "main" {
  for_each = var.nat ? local.regions : {}

  project = var.project.id
  region  = each.key
  name    = "${var.name}-nat"
  network = google_compute_network.main.name
}

resource "google_compute_router_nat" "main" {
  for_each = google_compute_router.main

  project                            = var.project.id
  region                             = each.key
  router                             = each.value.name
  name                               = "${var.name}-nat"
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = "projects/${var.project.id}/regions/${each.key}/subnetworks/${google_compute_subnetwork.main[each.key].name}"
    source_ip_ranges_to_nat = ["PRIMARY_IP_RANGE"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# A network of ours admits nobody by default; out of it goes HTTPS, and what the chain's node listens on.
resource "google_compute_firewall" "out" {
  project            = var.project.id
  name               = "${var.name}-out"
  network            = google_compute_network.main.name
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = ["0.0.0.0/0"]

  target_service_accounts = [local.account_emails["workload"]]

  allow {
    protocol = "tcp"
    ports    = [for port in sort(tolist(setunion([443], var.rpc_ports))) : tostring(port)]
  }
}

resource "google_compute_firewall" "nothing_else_out" {
  project            = var.project.id
  name               = "${var.name}-nothing-else-out"
  network            = google_compute_network.main.name
  direction          = "EGRESS"
  priority           = 65000
  destination_ranges = ["0.0.0.0/0"]

  target_service_accounts = [local.account_emails["workload"]]

  deny {
    protocol = "all"
  }
}

# How finalize and reconcile reach a node that has no public address. Google takes fewer than 21 characters here and
# counts each dash twice. The deployment's name does not always fit, but a part of its hash does.
resource "google_vpc_access_connector" "main" {
  count = var.private_chain ? 1 : 0

  project       = var.project.id
  region        = var.region
  name          = "kt-${substr(sha256(var.name), 0, 8)}"
  network       = google_compute_network.main.name
  ip_cidr_range = cidrsubnet(var.network_range, 12, 4095)
  machine_type  = "e2-micro"
  min_instances = 2
  max_instances = 3
}
