variable "accepted_images" {
  description = "Workload images that may open this co-signer's shares: digest to the moment at which the acceptance ends (RFC 3339, UTC). The present one, and while rolling out the next."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.accepted_images) <= 2
    error_message = "At most two images: the present one and the next. Withdraw one before you accept a third."
  }

  validation {
    condition     = alltrue([for digest in keys(var.accepted_images) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "An image is accepted by digest, sha256: and 64 hex digits. Whoever may push chooses what a tag means."
  }

  validation {
    condition = alltrue([
      for until in values(var.accepted_images) :
      can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", until)) && can(timeadd(until, "0s"))
    ])
    error_message = "Each acceptance ends at a moment, written 2027-01-31T00:00:00Z."
  }
}

variable "audit_logs" {
  description = "Whether this module turns on data-access logs of Cloud KMS and STS in the project. Once per project."
  type        = bool
  default     = true
  nullable    = false
}

variable "bucket" {
  description = "Where this co-signer uploads shares: an own bucket (create) or a shared one, under a prefix that is empty or ends in a slash."
  type = object({
    create     = bool
    location   = optional(string)
    name       = string
    prefix     = optional(string, "")
    project_id = string
  })
  nullable = false

  validation {
    condition     = var.bucket.prefix == "" || can(regex("^([A-Za-z0-9._-]+/)+$", var.bucket.prefix))
    error_message = "A prefix is empty or ends in a slash, and its parts are letters, digits, dots, dashes and underscores: it goes into a condition."
  }

  validation {
    condition     = var.bucket.create || var.bucket.prefix != ""
    error_message = "In a shared bucket a co-signer needs a prefix: without one, every co-signer could write for every other."
  }

  validation {
    condition     = !var.bucket.create || var.bucket.location != null
    error_message = "A bucket that is made here needs a location."
  }

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.bucket.name))
    error_message = "A bucket name has 3 to 63 of a-z, 0-9, dots, dashes and underscores."
  }
}

variable "connected" {
  description = "False for the first apply, before the operator's topics and accounts are there."
  type        = bool
  default     = true
  nullable    = false
}

variable "deployment" {
  description = "The deployment's name: law.name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.deployment))
    error_message = "At most 20 of a-z, 0-9 and -, a letter first and no dash last."
  }
}

variable "destroy_after_days" {
  description = "Days for which a destroyed key version can be brought back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.destroy_after_days >= 1 && var.destroy_after_days <= 120
    error_message = "1 to 120 days."
  }
}

variable "disposable" {
  description = "A lab: the bucket is emptied when it is destroyed, and the keys may be destroyed at all."
  type        = bool
  default     = false
  nullable    = false
}

variable "home_key_encrypters" {
  description = "Members who may encrypt to this co-signer's home key: whoever holds the wallet ceremony, for as long as it lasts."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.home_key_encrypters : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
  }
}

variable "home_key_name" {
  description = "Name of the key under which this co-signer keeps the share at rest."
  type        = string
  default     = "home"
  nullable    = false
}

variable "key_protection" {
  description = "HSM, or SOFTWARE, where a key version costs cents instead of a dollar a month."
  type        = string
  default     = "HSM"
  nullable    = false

  validation {
    condition     = contains(["HSM", "SOFTWARE"], var.key_protection)
    error_message = "HSM or SOFTWARE."
  }
}

variable "listers" {
  description = "Who may list an own bucket, by label: collect, reconcile and the operators. In a shared bucket the operator grants it."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in values(var.listers) : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
  }
}

variable "member" {
  description = "The co-signer as an IAM member: one person, or a group of one party."
  type        = string

  validation {
    condition     = can(regex("^(user|group|serviceAccount|principal|principalSet):.+", var.member))
    error_message = "user:…, group:…, serviceAccount:… or a principal. Nobody is public here."
  }
}

variable "name" {
  description = "The co-signer's name in the law."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.name))
    error_message = "A lower-case letter, then up to 30 of a-z, 0-9 and -."
  }
}

variable "pool" {
  description = "Ids of this co-signer's workload identity pool and its provider."
  type        = object({ pool_id = string, provider_id = string })
  nullable    = false
}

variable "prediction_readers" {
  description = "Who may read what this co-signer was shown when approving, by label: finalize and reconcile, which compare it with what happened."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in values(var.prediction_readers) : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
  }
}

variable "project" {
  description = "This co-signer's project: key and pool are in it."
  type        = object({ id = string, number = string })
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project.number))
    error_message = "The number is digits; the id is the other one."
  }
}

variable "release_key" {
  description = "The release key by its parts, as law.coSigners names it."
  type        = object({ location = string, name = string, ring = string })
  nullable    = false

  validation {
    condition     = var.release_key.location != "global"
    error_message = "Put the key into a region, near the VM: global has no HSM, and is slower."
  }

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,63}$", var.release_key.ring)) && can(regex("^[a-zA-Z0-9_-]{1,63}$", var.release_key.name))
    error_message = "Names of key rings and keys have 1 to 63 of letters, digits, dashes and underscores."
  }
}

variable "share_days" {
  description = "Days after which a share is swept from an own bucket: the longest validity and two."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.share_days >= 3
    error_message = "A share must outlive its request: at least three days."
  }
}

variable "topics" {
  description = "Full names of the operator's topics: where uploads are announced, and what events come from."
  type        = object({ request_events = string, shares = string })
  nullable    = false

  validation {
    condition     = alltrue([for topic in values(var.topics) : can(regex("^projects/[^/]+/topics/[^/]+$", topic))])
    error_message = "projects/PROJECT/topics/TOPIC."
  }
}

variable "vm" {
  description = "What VM this co-signer believes: the operator's project number and the workload's account."
  type        = object({ project_number = string, service_account = string })
  nullable    = false
}
