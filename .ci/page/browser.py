"""A browser, and pages that record everything that they must not do."""

import contextlib
import os
import unittest
import urllib.parse

import playwright.sync_api
from axe_playwright_python.sync_playwright import Axe

from service import LIMIT, Service

# Without JavaScript, only the console shows violations of the policy.
RECORD_VIOLATIONS = """
    addEventListener("securitypolicyviolation", violation =>
        console.error(`violates ${violation.violatedDirective}: ${violation.blockedURI}`))
"""

# A name that resolves to this machine, but is not a secure origin.
INSECURE_HOST = "service.test"


class Browser:
    """Chromium, started when it is first needed and shared by all tests."""

    def __init__(self):
        self.playwright = playwright.sync_api.sync_playwright().start()
        playwright.sync_api.expect.set_options(timeout=LIMIT * 1000)
        arguments = ["--no-sandbox", "--font-render-hinting=none", f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"]
        self.chromium = self.playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=arguments)

    def stop(self):
        self.chromium.close()
        self.playwright.stop()


class Watched:
    """A page, opened in a profile of its own."""

    def __init__(self, browser, url, width=1280, height=800, scheme="light", script=True, clock=False, **options):
        self.url = url
        # A URL that the test redirects the page to.
        self.redirected_to = None
        self.clock = clock
        self.complaints = []
        # What the console says about requests that the test makes fail. Chromium reports the status of an
        # unhealthy service there, whatever the page does with it.
        self.expected = ["the server responded with a status of 503"]
        self.requests = []
        self.context = browser.chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script, **options
        )
        self.context.set_default_timeout(LIMIT * 1000)
        self.page = self.context.new_page()
        self.page.add_init_script(RECORD_VIOLATIONS)
        self.page.on("console", self.record_message)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", self.record_dialog)
        self.page.on("popup", lambda _: self.complaints.append("opened another page"))
        self.page.on("request", self.record_request)
        if clock:
            self.page.clock.install()
        self.answer = self.page.goto(url)

    def record_message(self, message):
        text = f"{message.type}: {message.text}"
        if message.type in ("error", "warning") and not any(part in text for part in self.expected):
            self.complaints.append(text)

    def expect_messages(self, *parts):
        self.expected += parts

    def record_dialog(self, dialog):
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def record_request(self, request):
        self.requests.append(request)
        asked, own = urllib.parse.urlsplit(request.url), urllib.parse.urlsplit(self.url)
        if asked.scheme != "data" and asked[:3] != own[:3] and request.url != self.redirected_to:
            self.complaints.append(f"requested {request.url}")

    def polls(self):
        """Returns the number of requests since the page was opened."""
        return sum(not request.is_navigation_request() for request in self.requests)

    def text(self, selector="#page"):
        return self.page.locator(selector).inner_text()

    def headline(self):
        return self.text("#headline")

    def expect(self, selector):
        return playwright.sync_api.expect(self.page.locator(selector))

    def favicon(self):
        return self.page.locator("link[rel=icon]").get_attribute("href")

    def overflow(self):
        """Returns how much wider than the window the page is, and what sticks out."""
        return self.page.evaluate("""() => {
            const root = document.scrollingElement, most = innerWidth;
            if (root.scrollWidth <= most) return null;
            const wide = [...document.querySelectorAll("body *")]
                .filter(element => element.getBoundingClientRect().right > most + 0.5)
                .map(element => `${element.tagName}#${element.id}.${element.className}`);
            return `${root.scrollWidth - most} px: ${wide.slice(0, 5).join(", ")}`;
        }""")

    def accessibility_violations(self):
        found = Axe().run(self.page, options={"resultTypes": ["violations", "incomplete"]}).response
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def close(self):
        self.context.close()


class PageTest(unittest.TestCase):
    """A test with pages and services, which must not have complained when it ends."""

    # Set by the runner.
    browser = None

    def service(self, **settings):
        service = Service(**settings)
        self.addCleanup(service.close)
        return service

    def open(self, url, **options):
        watched = Watched(PageTest.browser, url, **options)
        self.addCleanup(self.close, watched)
        return watched

    def close(self, watched):
        watched.close()
        self.assertEqual(watched.complaints, [], watched.url)

    @contextlib.contextmanager
    def opened(self, url, **options):
        """Opens a page for the block only."""
        watched = Watched(PageTest.browser, url, **options)
        try:
            yield watched
        finally:
            watched.close()
        self.assertEqual(watched.complaints, [], f"{url} {options}")
