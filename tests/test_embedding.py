"""Which sites may show a page inside theirs, as the server tells browsers."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from runs.api.security_headers import SecurityHeaders, embedding


@pytest.fixture
def policy():
    """The policy that comes with the answer at a path."""
    anything = Route("/{path:path}", lambda request: PlainTextResponse("hello"))
    client = TestClient(Starlette(routes=[anything], middleware=[Middleware(SecurityHeaders)]))
    return lambda path: client.get(path).headers["content-security-policy"].split(";")[0]


def test_no_site_may_show_any_page_unless_the_host_says_so(policy, monkeypatch):
    monkeypatch.delenv("CASEBOOK_EMBED", raising=False)
    for path in ("/", "/runs", "/demo", "/watch", "/api/answer"):
        assert policy(path) == "frame-ancestors 'self'"


def test_the_sites_that_the_host_names_may_show_pages_of_links_and_no_others(policy, monkeypatch):
    monkeypatch.setenv("CASEBOOK_EMBED", "https://blog.example, http://127.0.0.1:8000")
    for path in ("/demo", "/watch", "/demo/", "/casebook/demo"):
        assert policy(path) == "frame-ancestors 'self' https://blog.example http://127.0.0.1:8000"
    for path in ("/", "/runs", "/account", "/host", "/api/upload", "/demonstration"):
        assert policy(path) == "frame-ancestors 'self'"


@pytest.mark.parametrize(
    "nonsense", ["blog.example", "*", "https://blog.example/path", "https://a.example; script-src *",
                 "https://a.example https://b.example", "javascript:alert(1)", "https://", "https://a.example:x"]
)  # fmt: skip
def test_what_is_no_origin_is_passed_over(nonsense, monkeypatch):
    monkeypatch.setenv("CASEBOOK_EMBED", f"{nonsense},https://good.example")
    assert embedding() == ["https://good.example"]
