"""Every screen as a picture, in both languages, light and dark, wide and on a phone; only with `--screenshots`."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from runs.language import say

from . import steps
from .serving import ROOT

LOCALES = {"en": "en-US", "zh": "zh-CN"}
TO_THE_TOP = "document.querySelector('.stMain').scrollTo(0, 0)"
README = {"home": ("home", None), "running": ("run", "4 · Fine-tune"), "done": ("result", "5 · Evaluate")}


@pytest.fixture(scope="module")
def sample(browser, server):
    """A page with the sample data, opened anew at each call."""
    pages = []

    def opened():
        page = browser.new_page(locale="en-US")
        pages.append(page)
        page.goto(f"{server.url}/image_recognition")
        page.get_by_role("button", name="Try it with handwritten digits").click()
        steps.address(page, "data")
        return page

    yield opened
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def done_run(sample):
    page = sample()
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.status(page, "done", limit=180)
    return steps.address(page, "run")


@pytest.fixture(scope="module")
def running(sample):
    page = sample()
    steps.train(page, mode="Head only", epochs=120, batch_size=1, learning_rate=0.00003)  # minutes of slow learning
    steps.points(page, at_least=60)
    return page


@pytest.fixture(scope="module")
def running_run(running):
    return steps.address(running, "run")


@pytest.fixture(scope="module")
def stopped_run(running, running_run):
    running.get_by_role("button", name="Stop and keep the best").click()
    expect(running.get_by_role("link", name="Download the model")).to_be_visible(timeout=60_000)
    return running_run


@pytest.fixture(scope="module")
def failed_reading(browser, server, tmp_path_factory, zip_of, pictures):
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    steps.upload(page, zip_of(tmp_path_factory.mktemp("one") / "cats.zip", pictures(4, classes=("moss",))))
    address = steps.address(page, "read")
    expect(page.get_by_test_id("stAlert")).to_be_visible(timeout=60_000)
    page.close()
    return address


@pytest.fixture
def address(request, screen):
    """Where a screen is; making what it shows may take a while the first time."""
    made = {"data": "data", "form": "data", "running": "running_run", "done": "done_run", "stopped": "stopped_run"}
    known = {"home": "/", "empty": "/image_recognition", "runs": "/runs"}
    return known.get(screen) or request.getfixturevalue({**made, "failed": "failed_reading"}[screen])


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize(
    "screen", ["home", "empty", "data", "form", "failed", "done", "running", "stopped", "runs"]
)  # `running` comes after `done`, which would wait for it, and before `stopped`, which is the same run
def test_screen(visit, address, screen, language, scheme, width):
    page = visit(address, locale=LOCALES[language], color_scheme=scheme, width=width, is_mobile=width < 500)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if screen == "form":
        page.get_by_text(say(language, "More settings")).click()
    if screen in ("running", "done", "stopped"):
        steps.points(page, at_least=25)
    steps.settled(page)
    page.wait_for_timeout(1000)  # what unfolds has unfolded
    if width == 1280 and scheme == "light" and screen in README:
        keep_for_readme(page, language, *README[screen])
    for _ in range(2):  # a page that still unfolded grows once more
        tall = page.evaluate("document.querySelector('.stMain').scrollHeight")
        page.set_viewport_size({"width": width, "height": tall})
        page.wait_for_timeout(300)
    page.evaluate(TO_THE_TOP)
    write(page, ROOT / f"screenshots/{screen}-{language}-{scheme}-{width}.png")


def keep_for_readme(page, language, name, heading):
    if heading:
        page.get_by_role("heading", name=say(language, heading)).evaluate("(heading) => heading.scrollIntoView()")
        page.wait_for_timeout(300)
    assert write(page, ROOT / f"docs/screenshots/{name}-{language}-light.png") < 150_000
    page.evaluate(TO_THE_TOP)


def write(page, path) -> int:
    """A picture in 256 colours; returns its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256).save(path, optimize=True)
    return path.stat().st_size
