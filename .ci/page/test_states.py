"""How each state is shown, in light and dark, wide and narrow, and on paper."""

import re
import unittest

from browser import PageTest
from states import STATES, overridden

# The narrowest window that the page is made for.
NARROW = 320
# A4 at 96 pixels per inch.
PAPER = 794


class States(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.favicons = {}

    def setUp(self):
        self.shop = self.service()

    def test_every_state_is_named_and_accessible_and_fits(self):
        icons = set()
        for word, enter in STATES.items():
            with self.subTest(word):
                enter(self.shop)
                icons.add(self.assert_shown(self.shop.url, word))
        self.assertEqual(len(icons), len(STATES), "each state has a favicon of its own")

    def test_an_override_and_its_reason_are_shown(self):
        overridden(self.shop)
        self.assert_shown(self.shop.url, "UNHEALTHY")
        with self.opened(self.shop.url) as watched:
            watched.expect("#wrong").to_contain_text("the northern site moves to its new line")

    def test_failures_that_do_not_count_yet_are_shown(self):
        # With its interval of an hour, the second of three failures does not follow.
        shop = self.service(INTERVAL_MS=3_600_000, COMPONENTS=8)
        shop.request("POST", "/set/payment_provider", status="unhealthy", message="the certificate has expired")
        with self.opened(shop.url) as watched:
            watched.expect("#component-payment_provider").to_be_attached()

    def test_a_probe_without_components_is_shown(self):
        self.assert_shown(self.shop.url + "startup", "NO CHECKS")

    def test_a_probe_and_a_component_have_a_page(self):
        STATES["UNHEALTHY"](self.shop)
        for path, word, text in [
            ("readiness", "UNHEALTHY", "10.0.4.17:5432"),
            ("liveness", "HEALTHY", "workers"),
            ("database", "UNHEALTHY", "10.0.4.17:5432"),
            ("orders", "UNHEALTHY", "database"),
        ]:
            with self.subTest(path):
                self.assert_shown(self.shop.url + path, word)
                with self.opened(self.shop.url + path) as watched:
                    watched.expect("#page").to_contain_text(text)

    def test_200_components_are_shown(self):
        shop = self.service(COMPONENTS=200)
        shop.set("database_7", "unhealthy", "refuses connections")
        self.assert_shown(shop.url, "UNHEALTHY")
        with self.opened(shop.url) as watched:
            self.assertEqual(watched.page.locator("[id^=component-]").count(), 200)
            watched.expect("#headline").to_contain_text("database_7")

    def test_names_keep_room_beside_the_charts(self):
        for width in (721, PAPER, 961):
            with self.opened(self.shop.url, width=width) as watched:
                names = watched.page.locator("#rest tbody th details")
                narrowest = min(names.evaluate_all("all => all.map(it => it.closest('th').clientWidth)"))
                self.assertGreater(narrowest, 160, width)

    def test_paper_is_light(self):
        with self.opened(self.shop.url, scheme="dark") as watched:
            watched.page.emulate_media(media="print")
            color = watched.page.evaluate("getComputedStyle(document.body).color")
            self.assertEqual(color, "rgb(27, 28, 31)")

    def assert_shown(self, url, word):
        """Returns the favicon."""
        for scheme in ("light", "dark"):
            with self.opened(url, scheme=scheme) as watched:
                self.assertRegex(watched.headline(), rf"^\W*{word}\b")
                self.assertIn(word, watched.page.title())
                self.assertEqual(watched.accessibility_violations(), [], (word, scheme))
                self.assertIsNone(watched.overflow(), (word, scheme))
                icon = watched.favicon()

                watched.page.set_viewport_size({"width": NARROW, "height": 640})
                self.assertIsNone(watched.overflow(), (word, scheme, NARROW))
                if scheme == "light":
                    self.assertEqual(watched.accessibility_violations(), [], (word, NARROW))

                watched.page.set_viewport_size({"width": PAPER, "height": 1_000})
                watched.page.emulate_media(media="print")
                self.assertIsNone(watched.overflow(), (word, scheme, "print"))
                watched.expect("#headline").to_be_visible()
                watched.page.emulate_media(media="screen")
        return icon
