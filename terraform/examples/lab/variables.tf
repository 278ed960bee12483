variable "accepted_images" {
  description = "Workload images that both co-signers accept: digest to the moment at which that ends. Empty at the first apply."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "alert_emails" {
  description = "Where alerts go."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "co_signers" {
  description = "IAM member of each co-signer, by name in the law."
  type        = map(string)
}

variable "config" {
  description = "Path of keyturn.json."
  type        = string
  default     = "keyturn.json"
  nullable    = false
}

variable "dapps" {
  description = "IAM members who may ask for transactions."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "dist" {
  description = "Folder that npm run build fills."
  type        = string
  default     = "../../../dist"
  nullable    = false
}

variable "finance" {
  description = "IAM members who read receipts."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "image_digests" {
  description = "Workload images that may use buckets, topics and register. Empty at the first apply."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "operators" {
  description = "IAM members who watch, pause and redrive."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "regions" {
  description = "Regions of the deployment, the first for functions, messages and buckets. Append only."
  type        = list(string)
  nullable    = false
}

variable "runbook_url" {
  description = "Where people read terraform/RUNBOOK.md: alerts link to its sections."
  type        = string
  default     = ""
  nullable    = false
}
