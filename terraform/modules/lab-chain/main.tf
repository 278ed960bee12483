# A chain to practise on, in place of the codelab's Ganache: one small VM without an external address, with an Ethereum
# development node. Its blocks are nobody's truth but the lab's. Every wallet of the law is funded in its genesis. It
# forgets everything when it restarts, and when the wallets change.

locals {
  genesis = {
    config = merge(
      { chainId = var.chain_id, terminalTotalDifficulty = 0, terminalTotalDifficultyPassed = true, shanghaiTime = 0, cancunTime = 0 },
      {
        for fork in [
          "homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul", "berlin", "london",
        ] : "${fork}Block" => 0
      },
    )
    nonce         = "0x0"
    timestamp     = "0x0"
    extraData     = "0x"
    gasLimit      = "0x1c9c380"
    difficulty    = "0x0"
    mixHash       = "0x0000000000000000000000000000000000000000000000000000000000000000"
    coinbase      = "0x0000000000000000000000000000000000000000"
    baseFeePerGas = "0x3b9aca00"
    alloc         = { for address in var.funded : address => { balance = var.balance_wei } }
  }

  # Container-Optimized OS starts the node as a service of its own: the agent that ran containers from metadata is deprecated.
  start = {
    write_files = [
      { path = "/etc/keyturn/genesis.json", permissions = "0644", content = jsonencode(local.genesis) },
      {
        path        = "/etc/systemd/system/chain.service"
        permissions = "0644"
        content     = templatefile("${path.module}/chain.service.tftpl", { chain_id = var.chain_id, image = var.image, port = var.port })
      },
    ]
    runcmd = ["systemctl daemon-reload", "systemctl start chain.service"]
  }
  user_data = "#cloud-config\n${yamlencode(local.start)}"
}

# A new wallet is a new genesis, and cloud-init reads it at the first boot alone. Changed in place, the wallet would
# have nothing for ever.
resource "terraform_data" "start" {
  input = sha256(local.user_data)
}

# No role at all: the node needs nothing of Google's.
resource "google_service_account" "main" {
  project      = var.project_id
  account_id   = "${var.name}-chain"
  display_name = "keyturn ${var.name}: Ethereum development node"
}

resource "google_compute_instance" "main" {
  project                   = var.project_id
  zone                      = var.zone
  name                      = "${var.name}-chain"
  machine_type              = "e2-small"
  allow_stopping_for_update = true
  labels                    = { keyturn-chain = var.name }

  boot_disk {
    initialize_params {
      image = "projects/cos-cloud/global/images/family/cos-stable"
      size  = 12
    }
  }

  # No access_config: no external address. The node's own address is what operations.rpc names.
  network_interface {
    subnetwork = var.subnetwork
    network_ip = var.address
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  metadata = {
    block-project-ssh-keys = "true"
    user-data              = local.user_data
  }

  service_account {
    email  = "${google_service_account.main.account_id}@${google_service_account.main.project}.iam.gserviceaccount.com"
    scopes = []
  }

  lifecycle {
    replace_triggered_by = [terraform_data.start]
  }
}

# Machines inside the lab's network may talk to the node, and those that Google lets through an IAP tunnel (the range is
# IAP's own). Nobody else on the internet may.
resource "google_compute_firewall" "in" {
  project       = var.project_id
  name          = "${var.name}-chain-in"
  network       = var.network
  direction     = "INGRESS"
  source_ranges = [var.network_range, "35.235.240.0/20"]

  target_service_accounts = ["${google_service_account.main.account_id}@${google_service_account.main.project}.iam.gserviceaccount.com"]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.port)]
  }
}
