"""Starts examples/page, and sets its health."""

import json
import os
import random
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

# The most that anything may take. A busy machine may need it; an idle one needs a fraction.
LIMIT = 60

PROGRAM = os.environ["PAGE_EXAMPLE"]


def eventually(what, condition):
    """Waits until the condition returns something true, and returns that."""
    until = time.monotonic() + LIMIT
    while not (result := condition()):
        assert time.monotonic() < until, f"not within {LIMIT} s: {what}"
        time.sleep(0.05)
    return result


class Service:
    """A running examples/page. `settings` are environment variables; one that is `None` is not set.

    `prefix` is a command that runs the program."""

    def __init__(self, prefix=(), **settings):
        self.command = [*prefix, PROGRAM]
        usual = {"GRACE_MS": 0, "INTERVAL_MS": 300, "PANOPTICON_DISCLOSURE": "full"}
        self.settings = {name: str(value) for name, value in {**usual, **settings}.items() if value is not None}
        self.process = None
        # The kernel gives none of these ports to clients, so a service that stops can have its port again.
        for _ in range(10):
            self.address = f"127.0.0.1:{random.randrange(20_000, 32_000)}"
            if self.start():
                break
        else:
            raise AssertionError("no port for the service is free")
        self.url = f"http://{self.address}{self.path}"

    def start(self):
        """Starts the service at its address, and waits until each check has run. Returns whether it has started."""
        environment = {**os.environ, **self.settings, "BIND": self.address}
        environment.pop("LD_LIBRARY_PATH", None)
        self.process = subprocess.Popen(self.command, env=environment, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(LIMIT)
            return False
        self.path = urllib.parse.urlsplit(line.split()[1]).path
        eventually("all components are healthy", self.is_healthy)
        return True

    def stop(self):
        """Stops the service as Kubernetes does, and waits until it has ended."""
        self.process.terminate()
        status = self.process.wait(LIMIT)
        self.process.stdout.close()
        assert status == 0, f"the service ended with {status}"

    def freeze(self):
        """Lets the service neither answer nor refuse requests."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LIMIT)
        if not self.process.stdout.closed:
            self.process.stdout.close()

    def request(self, method, path, **query):
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=LIMIT) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            body = error.read().decode()
            # What an unhealthy service answers.
            assert error.code == 503, f"{method} {url}: {error.code} {body}"
            return body

    def report(self):
        return json.loads(self.request("GET", self.path))

    def set(self, component, status, message="", **outcome):
        """Sets what a check returns, and waits until the report shows it."""
        self.request("POST", f"/set/{component}", status=status, message=message, **outcome)
        reported = "unhealthy" if status in ("error", "hangs") else status
        eventually(f"{component} is {reported}", lambda: self.report()["components"][component]["status"] == reported)

    def override(self, component, status, reason, minutes):
        self.request("POST", f"/override/{component}", status=status, reason=reason, minutes=minutes)

    def drain(self):
        self.request("POST", "/drain")

    def reset(self):
        """Makes the service healthy again, and waits until the report shows it."""
        self.request("POST", "/reset")
        for component in self.report()["components"]:
            self.request("DELETE", f"/override/{component}")
        eventually("the service is healthy", lambda: self.is_healthy())

    def is_healthy(self):
        report = self.report()
        components = report["components"].values()
        return all(component["status"] == "healthy" for component in components) and not report.get("draining")
