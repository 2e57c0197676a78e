"""The states that the page is shown in, by name: how the service gets into them."""

from service import eventually


def healthy(service):
    service.reset()


def degraded(service):
    service.reset()
    service.set("search", "unhealthy", "the index is 14 min behind: shard 3 of 8 does not answer")
    service.set("exchange_rates", "degraded", "6 h old, still within the 24 h that may pass", response_time=870)


def unhealthy(service):
    service.reset()
    service.set("database", "error", "no connection within 2 s: 10.0.4.17:5432 refuses connections (os error 111)")
    service.set("mail", "degraded", "1,204 messages wait to be sent")
    eventually("the checks that need the database are skipped", lambda: is_skipped(service, "orders"))


def draining(service):
    service.reset()
    service.drain()
    eventually("the service drains", lambda: service.report().get("draining"))


def overridden(service):
    """Also has failures that do not count yet."""
    unhealthy(service)
    service.override("warehouse", "degraded", "the northern site moves to its new line", 45)
    service.set("warehouse", "degraded", "the northern site is not connected")


def is_skipped(service, component):
    return "database" in service.report()["components"][component].get("friendly_status", "")


# The word that the headline begins with, and the function.
STATES = {
    "HEALTHY": healthy,
    "DEGRADED": degraded,
    "UNHEALTHY": unhealthy,
    "DRAINING": draining,
}
