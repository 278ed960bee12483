variable "allowed_env" {
  description = "Names of the tee-env-* values that a VM may be given; with any other it is refused."
  type        = list(string)
  default     = ["KEYTURN_TURN"]
  nullable    = false

  validation {
    condition     = alltrue([for name in var.allowed_env : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Names of environment values are letters, digits and underscores: they go into the text of the condition."
  }
}

variable "hardware_models" {
  description = "The hwmodel claims that are believed."
  type        = list(string)
  default     = ["GCP_AMD_SEV", "GCP_INTEL_TDX"]
  nullable    = false

  validation {
    condition     = length(var.hardware_models) > 0 && alltrue([for model in var.hardware_models : can(regex("^GCP_[A-Z0-9_]+$", model))])
    error_message = "Name at least one hardware model, as the hwmodel claim spells it: GCP_AMD_SEV, GCP_INTEL_TDX."
  }

  validation {
    condition     = !contains(var.hardware_models, "GCP_SHIELDED_VM")
    error_message = "A shielded VM is not a confidential one: its memory is open to the host."
  }
}

variable "owner" {
  description = "Whose pool it is: operator, or a co-signer's name. For descriptions only."
  type        = string
}

variable "pool_id" {
  description = "Id of the workload identity pool. A deleted id stays taken for 30 days."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{4,32}$", var.pool_id)) && !startswith(var.pool_id, "gcp-")
    error_message = "A pool id has 4 to 32 of a-z, 0-9 and -, and does not begin with gcp-."
  }
}

variable "project_id" {
  description = "Project of the pool."
  type        = string
}

variable "provider_id" {
  description = "Id of the provider in the pool."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{4,32}$", var.provider_id)) && !startswith(var.provider_id, "gcp-")
    error_message = "A provider id has 4 to 32 of a-z, 0-9 and -, and does not begin with gcp-."
  }
}

variable "vm_project_number" {
  description = "Number of the operator's project, where the VM must run."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{1,20}$", var.vm_project_number))
    error_message = "A project number is digits; a project id proves nothing, because the claim holds the number."
  }
}

variable "vm_service_account" {
  description = "E-mail of the only service account that the VM may have."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$", var.vm_service_account))
    error_message = "Give the e-mail of a service account: it goes into the text of the condition."
  }
}
