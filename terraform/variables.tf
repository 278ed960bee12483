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

variable "config" {
  description = "Path of keyturn.json, as schemas/config.ts describes it."
  type        = string

  validation {
    condition     = fileexists(var.config) && can(jsondecode(file(var.config)))
    error_message = "There is no such file, or it is not JSON."
  }

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", jsondecode(file(var.config)).law.name))
    error_message = "law.name: at most 20 of a-z, 0-9 and -, a letter first and no dash last, because service account ids have 30 characters."
  }

  validation {
    condition = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]@${jsondecode(file(var.config)).law.operator.projectId}\\.iam\\.gserviceaccount\\.com$",
    jsondecode(file(var.config)).law.operator.workloadAccount))
    error_message = "law.operator.workloadAccount must be an account of law.operator.projectId: NAME@PROJECT.iam.gserviceaccount.com."
  }

  validation {
    condition = can(regex("^//iam\\.googleapis\\.com/projects/${jsondecode(file(var.config)).law.operator.projectNumber}/locations/global/workloadIdentityPools/",
    jsondecode(file(var.config)).law.operator.identityProvider))
    error_message = "law.operator.identityProvider must be a provider in the project law.operator.projectNumber."
  }

  validation {
    condition = can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev/${jsondecode(file(var.config)).law.operator.projectId}/[^/]+/[^@]+@sha256:[0-9a-f]{64}$",
    jsondecode(file(var.config)).operations.image))
    error_message = "operations.image must be LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…, in the operator's project. Before the first build, any digest does."
  }

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", jsondecode(file(var.config)).operations.subnetwork))
    error_message = "operations.subnetwork must be the name of the subnetwork that is made here: without it a VM would start in the default network."
  }

  validation {
    condition     = !anytrue([for one in try(jsondecode(file(var.config)).law.coSigners, []) : contains(["finance", "operator", "register"], one.name)])
    error_message = "A co-signer cannot be called finance, operator or register: these are names of parts."
  }

  validation {
    condition     = !can(jsondecode(file(var.config)).law.endpoints)
    error_message = "law.endpoints is for the cloud on one machine: in Google's it would lead functions and VM elsewhere."
  }

  validation {
    condition = alltrue(flatten([
      for chain in try(jsondecode(file(var.config)).operations.rpc, []) : [for url in chain.urls : can(regex("^secret:projects/${jsondecode(file(var.config)).law.operator.projectId}/secrets/[A-Za-z0-9_-]+(/versions/([0-9]+|latest))?$", url)) || can(regex("^http://[0-9.]+:[0-9]+$", url))]
    ]))
    error_message = "An RPC url is secret:projects/PROJECT/secrets/NAME, in the operator's project, or, of a lab's own node, http://ADDRESS:PORT: urls carry API keys, and this one would stand in every function's environment."
  }
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

variable "parts" {
  description = "Which parts this apply owns: operator, register, finance, or a co-signer's name. Null: all of them, which only a lab should be."
  type        = set(string)
  default     = null

  validation {
    condition     = var.parts == null ? true : length(var.parts) > 0 && length(setsubtract(var.parts, local.all_parts)) == 0
    error_message = "Parts are operator, register, finance and the names of co-signers."
  }
}

variable "region" {
  description = "Region of functions, Scheduler and stored messages. Null: that of the first zone in operations.zones."
  type        = string
  default     = null
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

variable "results_retention_days" {
  description = "How long facts and receipts cannot be deleted. 0: no retention, as in a lab."
  type        = number
  default     = 0
  nullable    = false
}

variable "warm_instances" {
  description = "Instances of intake that are kept warm."
  type        = number
  default     = 0
  nullable    = false
}
