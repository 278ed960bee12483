locals {
  counted = { for key, metric in local.metrics : key => { filter = local.logged[key], text = metric.text } }

  # Rows of two. Each chart is a list of [label, filter, aligner, reducer].
  charts = [
    { title = "Requests accepted, transactions sealed and settled", lines = [
      for key in ["transactions-accepted", "transactions-sealed", "transactions-settled"] : [local.counted[key].text, local.counted[key].filter, "ALIGN_DELTA", "REDUCE_SUM"]
    ] },
    { title = "Open requests", lines = [
      ["open, largest", "metric.type=\"logging.googleapis.com/user/${google_logging_metric.open.name}\" AND resource.type=\"cloud_run_revision\"", "ALIGN_DELTA", "REDUCE_PERCENTILE_99"],
    ] },
    { title = "Oldest message in front of each function, s", lines = [
      for step, one in google_pubsub_subscription.push : [step, "${local.backlog} AND resource.labels.subscription_id=\"${one.name}\"", "ALIGN_MAX", "REDUCE_MAX"]
    ] },
    { title = "Dead letters", lines = [
      ["waiting", "${local.waiting} AND resource.labels.subscription_id=\"${google_pubsub_subscription.pull["deadLetters"].name}\"", "ALIGN_MAX", "REDUCE_MAX"],
    ] },
    { title = "Owed again, sent, failed", lines = [
      for key in ["relaunched", "rungs-sent", "request-fault"] : [local.counted[key].text, local.counted[key].filter, "ALIGN_DELTA", "REDUCE_SUM"]
    ] },
    { title = "Alarms of turns", lines = [
      for key in ["attestation-refused", "balance-low", "foreign-transaction", "register-unlocked", "tampered", "turn-fault", "vm-outlived"] : [local.counted[key].text, local.counted[key].filter, "ALIGN_DELTA", "REDUCE_SUM"]
    ] },
    { title = "Function errors by code", lines = [
      ["requests", "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"${var.name}-.*\") AND metric.labels.response_code_class!=\"2xx\"", "ALIGN_DELTA", "REDUCE_SUM"],
    ] },
    { title = "Seconds a function takes, 99 of 100", lines = [
      for step in keys(local.steps) : [step, "metric.type=\"run.googleapis.com/request_latencies\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.name}-${step}\"", "ALIGN_DELTA", "REDUCE_PERCENTILE_99"]
    ] },
  ]
}

resource "google_monitoring_dashboard" "main" {
  project = var.project.id
  dashboard_json = jsonencode({
    displayName = "keyturn ${var.name}"
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, chart in local.charts : {
          xPos   = (index % 2) * 24
          yPos   = floor(index / 2) * 16
          width  = 24
          height = 16
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [
                for line in chart.lines : {
                  plotType       = "LINE"
                  legendTemplate = line[0]
                  timeSeriesQuery = {
                    timeSeriesFilter = {
                      filter = line[1]
                      aggregation = {
                        alignmentPeriod    = "300s"
                        perSeriesAligner   = line[2]
                        crossSeriesReducer = line[3]
                      }
                    }
                  }
                }
              ]
            }
          }
        }
      ]
    }
  })
}
