variable "alert_emails" {
  description = "Where the alert goes when somebody touches the bucket."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Each must be an e-mail address."
  }
}

variable "appenders" {
  description = "Who seals, by label: the attested principal set of each accepted image. They also check the lock."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in values(var.appenders) : startswith(member, "principalSet://iam.googleapis.com/projects/") && strcontains(member, "/attribute.image_digest/sha256:")])
    error_message = "Only attested images seal: principalSet://…/attribute.image_digest/sha256:…"
  }
}

variable "bucket" {
  description = "Name of the bucket, which every approval is bound to."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket name has 3 to 63 of a-z, 0-9, dots, dashes and underscores."
  }
}

variable "closers" {
  description = "Who may write closes, by label: reconcile's account. It cannot seal, because it has no wallet's key."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for member in values(var.closers) : startswith(member, "serviceAccount:")])
    error_message = "Service accounts only."
  }
}

variable "disposable" {
  description = "A lab: the bucket is emptied when it is destroyed."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.disposable && var.locked)
    error_message = "A locked register cannot be thrown away."
  }
}

variable "inspectors" {
  description = "Who sees the lock and reads entries, by label: operators."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in values(var.inspectors) : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
  }
}

variable "location" {
  description = "Location of the bucket: a region, or a multi-region."
  type        = string
}

variable "locked" {
  description = "Whether the retention is locked. It cannot be undone, and puts a lien on the project."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "The deployment's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))
    error_message = "At most 20 of a-z, 0-9 and -, a letter first and no dash last."
  }
}

variable "project_id" {
  description = "Project of the register. Its number stands in the law, and each turn checks it."
  type        = string
}

variable "readers" {
  description = "Who reads entries, by label: finalize, co-signers, finance, and intake, which believes no end that the register does not show."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in values(var.readers) : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
  }
}

variable "retention_seconds" {
  description = "How long an entry cannot be deleted or replaced: law.register.retentionSeconds."
  type        = number

  validation {
    condition     = var.retention_seconds >= 0 && var.retention_seconds < 3155760000 && floor(var.retention_seconds) == var.retention_seconds
    error_message = "Whole seconds, less than a hundred years."
  }

  validation {
    condition     = !var.locked || var.retention_seconds >= 698400
    error_message = "A locked register keeps entries for the horizon and eight days: at least an hour's validity, two hours and eight days."
  }
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
