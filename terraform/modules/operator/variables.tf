variable "accounts" {
  description = "Ids of the service accounts: one per function, and build, push, workload."
  type        = map(string)
  nullable    = false

  validation {
    condition     = toset(keys(var.accounts)) == toset(["build", "collect", "finalize", "intake", "launch", "push", "reconcile", "workload"])
    error_message = "Name exactly build, collect, finalize, intake, launch, push, reconcile and workload."
  }

  validation {
    condition     = alltrue([for id in values(var.accounts) : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", id))])
    error_message = "A service account id has 6 to 30 of a-z, 0-9 and -: a letter first, no dash last."
  }
}

variable "alert_emails" {
  description = "Where alerts go. Empty: they show in the console alone."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Each must be an e-mail address."
  }
}

variable "archives" {
  description = "Zip file of each function, by function: dist/functions/NAME.zip, which npm run build makes."
  type        = map(string)
  nullable    = false

  validation {
    condition     = toset(keys(var.archives)) == toset(["collect", "finalize", "intake", "launch", "reconcile"])
    error_message = "Name an archive for collect, finalize, intake, launch and reconcile."
  }

  validation {
    condition     = alltrue([for path in values(var.archives) : fileexists(path)])
    error_message = "An archive is not there: run npm run build first."
  }
}

variable "buckets" {
  description = "Bucket names by what they hold (schemas/names.ts)."
  type        = object({ keys = string, results = string, signed = string, work = string })
  nullable    = false
}

variable "co_signers" {
  description = "Co-signers by name: the IAM member, and the number of the project that owns the bucket with their shares, whose storage agent announces uploads."
  type        = map(object({ bucket_project_number = string, member = string }))
  nullable    = false

  validation {
    condition     = alltrue([for one in values(var.co_signers) : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", one.member))])
    error_message = "A co-signer's member must be user:…, group:…, serviceAccount:… or a principal. Nobody is public here."
  }
}

variable "config" {
  description = "keyturn.json, both halves, as the functions read it from KEYTURN_CONFIG."
  type        = string

  validation {
    condition     = length(var.config) <= 32768
    error_message = "An environment value of Cloud Run holds at most 32 KiB."
  }
}

variable "disposable" {
  description = "A lab: buckets are emptied and tables dropped when they are destroyed. Nothing that holds value is disposable."
  type        = bool
  default     = false
  nullable    = false
}

variable "event_key" {
  description = "The key that signs events, in this project: law.eventKeys. Null: no event is signed, and no key is made."
  type        = object({ location = string, name = string, ring = string })
  default     = null
}

variable "image_digests" {
  description = "Workload images that may use the operator's buckets, topics and secrets: the present one, and while rolling out the next."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.image_digests) <= 2
    error_message = "At most two: the present image and the next."
  }

  validation {
    condition     = alltrue([for digest in var.image_digests : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "An image is named by digest, sha256: and 64 hex digits. Whoever may push chooses what a tag means."
  }
}

variable "key_protection" {
  description = "Protection level of the event key: HSM or SOFTWARE."
  type        = string
  default     = "HSM"
  nullable    = false

  validation {
    condition     = contains(["HSM", "SOFTWARE"], var.key_protection)
    error_message = "HSM or SOFTWARE."
  }
}

variable "location" {
  description = "Location of the buckets: a region, or a multi-region."
  type        = string
}

variable "members" {
  description = "IAM members: who publishes requests, who reads receipts, who watches and redrives."
  type = object({
    dapps     = optional(set(string), [])
    finance   = optional(set(string), [])
    operators = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for member in setunion(var.members.dapps, var.members.finance, var.members.operators) :
      can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))
    ])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
  }
}

variable "name" {
  description = "The deployment's name, from which all names derive."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))
    error_message = "At most 20 of a-z, 0-9 and -, a letter first and no dash last: service account ids have 30 characters, and -reconcile takes ten."
  }
}

variable "nat" {
  description = "Whether VMs reach the internet, for RPC urls. False where every url is in the network."
  type        = bool
  default     = true
  nullable    = false
}

