output "bucket" {
  description = "Name of the register's bucket, once it can be used."
  value       = google_storage_bucket.main.name
}
