"""Pages say where the server is, so that no browser looks for it below the address of a page."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from runs.api.prefix import Prefix

WHERE = '<script>window.__streamlit={BACKEND_BASE_URL:new URL("./",location.href).href}</script><script type="module"'
OF_CACHE = {"If-None-Match": "*", "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}


@pytest.fixture(params=["", "casebook"], ids=["at the root", "below a path"])
def served(request):
    """Streamlit's own files as the app has them, and what all their addresses begin with."""
    packed = [Middleware(Prefix, told=lambda: request.param), Middleware(GZipMiddleware, minimum_size=1)]
    app = Starlette(routes=create_streamlit_static_assets_routes(request.param), middleware=packed)
    return TestClient(app, follow_redirects=False), f"/{request.param}" if request.param else ""


@pytest.mark.parametrize("headers", [{}, OF_CACHE], ids=["asked for the first time", "asked for again"])
def test_a_page_below_the_start_page_says_that_the_server_is_one_folder_higher(served, headers):
    client, prefix = served
    for path in ("/runs", "/demo?t=a/b", "/index.html"):
        answer = client.get(f"{prefix}{path}", headers=headers)
        assert (answer.status_code, answer.text.count(WHERE)) == (200, 1)
        assert answer.headers["content-length"] == str(len(answer.content))
        assert "etag" not in answer.headers and "content-encoding" not in answer.headers


def test_all_else_goes_on_as_it_is(served):
    client, prefix = served
    start = client.get(f"{prefix}/")  # which lies beside the server
    assert "<script" in start.text and "__streamlit" not in start.text and start.headers["content-encoding"] == "gzip"
    assert client.get(f"{prefix}/favicon.png").headers["etag"]
    assert client.get(f"{prefix}/runs/").status_code == 301
    assert client.head(f"{prefix}/runs").headers["etag"]
