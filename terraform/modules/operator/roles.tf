locals {
  # Only what the code calls (adapters/storage/storage.ts, adapters/compute/compute.ts). Predefined roles would add deletes, updates or other resources.
  roles = {
    append = {
      title       = "append objects"
      permissions = ["storage.objects.create", "storage.objects.get", "storage.objects.list"]
    }
    bucket_reader = {
      title       = "see a bucket's settings"
      permissions = ["storage.buckets.get"]
    }
    launcher = {
      title = "start VMs"
      permissions = [
        "compute.disks.create",
        "compute.instances.create",
        "compute.instances.get",
        "compute.instances.setLabels",
        "compute.instances.setMetadata",
        "compute.instances.setServiceAccount",
        "compute.zoneOperations.get",
      ]
    }
    list = {
      title       = "list objects"
      permissions = ["storage.objects.list"]
    }
    network = {
      title       = "put VMs into the subnetwork"
      permissions = ["compute.subnetworks.use"]
    }
    sweeper = {
      title       = "delete VMs of turns"
      permissions = ["compute.instances.delete"]
    }
    watcher = {
      title       = "list and see VMs"
      permissions = ["compute.instances.get", "compute.instances.list"]
    }
  }
}

resource "google_project_iam_custom_role" "main" {
  for_each = local.roles

  project     = var.project.id
  role_id     = "keyturn.${local.snake}.${each.key}"
  title       = "keyturn ${var.name}: ${each.value.title}"
  permissions = each.value.permissions
  stage       = "GA"
}

locals {
  # By what is configured rather than by the computed name: a plan then shows the role in full.
  custom_roles = { for name, role in google_project_iam_custom_role.main : name => "projects/${role.project}/roles/${role.role_id}" }
}
