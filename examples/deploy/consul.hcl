# Services of a Consul agent that runs next to the shop and the worker. `consul validate consul.hcl`
# checks this file.

services {
  name = "shop"
  id   = "shop-1"
  port = 8081

  # Consul reads 2xx as passing, 429 as a warning and everything else as critical. Start the shop with
  # PANOPTICON_DEGRADED_STATUS=429; without it, a degraded shop is passing.
  check {
    id       = "shop-1-report"
    name     = "health report"
    http     = "http://127.0.0.1:8081/healthcheck"
    interval = "10s"
    # Longer than the report may take: see PANOPTICON_REPORT_TIMEOUT in kubernetes/shop.yaml.
    timeout = "3s"
    # Two failures in a row, as for the kubelet and HAProxy.
    failures_before_critical = 2
  }
}

services {
  name = "worker"
  id   = "worker-1"

  # A script check needs no PANOPTICON_DEGRADED_STATUS: the command exits with 0 for healthy, 1 for
  # degraded and 2 for unhealthy, and Consul shows its output. The agent needs
  # `enable_local_script_checks = true`.
  check {
    id       = "worker-1-report"
    name     = "health report"
    args     = ["panopticon", "probe", "--format", "consul", "http://127.0.0.1:9000/healthcheck"]
    interval = "10s"
    timeout  = "5s"
  }
}
