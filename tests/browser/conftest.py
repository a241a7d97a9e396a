"""The real app and Debian's Chromium. Without a Chromium these tests are skipped, in CI they fail."""

from __future__ import annotations

import os
import re
import shutil
from collections import defaultdict
from pathlib import Path

import made_speech
import pytest
from playwright.sync_api import expect

import cases
from cases.image_recognition import sample

from . import bringing, steps
from .serving import running

# Two browsers and two apps on two cores are slow, and slower beside other work; how quick the app is, benchmarks say.
expect.set_options(timeout=1000 * steps.PATIENCE)

# The first one draws no windows that nobody sees, and takes a quarter less time.
# An icon of a page is fetched outside of what Playwright sees, and not at all without windows.
TELL_FOREIGN_ICONS = """new MutationObserver(() => document.querySelectorAll('link[rel~=icon]').forEach(
    ({href}) => /^(data|blob):/.test(href) || href.startsWith(location.origin) || console.error(`An icon of ${href}`)
)).observe(document, {subtree: true, childList: true, attributes: true})"""
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream", "--host-resolver-rules=MAP *.example 127.0.0.1",
    "--ignore-certificate-errors",  # that of the proxy in these tests is signed by itself
)  # fmt: skip


# The files that take longest, the longest first: whoever works beside others should not begin with one when they end.
LONG = ("accessibility", "static_demo", "newcomer", "check", "proxy", "phone", "sound_runs", "live", "steps",
        "text_runs", "names", "compare", "sounds", "items", "evaluate", "upload_collections", "grouping", "try",
        "model", "texts")  # fmt: skip


def pytest_addoption(parser):
    parser.addoption("--screenshots", action="store_true", help="write screens as pictures")


def pytest_ignore_collect(collection_path, config):
    """The option is unknown where these tests are not named on the command line."""
    return (
        collection_path == Path(__file__).parent / "test_screens.py" and not config.getoption("screenshots", False)
    ) or None


def pytest_collection_modifyitems(items):
    """Last, for Playwright's event loop stays in the main thread once it has started."""
    here = Path(__file__).parent
    order = {f"test_{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: item.path.is_relative_to(here) and 1 + order.get(item.path.name, len(LONG)))
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    named = [os.environ.get("CASEBOOK_CHROMIUM"), *map(shutil.which, CHROMIUMS)]
    found = next(filter(None, named), None)
    if found is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("No Chromium was found: install it, or name it in CASEBOOK_CHROMIUM.")
    return {**browser_type_launch_args, "executable_path": found, "args": list(QUIET)}


@pytest.fixture(scope="session")
def server(browser_type_launch_args, small_models, small_finer_models, tmp_path_factory):
    """An app in whose home small networks stand for the packaged ones; `test_newcomer` has those."""
    home = small_finer_models(small_models(tmp_path_factory.mktemp("server") / "home"))
    with running(home, CASEBOOK_WEBHOOKS="any") as made:  # those of these tests are on this machine
        yield made


@pytest.fixture(scope="session")
def at_rest():
    """How a browser was opened → those that nobody uses now. They have the app's scripts at hand already."""
    return defaultdict(list)


@pytest.fixture
def visit(browser, at_rest, server):
    """Open an address in a browser of its own. No page may ask another host for anything, or report an error."""
    troubles, used = [], []
    server.forget_choices()

    def asked(request):
        if not request.url.startswith((server.url, "data:", "blob:")):
            troubles.append(request.url)

    def heard(told):
        source = told.location["url"]
        refused = "422" in told.text and "/api/answer" in source  # what is no picture; browsers log every refusal
        shut_out = "Failed to load resource" in told.text and "/account/" in source  # a wrong password, a used link
        # Streamlit fetches a download as soon as it draws its button, to check it; a page that went on has dropped it.
        dropped = "404" in told.text and ("/media/" in source or "Download Button" in told.text)
        if told.type == "error" and not (refused or shut_out or dropped):
            troubles.append(f"{told.text} {source}")

    def failed(error):
        troubles.append(str(error.error))

    watching = {"request": asked, "console": heard, "weberror": failed}

    def go(path="/", *, locale="en-US", width=1280, height=900, **more):
        opened = {"locale": locale, "viewport": {"width": width, "height": height}, **more}
        rest = at_rest[repr(opened)]
        if rest:
            context = rest.pop()
        else:
            context = browser.new_context(**opened)
            context.set_default_timeout(1000 * steps.PATIENCE)
            context.add_init_script(TELL_FOREIGN_ICONS)
        used.append((context, rest))
        for event, told in watching.items():
            context.on(event, told)
        page = context.new_page()
        page.goto(server.url + path)
        steps.opened(page)
        return page

    yield go
    for context, rest in used:
        for event, told in watching.items():
            context.remove_listener(event, told)
        for page in context.pages:
            if page.url.startswith(server.url):  # and no window that a download opened
                page.evaluate("localStorage.clear()")
            page.close()
        context.clear_cookies()
        rest.append(context)
    assert troubles == []


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """A zip of 120 handwritten digits in ten folders."""
    return sample.digits(tmp_path_factory.mktemp("digits"), each=12).path


@pytest.fixture(scope="session")
def data(browser, server, digits):
    """The address of these digits, read by the app."""
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    steps.upload(page, digits)
    address = steps.address(page, "data")
    page.close()
    return address


@pytest.fixture(scope="session")
def trained(server, data):
    """The address of a run that is done: the head, by its defaults."""
    settings = cases.get("image_recognition").Settings()
    run = bringing.done(server, "image_recognition", re.search(r"data=(\w+)", data)[1], settings)
    return f"/image_recognition?run={run.id}"


@pytest.fixture(scope="session")
def written_run(server, tmp_path_factory):
    """A run of a small Whisper, trained on tones that stand for words."""
    folder = tmp_path_factory.mktemp("speech")
    body = made_speech.write_body(folder / "body")
    (folder / "spoken.zip").write_bytes(made_speech.archive(60))
    settings = cases.get("speech").Settings(task="transcribe", model=str(body), epochs=6, batch_size=8,
                                            learning_rate=0.01, augmentation="none")  # fmt: skip
    return bringing.trained(server, "speech", folder / "spoken.zip", settings)
