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
    condition = alltrue([
      for bucket in [for one in try(jsondecode(file(var.config)).law.coSigners, []) : try(regex("^gs://([^/]+)/", one.shareLocation)[0], "")] :
      bucket == "${jsondecode(file(var.config)).law.name}-keys" ||
      length([for one in jsondecode(file(var.config)).law.coSigners : one if startswith(one.shareLocation, "gs://${bucket}/")]) == 1
    ])
    error_message = "Two co-signers share a bucket for shares that is not the deployment's own, law.name and -keys: was law.name changed, and shareLocation forgotten?"
  }

  validation {
    condition     = length(try(jsondecode(file(var.config)).operations.zones, [])) <= 12
    error_message = "operations.zones: at most 12, because each is a clause of the condition on who may delete VMs, and IAM takes 12 operators in one."
  }

  validation {
    condition = length(distinct([
      for one in try(jsondecode(file(var.config)).law.eventKeys, []) :
      try(regex("^projects/${jsondecode(file(var.config)).law.operator.projectId}/locations/([^/]+/keyRings/[^/]+/cryptoKeys/[^/]+)/cryptoKeyVersions/[1-9][0-9]*$", one.version)[0], one)
      ])) <= 1 && alltrue([
      for one in try(jsondecode(file(var.config)).law.eventKeys, []) :
      can(regex("^projects/${jsondecode(file(var.config)).law.operator.projectId}/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+/cryptoKeyVersions/[1-9][0-9]*$", one.version))
    ])
    error_message = "law.eventKeys: each version must be of one key in the operator's project, projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY/cryptoKeyVersions/N."
  }

  validation {
    condition     = !can(jsondecode(file(var.config)).law.endpoints)
    error_message = "law.endpoints is for the cloud on one machine: in Google's it would lead functions and VM elsewhere."
  }

  validation {
    condition = alltrue(flatten([
      for chain in try(jsondecode(file(var.config)).operations.rpc, []) : [for url in chain.urls : can(regex("^secret:projects/${jsondecode(file(var.config)).law.operator.projectId}/secrets/[A-Za-z0-9_-]+(/versions/([0-9]+|latest))?$", url)) || can(regex("^http://[0-9.]+:[0-9]+$", url))]
    ]))
    error_message = "An RPC url is secret:projects/PROJECT/secrets/NAME, in the operator's project, or http://ADDRESS:PORT of a lab's own node. Urls carry API keys, and this one would stand in every function's environment."
  }
}
