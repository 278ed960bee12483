variable "accepted_images" {
  description = "Workload images that this co-signer accepts: digest to the moment at which that ends."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "alert_emails" {
  description = "Where alerts of this part go."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "ceremony_members" {
  description = "Who may encrypt to the home keys, for as long as the ceremony lasts."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "config" {
  description = "Path of keyturn.json: the same file for all parties."
  type        = string
  default     = "keyturn.json"
  nullable    = false
}

variable "connected" {
  description = "For co-signers: false for the first apply, before the operator has applied."
  type        = bool
  default     = true
  nullable    = false
}

variable "dist" {
  description = "Folder that npm run build fills."
  type        = string
  default     = "../../../dist"
  nullable    = false
}

variable "image_digests" {
  description = "Images that may use the operator's buckets and the register: the present one, and the next while rolling out."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "members" {
  description = "The people, as IAM members: the same for all parties."
  type = object({
    co_signers = map(string)
    dapps      = optional(set(string), [])
    finance    = optional(set(string), [])
    operators  = optional(set(string), [])
  })
}

variable "parts" {
  description = "Whose part this apply is: [\"operator\", \"finance\"], [\"register\"], [\"alice\"] … All of them only to see the whole plan."
  type        = set(string)
}

variable "register_project_id" {
  description = "Project of the register, whose number stands in the law."
  type        = string
}

variable "regions" {
  description = "Regions of the deployment, the first for functions, messages and buckets. Append only."
  type        = list(string)
  nullable    = false
}

variable "rpc_ports" {
  description = "Ports besides 443 of the RPC urls that lie in secrets."
  type        = set(number)
  default     = []
  nullable    = false
}

variable "runbook_url" {
  description = "Where people read terraform/RUNBOOK.md: alerts link to its sections."
  type        = string
  default     = ""
  nullable    = false
}
