variable "address" {
  description = "The node's address in the network, as operations.rpc names it."
  type        = string

  validation {
    condition     = can(cidrhost("${var.address}/32", 0))
    error_message = "An IPv4 address."
  }
}

variable "balance_wei" {
  description = "What each wallet has in the beginning, in wei. Ten thousand ether, as in the codelab."
  type        = string
  default     = "10000000000000000000000"
  nullable    = false

  validation {
    condition     = can(regex("^(0|[1-9][0-9]{0,30})$", var.balance_wei))
    error_message = "A decimal number of wei."
  }
}

variable "chain_id" {
  description = "Chain id. Not one of a real network: what is signed for it could be sent there."
  type        = number

  validation {
    condition     = contains([1337, 31337], var.chain_id)
    error_message = "1337 or 31337, the ids of development chains."
  }
}

variable "funded" {
  description = "Addresses of the wallets that the genesis funds."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.funded : can(regex("^0x[0-9a-fA-F]{40}$", address))])
    error_message = "Ethereum addresses."
  }
}

variable "image" {
  description = "Container image with Foundry's anvil. Name it by digest where you can."
  type        = string
  default     = "ghcr.io/foundry-rs/foundry:v1.4.4"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9./-]+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "An image with a version or a digest; latest is whatever somebody pushed last."
  }
}

variable "name" {
  description = "The deployment's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))
    error_message = "At most 20 of a-z, 0-9 and -, a letter first and no dash last."
  }
}

variable "network" {
  description = "Network of the node."
  type        = string
}

variable "network_range" {
  description = "From where the node is reached: VMs of turns and the functions' connector."
  type        = string

  validation {
    condition     = can(cidrhost(var.network_range, 0)) && var.network_range != "0.0.0.0/0"
    error_message = "A range of the network; the node is not for the internet."
  }
}

variable "port" {
  description = "Port of the node's JSON-RPC."
  type        = number
  default     = 8545
  nullable    = false

  validation {
    condition     = var.port > 1023 && var.port < 65536
    error_message = "1024 to 65535."
  }
}

variable "project_id" {
  description = "Project of the node."
  type        = string
}

variable "subnetwork" {
  description = "Full name of the subnetwork of the node's region."
  type        = string
}

variable "zone" {
  description = "Zone of the node."
  type        = string
}
