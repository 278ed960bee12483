variable "accepted_images" {
  description = "Workload images that the co-signers applied here accept: digest to the moment at which that ends (RFC 3339, UTC). Each co-signer's own file says it for that co-signer; in a lab it is said once for all."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.accepted_images) <= 2 && alltrue([for digest in keys(var.accepted_images) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "At most two digests, sha256: and 64 hex digits each."
  }
}

variable "alert_emails" {
  description = "Where alerts go. Empty: they show in the console alone."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "ceremony_members" {
  description = "Who may encrypt to the co-signers' home keys: whoever holds the wallet ceremony, for as long as it lasts."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "connected" {
  description = "For co-signers: false for the first apply, before the operator's topics and accounts are there."
  type        = bool
  default     = true
  nullable    = false
}

variable "disposable" {
  description = "A lab: everything can be destroyed without being asked twice. Nothing that holds value is disposable."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.disposable && local.locked)
    error_message = "A deployment whose register is locked cannot be thrown away: law.register.lock must be off."
  }
}

variable "dist" {
  description = "Folder that npm run build fills: the functions' archives are in it."
  type        = string
  default     = "../dist"
  nullable    = false
}

variable "image_digests" {
  description = "Workload images that may use buckets, topics, secrets and register: the present one, and while rolling out the next. Co-signers accept for themselves."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.image_digests) <= 2 && alltrue([for digest in var.image_digests : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "At most two digests, sha256: and 64 hex digits each."
  }
}

variable "key_protection" {
  description = "HSM or SOFTWARE, for the co-signers' keys."
  type        = string
  default     = "HSM"
  nullable    = false
}

variable "lab_chain" {
  description = "Whether to run an Ethereum development node, at the address that operations.rpc names."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.lab_chain || length(local.plain_urls) == 1
    error_message = "operations.rpc must name exactly one http://ADDRESS:PORT, which becomes the node's."
  }

  validation {
    condition     = var.lab_chain || length(local.plain_urls) == 0
    error_message = "operations.rpc names a node in the clear, http://ADDRESS:PORT, but none is run: use a secret."
  }

  validation {
    condition     = !var.lab_chain || alltrue([for one in local.plain_urls : startswith(one.host, "10.10.0.") && !contains(["10.10.0.0", "10.10.0.1"], one.host)])
    error_message = "The node's address is one of the first subnetwork's, 10.10.0.2 to 10.10.0.253."
  }

  validation {
    condition     = !var.lab_chain || length(local.home_zones) > 0
    error_message = "The node runs in the first of `regions`: operations.zones must have a zone there."
  }
}

variable "location" {
  description = "Location of buckets and dataset. Null: the region."
  type        = string
  default     = null
}

variable "members" {
  description = "The people, as IAM members (user:…, group:…, serviceAccount:…): co-signers by their name in the law, dApps, finance, operators."
  type = object({
    co_signers = map(string)
    dapps      = optional(set(string), [])
    finance    = optional(set(string), [])
    operators  = optional(set(string), [])
  })
  nullable = false

  validation {
    condition     = toset(keys(var.members.co_signers)) == toset(keys(local.co_signers))
    error_message = "Name a member for each co-signer of the law, and for nobody else."
  }
}

variable "otlp_endpoint" {
  description = "Where functions send traces and histograms (OTLP/HTTP; docs/telemetry.md). Null: nowhere."
  type        = string
  default     = null
}

variable "parts" {
  description = "Which parts this apply owns: operator, register, finance, or a co-signer's name. Null: all of them, which only a lab should be."
  type        = set(string)
  default     = null

  validation {
    condition     = var.parts == null ? true : length(var.parts) > 0 && length(setsubtract(var.parts, local.all_parts)) == 0
    error_message = "Parts are operator, register, finance and the names of co-signers."
  }
}

variable "regions" {
  description = "Regions of the deployment. The first is that of functions, messages and buckets, for good. Each has a subnetwork, whose range goes by the place in this list: append, never reorder or remove."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.regions) > 0 && length(var.regions) <= 200 && alltrue([for region in var.regions : can(regex("^[a-z]+-[a-z]+[0-9]+$", region))])
    error_message = "Regions, such as us-central1; at least one."
  }

  validation {
    condition     = length(distinct(var.regions)) == length(var.regions)
    error_message = "A region stands here once: its place in the list is its range in the network."
  }

  validation {
    condition     = alltrue([for zone in local.operations.zones : contains(var.regions, replace(zone, "/-[a-z]$/", ""))])
    error_message = "operations.zones names a zone of a region that is not here: append the region, and let the order of the others be."
  }
}

variable "register_project_id" {
  description = "Project of the register. Null: the operator's, which only a lab should be. Its number stands in law.register."
  type        = string
  default     = null

  validation {
    condition     = (var.register_project_id == null) == (local.law.register.projectNumber == local.law.operator.projectNumber)
    error_message = "law.register.projectNumber says whether the register is in the operator's project: name its project if and only if it is another."
  }
}

variable "rpc_ports" {
  description = "Ports besides 443 of the RPC urls that lie in secrets: VMs reach no others."
  type        = set(number)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for port in var.rpc_ports : port > 0 && port < 65536 && floor(port) == port])
    error_message = "Ports are whole numbers from 1 to 65535."
  }
}

variable "results_retention_days" {
  description = "How long facts and receipts cannot be deleted. 0: no retention, as in a lab."
  type        = number
  default     = 0
  nullable    = false
}

variable "runbook_url" {
  description = "Where people read terraform/RUNBOOK.md, https://…: alerts link to its sections. Empty: they name the section."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.runbook_url == "" || can(regex("^https://[^\\s#]+$", var.runbook_url))
    error_message = "An https url without a fragment, or nothing."
  }
}

variable "warm_instances" {
  description = "Instances of intake that are kept warm."
  type        = number
  default     = 0
  nullable    = false
}
