"""A report as a person gets it from its page, and what is in it."""

from __future__ import annotations

from html.parser import HTMLParser

from conftest import ROOT
from streamlit.testing.v1 import AppTest

from runs import paths

MOST = 5_000_000  # bytes
VOID = {"meta", "img", "rect", "line", "circle"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "nav", "section", "footer", "h1", "h2", "h3",
    "p", "a", "bdi", "ol", "ul", "li", "dl", "div", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "figure", "figcaption", "span", "strong", "svg", "g", "rect", "line", "circle", "text", "img", "audio", "del",
    "ins",
}  # fmt: skip
ITS_OWN = ("#s", "data:image/webp;base64,", "data:audio/mpeg;base64,")


class Reader(HTMLParser):
    """The elements of a report, their attributes, and its text."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.open, self.said = [], [], [], []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())


def read(content):
    """What is in a report, once it is sure that nothing in it runs, and nothing is asked of anybody."""
    found = Reader(content)
    assert set(found.tags) <= ALLOWED, set(found.tags) - ALLOWED
    assert not [name for name, _value in found.attributes if name.startswith("on") or name == "style"]
    assert all(value.startswith(ITS_OWN) for name, value in found.attributes if name in ("src", "href"))
    [policy] = [value for name, value in found.attributes if name == "content" and "default-src" in value]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert "url(" not in content and "@import" not in content
    assert len(content.encode()) < MOST
    return found


def made(run, page, locale="en-GB", examples=False, language="", **written):
    """What a person gets who presses the button, after a tick or without; `language` of the report and what is
    `written` into its fields (title, purpose, author), where they are not left as they are."""
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.context = {"locale": locale, "timezone": "Europe/London"}
    app.run()
    app.query_params.update({"run": run})
    app.switch_page(page).run()
    if examples:
        next(one for one in app.checkbox if one.key == f"report_examples_{run}").check()
    if language:
        next(one for one in app.button_group if one.key == f"report_{run}_language").set_value(language)
        app.run()
    fields = {one.key: one for one in (*app.text_input, *app.text_area)}
    for name, text in written.items():
        next(field for key, field in fields.items() if key.startswith(f"report_{run}_{name}")).input(text)
    app = next(one for one in app.button if one.key == f"report_make_{run}").click().run()
    assert not app.exception and not app.error, [one.value for one in app.error]
    [path] = (paths.run(run) / "reports").glob("*.html")
    assert [one for one in app.get("link_button") if "/api/report?token=" in one.proto.url]
    content = path.read_text("utf-8")
    path.unlink()
    return content
