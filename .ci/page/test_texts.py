"""Unusual messages: they stay text, and do not break the layout."""

from browser import PageTest
from service import eventually

BREAKING = {
    "a script": "</p></details></main><script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>",
    "an attribute": "\" onmouseover=\"alert(1)\" style='position:fixed' x='",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; &copy &nbsp",
    "a comment": "<!-- --> <![CDATA[ ]]> <!DOCTYPE html> <textarea> <title>",
    "templates": "{{7*7}} ${7*7} #{7*7} %s %n \\u0041 javascript:alert(1)",
    "4 kB without spaces": "x" * 4_000,
    "4 kB of a URL": "https://example.com/" + "a/b%20c?d=e&" * 330,
    "right to left": "קישור למסד הנתונים נכשל (10.0.4.17:5432) \u202e reversed",
    "emoji": "🚨 👩🏽‍🚒 🏳️‍🌈 " + "🔥" * 300,
    "combining characters": "Z" + "\u0353\u0301\u0489" * 200 + "algo",
    "control characters": "bell \x07 null \x00 escape \x1b[31mred\x1b[0m delete \x7f next line \x85",
    "line breaks": "first\nsecond\r\nthird\u2028fourth\n\n\n\n\nlast",
}

# The elements and their attributes, and how many there are of those that a page has once.
MARKUP = """[...document.querySelectorAll("*")].flatMap(element =>
    [element.nodeName, ...element.getAttributeNames().map(name => `${element.nodeName} ${name}`)]
).concat(["script", "style", "title", "img", "textarea", "link"].map(name =>
    `${document.querySelectorAll(name).length} ${name}`))"""


# What a message without anything special may look like.
PLAIN = ("plain", "a long text " * 330)


class Texts(PageTest):
    def test_messages_stay_text(self):
        shop = self.service()
        # In a problem and its transition, and in the details of what is well.
        for status in ("unhealthy", "healthy"):
            usual = set().union(*(self.markup(shop, status, message) for message in PLAIN))
            for name, message in BREAKING.items():
                with self.subTest(name, status=status):
                    self.assertLessEqual(self.markup(shop, status, message) - usual, set())

    def markup(self, shop, status, message):
        """Shows a message, and returns what elements and attributes the page then has."""
        shop.set("search", status, message)
        before = shop.report()["components"]["search"]["checked_at"]
        eventually("another run", lambda: shop.report()["components"]["search"]["checked_at"] != before)
        with self.opened(shop.url) as watched:
            watched.page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
            self.assertIsNone(watched.overflow())
            watched.page.set_viewport_size({"width": 320, "height": 640})
            self.assertIsNone(watched.overflow(), "narrow")
            shown = watched.page.locator("#component-search").text_content()
            for part in visible_parts(message):
                self.assertIn(part, shown)
            return set(watched.page.evaluate(MARKUP))

    def test_a_broken_message_is_updated_as_text_too(self):
        shop = self.service()
        watched = self.open(shop.url)
        for name, message in BREAKING.items():
            with self.subTest(name):
                marked = f"{len(name)} {message}"
                shop.set("search", "unhealthy", marked)
                watched.expect("#component-search").to_contain_text(f"{len(name)} ")
                watched.page.wait_for_function(
                    "start => document.querySelector('#component-search').textContent.includes(start)",
                    arg=visible_parts(marked)[0],
                )
                self.assertIsNone(watched.overflow())


def visible_parts(message):
    """Returns what the library shows of a message as it is: what is between control characters."""
    parts = "".join(char if char.isprintable() or char in "\u200d\ufe0f" else "\n" for char in message).split("\n")
    return [part.strip() for part in parts if part.strip()]
