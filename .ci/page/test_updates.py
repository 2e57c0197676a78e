"""What the page shows without being loaded again."""

import functools
import http.server
import threading

from browser import PageTest
from service import eventually
from states import STATES

# The page's own time within which it must show a change, in milliseconds.
SOON = 6_000

FORBIDDEN = "the page of another program"


def fulfill(answer, route):
    route.fulfill(**answer)


class Updates(PageTest):
    """Time passes in the page as the tests say, so that no busy machine can make it late."""

    def setUp(self):
        self.shop = self.service()

    def open_updated(self, url=None, **options):
        watched = self.open(url or self.shop.url, clock=True, **options)
        # It would be gone if the page were loaded again.
        watched.page.evaluate("window.isTheSame = true")
        return watched

    def close(self, watched):
        if watched.clock:
            self.assertTrue(watched.page.evaluate("window.isTheSame"), "the page was loaded again")
        super().close(watched)

    def eventually_in_page(self, watched, what, condition):
        """Lets time pass in the page until a condition holds."""

        def holds():
            watched.page.clock.run_for(1_000)
            watched.page.wait_for_timeout(20)
            return condition()

        return eventually(what, holds)

    def says_not_updating(self, watched):
        is_set = "document.body.classList.contains('not-updating')"
        return watched.page.evaluate(is_set) and "NOT UPDATING" in watched.text("#as-of")

    def test_the_details_that_a_link_opens_are_open_wherever_they_are(self):
        self.shop.set("mail", "unhealthy")
        watched = self.open_updated(self.shop.url + "#component-mail")
        watched.expect("#wrong #component-mail").to_be_visible()
        self.shop.set("mail", "healthy")
        details = "#rest #component-mail details"
        self.eventually_in_page(watched, "the details", lambda: watched.page.locator(details + "[open]").count())

        watched.page.locator(details + " summary").click()
        watched.expect(details).not_to_have_attribute("open", "")
        before = watched.polls()
        self.eventually_in_page(watched, "two polls", lambda: watched.polls() > before + 1)
        watched.expect(details).not_to_have_attribute("open", "")

    def test_a_change_is_shown_soon(self):
        watched = self.open_updated()
        watched.expect("#headline").to_contain_text("HEALTHY")
        icon, title = watched.favicon(), watched.page.title()
        for word in ("UNHEALTHY", "DRAINING", "DEGRADED", "HEALTHY"):
            with self.subTest(word):
                STATES[word](self.shop)
                watched.page.clock.run_for(SOON)
                watched.expect("#headline").to_contain_text(word)
                self.assertIn(word, watched.page.title())
                if word == "HEALTHY":
                    self.assertEqual(watched.favicon(), icon)
                else:
                    self.assertNotEqual((watched.favicon(), watched.page.title()), (icon, title))
                    self.assertNotEqual(watched.favicon(), icon)
        changes = watched.text("#changes")
        self.assertIn("database", changes)

    def test_pages_of_probes_and_components_are_updated(self):
        pages = [self.open_updated(self.shop.url + path) for path in ("readiness", "database", "orders")]
        STATES["UNHEALTHY"](self.shop)
        for watched in pages:
            watched.page.clock.run_for(SOON)
            watched.expect("#headline").to_contain_text("UNHEALTHY")

    def test_a_stopped_service_is_noticed_and_its_successor_too(self):
        watched = self.open_updated()
        watched.expect_messages("net::ERR_")
        before = watched.headline()
        self.shop.stop()
        self.eventually_in_page(watched, "NOT UPDATING", lambda: self.says_not_updating(watched))
        self.assertEqual(watched.headline().split()[:2], before.split()[:2], "the last known state stays")
        self.assertIn("NOT UPDATING", watched.page.title())
        # Nobody knows whether the state lasts, so its duration stays as well.
        known = watched.headline()
        watched.page.clock.run_for(600_000)
        self.assertEqual(watched.headline(), known)
        self.assertIn("10 min ago", watched.text("#as-of"))

        self.assertTrue(self.shop.start())
        STATES["DEGRADED"](self.shop)
        self.eventually_in_page(watched, "updates again", lambda: not self.says_not_updating(watched))
        self.eventually_in_page(watched, "DEGRADED", lambda: "DEGRADED" in watched.headline())
        self.assertNotIn("NOT UPDATING", watched.text() + watched.page.title())

    def test_a_service_that_hangs_is_noticed(self):
        watched = self.open_updated()
        watched.expect_messages("net::ERR_")
        self.shop.freeze()
        self.eventually_in_page(watched, "NOT UPDATING", lambda: self.says_not_updating(watched))
        self.shop.thaw()
        self.eventually_in_page(watched, "updates again", lambda: not self.says_not_updating(watched))

    def test_another_answer_is_no_update(self):
        html = {"content_type": "text/html; charset=utf-8"}
        json = {"content_type": "application/json"}
        page = f"<!DOCTYPE html><title>{FORBIDDEN}</title><main id=other><h1>{FORBIDDEN}</h1></main>"
        answers = {
            "another page": {"body": page, **html},
            "a page that fails": {"status": 502, "body": page, **html},
            "nothing": {"body": "", **html},
            "half a page": {"body": "<!DOCTYPE html><body><main id=page><h1 id=head", **html},
            "JSON": {"body": '{"service_healthy": true}', **json},
            "an error of ours": {"status": 404, "body": '{"error": "unknown"}', **json},
            "to slow down": {"status": 429, "body": FORBIDDEN, "content_type": "text/plain"},
        }
        watched = self.open_updated()
        watched.expect_messages("Failed to load resource")
        for name, answer in answers.items():
            with self.subTest(name):
                state = watched.headline().split()[:2]
                watched.page.route("**/*", functools.partial(fulfill, answer))
                self.eventually_in_page(watched, name, lambda: self.says_not_updating(watched))
                self.assertEqual(watched.headline().split()[:2], state)
                self.assertNotIn(FORBIDDEN, watched.page.content())
                watched.page.unroute("**/*")
                self.eventually_in_page(watched, "updates again", lambda: not self.says_not_updating(watched))

    def test_an_old_copy_from_a_cache_is_no_update(self):
        STATES["HEALTHY"](self.shop)
        watched = self.open_updated()
        icon = watched.favicon()
        copy = watched.context.request.get(self.shop.url, headers={"accept": "text/html"}).text()
        html = {"body": copy, "content_type": "text/html; charset=utf-8"}
        watched.page.route("**/*", functools.partial(fulfill, html))
        self.eventually_in_page(watched, "NOT UPDATING", lambda: self.says_not_updating(watched))
        self.assertNotEqual(watched.favicon(), icon, "nobody knows that it is healthy")
        watched.page.unroute("**/*")
        self.eventually_in_page(watched, "updates again", lambda: not self.says_not_updating(watched))
        self.assertEqual(watched.favicon(), icon)

    def test_the_title_counts_on_while_nothing_changes(self):
        watched = self.open_updated(self.service(INTERVAL_MS=3_600_000).url)

        def is_unchanged():
            polls = [request for request in watched.requests if not request.is_navigation_request()]
            answers = [request.existing_response for request in polls]
            return sum(answer is not None and answer.status == 304 for answer in answers) > 2

        self.eventually_in_page(watched, "three times nothing new", is_unchanged)
        watched.page.clock.run_for(120_000)
        state, _, _ = watched.headline().partition(":")
        self.assertIn(" min", state)
        self.assertIn(state.strip(), watched.page.title())

    def test_a_style_that_an_extension_adds_is_no_new_page(self):
        watched = self.open_updated()
        # Extensions may do what the policy forbids to this test.
        watched.expect_messages("Applying inline style violates", "violates style-src-elem")
        watched.page.evaluate("document.head.prepend(document.createElement('style'))")
        STATES["DEGRADED"](self.shop)
        self.eventually_in_page(watched, "DEGRADED", lambda: "DEGRADED" in watched.headline())

    def test_a_login_page_after_a_redirect_is_no_update(self):
        watched = self.open_updated()
        watched.expect_messages("Content Security Policy", "violates connect-src", "Failed to load resource")
        login, visits = self.start_login_page()
        watched.redirected_to = login
        redirect = {"status": 302, "headers": {"location": login}}
        watched.page.route(self.shop.url, functools.partial(fulfill, redirect))
        self.eventually_in_page(watched, "NOT UPDATING", lambda: self.says_not_updating(watched))
        self.assertNotIn(FORBIDDEN, watched.page.content())
        self.assertEqual(visits, [], "the policy forbids requests to other origins")

    def start_login_page(self):
        """Returns the URL of a page on another port, and the list of its visits."""
        visits = []

        class Login(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                visits.append(self.path)
                self.send_response(200)
                self.send_header("access-control-allow-origin", "*")
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(f"<main id=page>{FORBIDDEN}</main>".encode())

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Login)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/login", visits

    def test_a_hidden_page_does_not_poll(self):
        watched = self.open_updated()
        watched.page.clock.run_for(SOON)
        eventually("a poll", lambda: watched.polls() > 0 or watched.page.wait_for_timeout(20))
        self.set_visibility(watched, "hidden")
        # A poll that was under way may still end, but starts no other.
        watched.page.wait_for_load_state("networkidle")
        before = watched.polls()
        for _ in range(20):
            watched.page.clock.run_for(SOON)
        watched.page.wait_for_load_state("networkidle")
        self.assertEqual(watched.polls(), before)
        # Its tab is still in sight, and must not claim the state of this moment.
        self.assertRegex(watched.page.title(), "^as of [0-9]")
        state = watched.page.title().split(" – ", 1)[1]
        watched.page.clock.run_for(600_000)
        self.assertEqual(watched.page.title().split(" – ", 1)[1], state)

        STATES["UNHEALTHY"](self.shop)
        self.set_visibility(watched, "visible")
        watched.page.clock.run_for(SOON)
        watched.expect("#headline").to_contain_text("UNHEALTHY")
        self.assertRegex(watched.page.title(), "^✕ UNHEALTHY for ")

    def test_the_title_lasts_as_long_as_the_sentence(self):
        watched = self.open_updated()
        before = watched.page.title()
        watched.page.route("**", lambda route: route.fulfill(status=304))
        watched.page.clock.run_for(300_000)
        lasted = watched.page.locator("#headline time").inner_text()
        self.assertIn(f" for {lasted}: ", watched.page.title())
        self.assertNotEqual(watched.page.title(), before)

    def set_visibility(self, watched, state):
        """A browser without a window shows every page, so the page is told otherwise."""
        watched.page.evaluate(
            """state => {
                Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
                Object.defineProperty(document, "hidden", {value: state === "hidden", configurable: true});
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            state,
        )

    def test_focus_selection_and_open_details_survive_updates(self):
        STATES["UNHEALTHY"](self.shop)
        watched = self.open_updated()
        page = watched.page
        self.assertGreater(page.locator("#rest details").count(), 0)
        page.evaluate("""() => {
            const details = document.querySelectorAll("#rest details");
            details[details.length - 1].querySelector("summary").click();
        }""")
        opened = "[...document.querySelectorAll('#rest details')].map(details => details.open)"
        is_open = page.evaluate(opened)
        self.assertTrue(is_open[-1])
        for selector, name in [("#copy", "a button"), ("#rest details:last-of-type summary", "a summary"), ("a[href]", "a link")]:
            with self.subTest(name):
                page.locator(selector).last.focus()
                selected = page.evaluate("""() => {
                    const text = document.querySelector("#component-database"), range = document.createRange();
                    range.selectNodeContents(text);
                    getSelection().removeAllRanges();
                    getSelection().addRange(range);
                    window.focused = document.activeElement.outerHTML;
                    return getSelection().toString();
                }""")
                before = watched.polls()
                self.shop.set("mail", "unhealthy", f"changed while {name} has the focus")
                self.eventually_in_page(watched, "an update", lambda: f"while {name} has" in watched.text())
                self.assertGreater(watched.polls(), before)
                self.assertEqual(page.evaluate("document.activeElement.outerHTML === window.focused"), True)
                self.assertIn("10.0.4.17", selected)
                # The times in it may have changed.
                self.assertIn("10.0.4.17", page.evaluate("getSelection().toString()"))
        self.assertTrue(page.evaluate(opened)[-1])

    def test_an_open_page_does_not_hold_up_the_end_of_the_service(self):
        watched = self.open(self.shop.url)
        watched.expect_messages("net::ERR_")
        eventually("a poll", lambda: watched.polls() > 0 or watched.page.wait_for_timeout(20))
        self.shop.stop()
        watched.page.wait_for_timeout(0)

    def test_the_scroll_position_survives_updates(self):
        watched = self.open_updated()
        watched.page.set_viewport_size({"width": 1280, "height": 300})
        watched.page.evaluate("scrollTo(0, 200)")
        STATES["DEGRADED"](self.shop)
        STATES["HEALTHY"](self.shop)
        before = watched.polls()
        self.eventually_in_page(watched, "two updates", lambda: watched.polls() > before + 1)
        self.assertEqual(watched.page.evaluate("scrollY"), 200)
