# keyturn.json is the one description of a deployment: all names in it are chosen, none is an output of this. Its parts are taken apart here.
locals {
  config     = jsondecode(file(var.config))
  law        = local.config.law
  operations = local.config.operations

  pool_pattern     = "^//iam\\.googleapis\\.com/projects/([0-9]+)/locations/global/workloadIdentityPools/([^/]+)/providers/([^/]+)$"
  key_pattern      = "^projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/cryptoKeys/([^/]+)$"
  location_pattern = "^gs://([^/]+)/(.*)$"
  image_pattern    = "^([a-z0-9-]+)-docker\\.pkg\\.dev/([^/]+)/([^/]+)/[^@]+@(sha256:[0-9a-f]{64})$"
  account_pattern  = "^([a-z][a-z0-9-]{4,28}[a-z0-9])@([^.]+)\\.iam\\.gserviceaccount\\.com$"

  operator_pool = regex(local.pool_pattern, local.law.operator.identityProvider)
  image         = regex(local.image_pattern, local.operations.image)

  operator = {
    pool                = { pool_id = local.operator_pool[1], provider_id = local.operator_pool[2] }
    project_id          = local.law.operator.projectId
    project_number      = local.law.operator.projectNumber
    repository          = { id = local.image[2], location = local.image[0] }
    workload_account    = local.law.operator.workloadAccount
    workload_account_id = regex(local.account_pattern, local.law.operator.workloadAccount)[0]
  }

  # A law without event keys signs no events, and no key is made.
  event_key_pattern = "${trimsuffix(local.key_pattern, "$")}/cryptoKeyVersions/[1-9][0-9]*$"
  event_key_parts   = [for one in try(local.law.eventKeys, []) : regex(local.event_key_pattern, one.version)]
  event_key         = length(local.event_key_parts) == 0 ? null : { location = local.event_key_parts[0][1], name = local.event_key_parts[0][3], ring = local.event_key_parts[0][2] }

  register_project_id = coalesce(var.register_project_id, local.operator.project_id)
  locked              = local.law.register.lock == "required"

  # Without a prefix of its own, a bucket named <name>-keys is the co-signers' common one, in the operator's project.
  co_signers = {
    for one in local.law.coSigners : one.name => {
      bucket      = regex(local.location_pattern, one.shareLocation)[0]
      prefix      = regex(local.location_pattern, one.shareLocation)[1]
      shared      = regex(local.location_pattern, one.shareLocation)[0] == local.buckets.keys
      pool        = regex(local.pool_pattern, one.identityProvider)
      release_key = regex(local.key_pattern, one.releaseKey)
    }
  }
  shared_key_bucket = anytrue([for one in values(local.co_signers) : one.shared])

  validity_seconds = try(local.law.limits.maxValiditySeconds, 86400)
  share_days       = ceil(local.validity_seconds / 86400) + 2

  # Where things lie is said apart from operations.zones, which may change on any afternoon: a bucket cannot move.
  vm_zones   = toset(local.operations.zones)
  home_zones = [for zone in local.operations.zones : zone if replace(zone, "/-[a-z]$/", "") == var.regions[0]]
  region     = var.regions[0]
  location   = coalesce(var.location, upper(local.region))

  rpc_urls    = flatten([for chain in local.operations.rpc : [for url in chain.urls : { chain_id = chain.chainId, url = url }]])
  rpc_secrets = toset([for one in local.rpc_urls : regex("^secret:projects/[^/]+/secrets/([^/]+)", one.url)[0] if startswith(one.url, "secret:")])
  # What goes through the network in the clear is a node of the lab's own.
  plain_urls = [
    for one in local.rpc_urls : merge(one, { host = regex("^http://([0-9.]+):([0-9]+)$", one.url)[0], port = tonumber(regex("^http://([0-9.]+):([0-9]+)$", one.url)[1]) })
    if can(regex("^http://([0-9.]+):([0-9]+)$", one.url))
  ]
  rpc_ports = setunion(var.rpc_ports, [for one in local.plain_urls : one.port])

  # A wallet whose key is still to be made has no address yet.
  funded = toset([for wallet in try(local.law.wallets, []) : wallet.address if can(regex("^0x[0-9a-fA-F]{40}$", wallet.address))])
}
