"""Starts a service for each state, lets an hour with a few incidents pass in it, and captures its page."""

import io
import os
import pathlib
import sys
import threading
import time

from PIL import Image

from browser import Browser, Watched
from service import Service

HOUR = 60
# An hour takes a minute.
RATE = 60
CLOCK = {"LD_PRELOAD": os.environ["FAST_CLOCK"], "FAST_CLOCK_RATE": RATE, "FAST_CLOCK_SECONDS": HOUR * 60}
# A moment in which this machine is busy is many seconds in the service, so the usual timeout is too short.
SERVICE = {**CLOCK, "INTERVAL_MS": None, "PANOPTICON_TIMEOUT": "60s"}
# With the name of a pod, not of this machine. Without root, this needs a user namespace.
NAMESPACE = ["unshare", "--uts"] + (["--map-root-user"] if os.geteuid() else [])
AS_POD = [*NAMESPACE, "sh", "-c", 'hostname shop-6f9c7d5b8-k2xvq && exec "$0"']

# The minute, what happens then, and how.
PAST = [
    (9, "set", "search", {"status": "degraded", "message": "the index is 4 min behind"}),
    (13, "reset", "search", {}),
    (24, "set", "payment_provider", {"status": "unhealthy", "message": "503 Service Unavailable"}),
    (29, "reset", "payment_provider", {}),
    (41, "set", "queue", {"status": "degraded", "message": "a job waits for 40 s", "response_time": 9}),
    (44, "reset", "queue", {}),
]
NO_DATABASE = "10.0.4.17:5432: connection refused (os error 111)"
STATES = {
    "healthy": [],
    "degraded": [
        (51, "set", "search", {"status": "unhealthy", "message": "shard 3 of 8 does not answer", "response_time": 2000}),
        (57, "set", "exchange_rates", {"status": "degraded", "message": "6 h old, still within the 24 h that may pass"}),
    ],
    "unhealthy": [
        (56, "set", "database", {"status": "error", "message": NO_DATABASE, "response_time": 4}),
        (58, "set", "mail", {"status": "degraded", "message": "1,204 messages wait to be sent"}),
    ],
    "draining": [(59, "drain", "", {})],
    "override": [
        (34, "set", "warehouse", {"status": "unhealthy", "message": "the northern site is not connected"}),
        (36, "override", "warehouse", {"status": "degraded", "reason": "the northern site moves to its new line", "minutes": 90}),
        (59.2, "set", "payment_provider", {"status": "unhealthy", "message": "503 Service Unavailable"}),
    ],
}
# What is visible without scrolling.
DEVICES = {
    "desk": {"width": 1280, "height": 960},
    "phone": {"width": 390, "height": 760, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
}
# Few colors are enough, and make small files.
COLORS = 128


def live_through(service, events, ends):
    """Lets things happen in a service, and requests its report every few seconds, as a load balancer does."""
    starts = ends - HOUR * 60 / RATE
    events = sorted(PAST + events, key=lambda event: event[0])
    while time.monotonic() < ends:
        while events and time.monotonic() >= starts + events[0][0] * 60 / RATE:
            _, action, component, query = events.pop(0)
            method = "DELETE" if action == "reset" else "POST"
            path = f"/{action.replace('reset', 'set')}/{component}".rstrip("/")
            service.request(method, path, **query)
        service.report()
        time.sleep(5 / RATE)


def photograph(browser, service, state, device, scheme, folder):
    options = {"locale": "en-GB", "timezone_id": "Europe/Berlin", **DEVICES[device]}
    watched = Watched(browser, service.url, scheme=scheme, **options)
    png = watched.page.screenshot()
    watched.close()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.quantize(COLORS, kmeans=2, dither=Image.Dither.NONE)
    image.save(folder / f"{state}-{device}-{scheme}.png", optimize=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    browser = Browser()
    services = {}
    try:
        lives = []
        for state, events in STATES.items():
            services[state] = Service(AS_POD, **SERVICE)
            ends = time.monotonic() + HOUR * 60 / RATE
            lives.append(threading.Thread(target=live_through, args=(services[state], events, ends)))
            lives[-1].start()
        for life in lives:
            life.join()
        # First the one that does not last.
        for state in reversed(STATES):
            for device in DEVICES:
                for scheme in ("light", "dark"):
                    photograph(browser, services[state], state, device, scheme, folder)
    finally:
        for service in services.values():
            service.close()
        browser.stop()
    for file in sorted(folder.iterdir()):
        print(f"{file} {file.stat().st_size // 1024} KiB")


main()
