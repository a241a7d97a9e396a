"""A server of demos alone: whatever else is asked for does not exist, and a person reads what there is instead."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from runs.api.surfaces import OnlyDemos


@pytest.fixture
def surface():
    return TestClient(OnlyDemos(PlainTextResponse("of another route")))


@pytest.mark.parametrize("path", ["/host", "/runs", "/account/login", "/api/ready", "/demos/../runs", "/typo"])
def test_a_person_who_asks_for_another_page_reads_in_their_language_what_there_is(surface, path):
    chinese = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    for headers, told in (({"Accept": "text/html"}, "Open the link that you were sent."), (chinese, "模型试用")):
        answer = surface.get(path, headers=headers)
        assert answer.status_code == 404 and told in answer.text and "of another route" not in answer.text
    assert surface.get(path, headers={"Accept": "*/*"}).text == "Not Found"
