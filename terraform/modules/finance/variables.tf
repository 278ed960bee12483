variable "disposable" {
  description = "A lab: rows are dropped when it is destroyed."
  type        = bool
  default     = false
  nullable    = false
}

variable "location" {
  description = "Location of the dataset. It cannot be changed later."
  type        = string
}

variable "members" {
  description = "Who reads receipts, as IAM members."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.members : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", member))])
    error_message = "Members are user:…, group:…, serviceAccount:… or principals. Nobody is public here."
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

variable "notification_channels" {
  description = "Names of the monitoring channels that the alert goes to."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "project" {
  description = "Project of dataset and subscriptions: the operator's, where the topic and its schema are."
  type        = object({ id = string, number = string })
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project.number))
    error_message = "The number is digits; the id is the other one."
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

variable "topics" {
  description = "Full names of the operator's topics."
  type        = object({ dead_letters = string, receipts = string })
  nullable    = false

  validation {
    condition     = alltrue([for topic in values(var.topics) : can(regex("^projects/[^/]+/topics/[^/]+$", topic))])
    error_message = "projects/PROJECT/topics/TOPIC."
  }
}