variable "network_range" {
  description = "Range of the network; each region takes a /24 of a /16."
  type        = string
  default     = "10.10.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.network_range, 0)) && endswith(var.network_range, "/16")
    error_message = "Give a /16, such as 10.10.0.0/16."
  }
}

variable "operations" {
  description = "The operations half of keyturn.json, as JSON: the VM reads it from the work bucket."
  type        = string
}

variable "otlp_endpoint" {
  description = "Where functions send traces and histograms (OTLP/HTTP), such as https://collector.example:4318. Null: nowhere. The machine that signs never sends any."
  type        = string
  default     = null

  validation {
    condition     = var.otlp_endpoint == null ? true : can(regex("^https://[^/?#@\\s]+(/[^?#@\\s]*)?$", var.otlp_endpoint))
    error_message = "The https url of a collector, without a name, a password, a query or a fragment: whoever may see a function sees it."
  }
}

variable "pool" {
  description = "Ids of the operator's workload identity pool and its provider."
  type        = object({ pool_id = string, provider_id = string })
  nullable    = false
}

variable "private_chain" {
  description = "Whether a chain's node is in the network: finalize and reconcile then get a connector into it."
  type        = bool
  default     = false
  nullable    = false
}

variable "project" {
  description = "The operator's project."
  type        = object({ id = string, number = string })
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project.number))
    error_message = "The number is digits; the id is the other one."
  }
}

variable "region" {
  description = "Region of functions, Scheduler, connector and stored messages."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region, such as us-central1."
  }
}

variable "register" {
  description = "Retention of the register, which the signed bytes share: seconds, and whether it is locked."
  type        = object({ locked = bool, retention_seconds = number })
  nullable    = false
}

variable "repository" {
  description = "Artifact Registry repository of the workload image."
  type        = object({ id = string, location = string })
  nullable    = false
}

variable "results_retention_days" {
  description = "How long facts and receipts cannot be deleted. 0: no retention."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.results_retention_days >= 0 && var.results_retention_days <= 36500 && floor(var.results_retention_days) == var.results_retention_days
    error_message = "Whole days, from 0 to 36500."
  }
}

variable "rpc_ports" {
  description = "Ports besides 443 that RPC urls use."
  type        = set(number)
  default     = []
  nullable    = false
}

variable "rpc_secrets" {
  description = "Names of the secrets that hold RPC urls."
  type        = set(string)
  default     = []
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

variable "share_days" {
  description = "Days after which a share is swept from a shared key bucket: the longest validity and two."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.share_days >= 3
    error_message = "A share must outlive its request: at least three days."
  }
}

variable "shared_key_bucket" {
  description = "Whether co-signers share one key bucket, in this project, each under a prefix."
  type        = bool
  default     = false
  nullable    = false
}

variable "subnetwork" {
  description = "Name of the subnetwork, alike in each region: operations.subnetwork."
  type        = string
}

variable "topics" {
  description = "Topic names by topic (schemas/names.ts)."
  type        = map(string)
  nullable    = false

  validation {
    condition     = toset(keys(var.topics)) == toset(["approved", "deadLetters", "receipts", "requestEvents", "shares", "submitted", "ticks", "transactionRequests"])
    error_message = "Name exactly the topics of schemas/names.ts."
  }
}

variable "vm_regions" {
  description = "Regions of the zones in operations.zones: each gets a subnetwork, whose range goes by the place in this list. Append only."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.vm_regions) > 0 && length(distinct(var.vm_regions)) == length(var.vm_regions)
    error_message = "At least one, and each once."
  }
}

variable "wallets" {
  description = "Names of the law's wallets: each has a subscription that wakes its turns."
  type        = set(string)
  nullable    = false
}

variable "warm_instances" {
  description = "Instances of intake that are kept warm, for an answer without a cold start (about 8 US dollars each a month)."
  type        = number
  default     = 0
  nullable    = false
}

variable "zones" {
  description = "Zones of operations.zones, where VMs of turns may be."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.zones) > 0 && alltrue([for zone in var.zones : can(regex("^[a-z]+-[a-z]+[0-9]+-[a-z]$", zone))])
    error_message = "At least one zone, such as us-central1-a."
  }
}
