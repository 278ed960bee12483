mock_provider "google" {}

variables {
  address       = "10.10.0.5"
  chain_id      = 31337
  funded        = ["0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"]
  name          = "lab"
  network       = "lab"
  network_range = "10.10.0.0/16"
  project_id    = "keyturn-lab"
  subnetwork    = "projects/keyturn-lab/regions/us-central1/subnetworks/lab"
  zone          = "us-central1-a"
}

run "node" {
  command = plan

  assert {
    condition     = output.rpc_url == "http://10.10.0.5:8545"
    error_message = "The node answers where operations.rpc says."
  }

  assert {
    condition     = length(google_compute_instance.main.network_interface[0].access_config) == 0
    error_message = "No external address."
  }

  assert {
    condition     = jsondecode(one([for file in yamldecode(google_compute_instance.main.metadata["user-data"]).write_files : file.content if file.path == "/etc/keyturn/genesis.json"])).alloc["0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"].balance == "10000000000000000000000"
    error_message = "Wallets are funded in the genesis."
  }

  assert {
    condition     = strcontains(google_compute_instance.main.metadata["user-data"], "--chain-id 31337")
    error_message = "The node has the law's chain id."
  }

  assert {
    condition     = strcontains(google_compute_instance.main.metadata["user-data"], "--timestamp $$(date +%%s) ")
    error_message = "systemd halves $$ and %%: the shell must see $(date +%s)."
  }

  assert {
    condition     = google_compute_firewall.in.source_ranges == toset(["10.10.0.0/16", "35.235.240.0/20"])
    error_message = "Only the network reaches it, and people through an IAP tunnel."
  }
}

run "before_the_ceremony" {
  command = apply
  variables {
    funded = []
  }

  assert {
    condition     = length(jsondecode(one([for file in yamldecode(google_compute_instance.main.metadata["user-data"]).write_files : file.content if file.path == "/etc/keyturn/genesis.json"])).alloc) == 0
    error_message = "Nobody has anything."
  }
}

run "nothing_changed" {
  command = apply
  variables {
    funded = []
  }

  assert {
    condition     = output.instance == run.before_the_ceremony.instance
    error_message = "The same genesis is the same chain: it goes on."
  }
}

run "after_the_ceremony" {
  command = apply

  assert {
    condition     = output.instance != run.before_the_ceremony.instance
    error_message = "A wallet more is a new genesis, which a node that runs already would never read."
  }
}

run "mistakes" {
  command = plan
  variables {
    address       = "chain"
    balance_wei   = "1e22"
    chain_id      = 1
    funded        = ["treasury"]
    image         = "ghcr.io/foundry-rs/foundry:latest"
    name          = "Lab"
    network_range = "0.0.0.0/0"
    port          = 80
  }
  expect_failures = [
    var.address, var.balance_wei, var.chain_id, var.funded, var.image, var.name, var.network_range, var.port,
  ]
}
