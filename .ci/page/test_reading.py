"""Readers without JavaScript, with a keyboard, with less than all rights, and behind proxies."""

import http.client
import http.server
import threading
import urllib.parse

from browser import INSECURE_HOST, PageTest
from service import LIMIT, eventually
from states import STATES

SECRET = "password=hunter2"


class Reading(PageTest):
    def test_without_javascript_the_page_is_complete_and_refreshes(self):
        shop = self.service()
        STATES["UNHEALTHY"](shop)
        watched = self.open(shop.url, script=False)
        shown = watched.page.locator("#page").text_content()
        for name, component in shop.report()["components"].items():
            self.assertIn(name, shown)
            # One that waits for the database has no message of its own.
            if component["response_time"] > 0:
                self.assertIn(component.get("friendly_status", ""), shown)
        self.assertFalse(watched.page.locator("#copy").is_visible(), "a button that does nothing is not shown")

        STATES["HEALTHY"](shop)
        watched.expect("#headline").to_contain_text("HEALTHY")
        watched.expect("#headline").not_to_contain_text("UNHEALTHY")

    def test_the_incident_can_be_copied(self):
        shop = self.service()
        STATES["UNHEALTHY"](shop)
        watched = self.open(shop.url)
        watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.assertTrue(watched.page.evaluate("isSecureContext"))
        watched.page.locator("#copy").click()
        copied = eventually("a text", lambda: watched.page.evaluate("navigator.clipboard.readText()"))
        self.assert_incident(watched, copied)

    def test_the_incident_can_be_copied_without_the_clipboard_api(self):
        shop = self.service()
        STATES["UNHEALTHY"](shop)
        url = shop.url.replace("127.0.0.1", INSECURE_HOST)
        watched = self.open(url)
        self.assertFalse(watched.page.evaluate("isSecureContext"))
        watched.page.evaluate("document.addEventListener('copy', () => window.copied = getSelection().toString())")
        watched.page.locator("#copy").click()
        copied = eventually("a text", lambda: watched.page.evaluate("window.copied || getSelection().toString()"))
        self.assert_incident(watched, copied)

    def assert_incident(self, watched, copied):
        incident = watched.page.locator("#incident")
        text = incident.input_value() if incident.evaluate("it => 'value' in it") else incident.text_content()
        for part in ("UNHEALTHY", "database", "10.0.4.17:5432", "orders"):
            self.assertIn(part, copied)
            self.assertIn(part, text)

    def test_the_keyboard_reaches_everything(self):
        shop = self.service()
        STATES["UNHEALTHY"](shop)
        watched = self.open(shop.url)
        page = watched.page
        page.evaluate("""() => {
            const all = "a[href], button, summary, input, textarea, select, [tabindex]";
            window.unreached = new Set([...document.querySelectorAll(all)].filter(it => it.checkVisibility()));
        }""")
        self.assertGreater(page.evaluate("unreached.size"), 10)
        for _ in range(page.evaluate("unreached.size") + 5):
            page.keyboard.press("Tab")
            style = page.evaluate("""() => {
                const element = document.activeElement, style = getComputedStyle(element);
                unreached.delete(element);
                return element === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none";
            }""")
            self.assertTrue(style, "what has the focus is marked")
        unreached = page.evaluate("[...unreached].map(it => it.outerHTML.slice(0, 200))")
        self.assertEqual(unreached, [])

        page.locator("#rest summary").last.focus()
        before = page.evaluate("document.activeElement.closest('details').open")
        page.keyboard.press("Enter")
        self.assertNotEqual(page.evaluate("document.activeElement.closest('details').open"), before)

    def test_a_link_to_a_component_opens_its_details(self):
        watched = self.open(self.service().url + "#component-mail")
        watched.expect("#component-mail details").to_have_attribute("open", "")
        watched.page.evaluate("location.hash = 'component-search'")
        watched.expect("#component-search details").to_have_attribute("open", "")
        watched.page.evaluate("location.hash = 'component-none'")

    def test_who_may_see_only_statuses_gets_no_message(self):
        shop = self.service(PANOPTICON_DISCLOSURE="status-only")
        shop.set("database", "unhealthy", SECRET)
        shop.set("payment_provider", "error", SECRET)
        shop.set("mail", "healthy", SECRET)
        shop.override("warehouse", "degraded", SECRET, 5)
        for path in ("", "readiness", "database", "payment_provider", "mail", "warehouse"):
            watched = self.open(shop.url + path, clock=True)
            for _ in range(2):
                self.assertNotIn("hunter2", watched.page.content())
                before = watched.polls()
                watched.page.clock.run_for(6_000)
                eventually("a poll", lambda: watched.polls() > before or watched.page.wait_for_timeout(20))
            watched.page.wait_for_load_state("networkidle")
            self.assertNotIn("hunter2", watched.page.content())

    def test_errors_are_for_readers_who_may_see_them(self):
        shop = self.service(PANOPTICON_DISCLOSURE="authored", PANOPTICON_TOKEN="0123456789abcdef")
        shop.set("database", "error", SECRET)
        shop.set("mail", "unhealthy", "written by the author")
        with self.opened(shop.url) as watched:
            self.assertNotIn("hunter2", watched.page.content())
            watched.expect("#wrong").to_contain_text("written by the author")
        token = {"authorization": "Bearer 0123456789abcdef"}
        with self.opened(shop.url, extra_http_headers=token) as watched:
            watched.expect("#wrong").to_contain_text(SECRET)

    def test_all_links_work_under_another_path(self):
        shop = self.service(PANOPTICON_PATH="/internal/shop/health")
        self.assertEqual(shop.path, "/internal/shop/health/")
        STATES["UNHEALTHY"](shop)
        for path in ("/internal/shop/health", "/internal/shop/health/"):
            self.assert_links_work(f"http://{shop.address}{path}", "/internal/shop/health")

    def test_all_links_work_behind_a_proxy_that_strips_a_prefix(self):
        shop = self.service()
        STATES["UNHEALTHY"](shop)
        proxy = self.start_proxy(shop, "/team/shop")
        for path in ("/healthcheck", "/healthcheck/", "/healthcheck/readiness", "/healthcheck/database/"):
            watched = self.assert_links_work(f"{proxy}/team/shop{path}", "/team/shop/healthcheck")
            polls = watched.polls()
            eventually("an update", lambda: watched.polls() > polls + 1 or watched.page.wait_for_timeout(20))
            self.assertFalse(watched.page.evaluate("document.body.classList.contains('not-updating')"))

    def assert_links_work(self, url, prefix):
        watched = self.open(url)
        watched.expect("#headline").to_contain_text("UNHEALTHY")
        hrefs = watched.page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
        self.assertGreater(len(hrefs), 3)
        for href in sorted(set(hrefs)):
            with self.subTest(href, page=url):
                parts = urllib.parse.urlsplit(href)
                self.assertEqual(parts.netloc, urllib.parse.urlsplit(url).netloc)
                self.assertTrue((parts.path + "/").startswith(prefix + "/"), href)
                answer = watched.context.request.get(href)
                self.assertIn(answer.status, (200, 503), href)
                if parts.fragment:
                    self.assertEqual(watched.page.locator(f"[id='{parts.fragment}']").count(), 1, href)
        return watched

    def start_proxy(self, shop, prefix):
        class Proxy(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if not self.path.startswith(prefix + "/"):
                    self.send_error(404)
                    return
                upstream = http.client.HTTPConnection(shop.address, timeout=LIMIT)
                headers = {name: self.headers[name] for name in ("accept", "authorization") if name in self.headers}
                upstream.request("GET", self.path.removeprefix(prefix), headers=headers)
                answer = upstream.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                upstream.close()

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"
