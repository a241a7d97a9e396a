"""Data and runs that several files of screens show; each is made once."""

from __future__ import annotations

import pytest

from .. import steps
from ..serving import running
from .acts import brought, trained_on


@pytest.fixture(scope="session")
def server(browser_type_launch_args, tmp_path_factory):
    """With the packaged models: what pictures show is what a person gets."""
    with running(tmp_path_factory.mktemp("server") / "home") as made:
        yield made


@pytest.fixture(scope="session")
def sample(browser, server):
    """A page with the sample data, opened anew at each call."""
    pages = []

    def opened():
        server.forget_choices()
        page = browser.new_page(locale="en-US")
        pages.append(page)
        page.goto(f"{server.url}/image_recognition")
        page.get_by_role("button", name="Try it with handwritten digits").click()
        steps.address(page, "data")
        return page

    yield opened
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def done_run(sample):
    page = sample()
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.status(page, "done", limit=400)
    return steps.address(page, "run")


@pytest.fixture(scope="session")
def text_data(browser, server):
    return brought(browser, server, "text_analysis", "Try it with English film reviews")


@pytest.fixture(scope="session")
def text_run(browser, server, text_data):
    return trained_on(browser, server, text_data, limit=180)


@pytest.fixture(scope="session")
def sound_data(browser, server):
    return brought(browser, server, "speech", "Try it with synthetic vowels")


@pytest.fixture(scope="session")
def sound_run(browser, server, sound_data):
    return trained_on(browser, server, sound_data, limit=180)


@pytest.fixture(scope="session")
def item_data(browser, server):
    return brought(browser, server, "recommendation", "Try it with ratings of films")


@pytest.fixture(scope="session")
def item_run(browser, server, item_data):
    return trained_on(browser, server, item_data, limit=400)
