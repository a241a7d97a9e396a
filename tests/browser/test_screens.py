"""Every screen as a picture, in both languages, light and dark, wide and on a phone; only with `--screenshots`."""

from __future__ import annotations

import io
import re
import zipfile

import made_speech
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from sounds import encoded

import cases
from cases.settings import as_json
from models.errors import InputError
from runs.language import say
from runs.store import records

from . import steps
from .serving import ROOT

LOCALES = {"en": "en-US", "zh": "zh-CN"}
TO_THE_TOP = "document.querySelector('.stMain').scrollTo(0, 0)"
README = {"home": ("home", None), "running": ("run", "4 · Fine-tune"), "done": ("result", None),
          "text-try": ("words", "6 · Try"),
          "sound-try": ("moments", "Or choose a recording from the test set, never used in training:")}  # fmt: skip
SAID = {
    "en": "The actors are wonderful, but the story is far too long and I nearly fell asleep.",
    "zh": "演员很棒，但是故事太长，我差点睡着了。",
}


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def done_run(sample):
    page = sample()
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.status(page, "done", limit=180)
    return steps.address(page, "run")


@pytest.fixture(scope="module")
def running(sample):
    page = sample()
    steps.train(
        page, mode="Head only", epochs=900, batch_size=1, learning_rate=0.000003
    )  # many minutes of slow learning
    steps.points(page, at_least=60)
    return page


@pytest.fixture(scope="module")
def running_run(running):
    return steps.address(running, "run")


@pytest.fixture(scope="module")
def stopped_run(running, running_run):
    running.get_by_role("button", name="Stop, keep best").click()
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


@pytest.fixture(scope="module")
def failed_run(server, sample):
    """A run that ended as one whose loss became no number."""
    error = InputError(
        found="The loss became NaN or infinite at step {step}.",
        expected="The learning rate must keep the loss finite; it is {learning_rate:g}.",
        remedy="Start again with a learning rate ten times smaller.", step=3, learning_rate=1.0,
    ).mended_by(settings={"learning_rate": 0.1})  # fmt: skip
    dataset = sample().url.rpartition("data=")[2]
    settings = as_json(cases.get("image_recognition").Settings(mode="full", learning_rate=1.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        made = records.create_run("local", "fine_tune", "image_recognition", "digits", dataset=dataset, edits={},
                                  settings=settings, status="failed", error=error.as_json())  # fmt: skip
    return f"/image_recognition?run={made}"


@pytest.fixture(scope="module")
def home_while_running(running):
    return "/"


@pytest.fixture(scope="module")
def odd_data(browser, server, tmp_path_factory, zip_of, pictures):
    """Data with copies, a contradiction and files that are no pictures."""
    files = pictures(12)
    copied = files["moss/000.png"]
    files |= {"moss/copy.png": copied, "rust/copy.png": copied, "moss/letter.png": b"Dear Sir", "notes.txt": b"notes"}
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    steps.upload(page, zip_of(tmp_path_factory.mktemp("odd") / "noise.zip", files))
    address = steps.address(page, "data")
    page.close()
    return address


@pytest.fixture(scope="module")
def collection(browser, server, tmp_path_factory, pictures):
    folder = tmp_path_factory.mktemp("loose")
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/image_recognition")
    page.get_by_role("button", name="More ways: single pictures, camera").click()
    address = steps.address(page, "draft")
    steps.settled(page)
    for name, content in pictures(3, classes=("moss",)).items():
        (folder / name.replace("/", "-")).write_bytes(content)
    page.locator(".cb-upload-label input").fill("moss")
    page.locator(".cb-upload input[type=file]").first.set_input_files(sorted(folder.iterdir()))
    expect(page.locator(".cb-upload")).to_have_attribute("data-state", "done", timeout=60_000)
    page.close()
    return address


def shared(browser, server, run, lent):
    """The address of a new demo; `lent`: the box that lets it show examples of the test part."""
    page = browser.new_page(locale="en-US")
    page.goto(server.url + run)
    page.get_by_text("Private demo link").click(timeout=30_000)
    if lent:
        page.get_by_text(lent).click()
    page.get_by_role("button", name="Create link").click()
    told = page.get_by_test_id("stCode")
    expect(told).to_contain_text("/demo?t=")
    address = told.inner_text().strip()
    page.close()
    return address[address.index("/demo") :]


@pytest.fixture(scope="module")
def demo(browser, server, done_run):
    return shared(browser, server, done_run, "Share test pictures")


@pytest.fixture(scope="module")
def text_demo(browser, server, text_run):
    return shared(browser, server, text_run, "Share test texts")


@pytest.fixture(scope="module")
def item_demo(browser, server, item_run):
    return shared(browser, server, item_run, None)


def brought(browser, server, case, button):
    """The address of a case's sample data."""
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/{case}")
    page.get_by_role("button", name=button).click()
    address = steps.address(page, "data")
    page.close()
    return address


def trained_on(browser, server, data, limit):
    """The address of a run by the defaults, once it is done."""
    page = browser.new_page(locale="en-US")
    page.goto(server.url + data)
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.status(page, "done", limit=limit)
    address = steps.address(page, "run")
    page.close()
    return address


@pytest.fixture(scope="module")
def text_data(browser, server):
    return brought(browser, server, "text_analysis", "Try it with English film reviews")


@pytest.fixture(scope="module")
def text_run(browser, server, text_data):
    return trained_on(browser, server, text_data, limit=180)


@pytest.fixture(scope="module")
def sound_data(browser, server):
    return brought(browser, server, "speech", "Try it with synthetic vowels")


@pytest.fixture(scope="module")
def sound_run(browser, server, sound_data):
    return trained_on(browser, server, sound_data, limit=180)


@pytest.fixture(scope="module")
def recorded_takes(browser, server):
    """A collection of takes of one class; Chromium's microphone beeps."""
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/speech")
    page.get_by_role("button", name=re.compile("^More ways: microphone")).click()
    address = steps.address(page, "draft")
    steps.settled(page)
    page.locator(".cb-upload-label input").fill("beep")
    for number in (1, 2, 3):
        button = page.locator(".cb-upload [data-do=record]")
        button.click()
        expect(button).to_have_text("Stop recording")
        page.wait_for_timeout(1300 + 300 * number)
        button.click()
        expect(page.get_by_text(f"beep · {number}", exact=True)).to_be_visible(timeout=30_000)
        steps.settled(page)
    page.close()
    return address


@pytest.fixture(scope="module")
def written_data(written_run):
    return f"/speech?data={written_run.dataset}"


@pytest.fixture(scope="module")
def written(written_run):
    return f"/speech?run={written_run.id}"


@pytest.fixture(scope="module")
def item_data(browser, server):
    return brought(browser, server, "recommendation", "Try it with ratings of films")


@pytest.fixture(scope="module")
def item_run(browser, server, item_data):
    return trained_on(browser, server, item_data, limit=400)


def press(*names):
    def act(page, language):
        for name in names:
            page.get_by_text(say(language, name), exact=True).first.click()
            steps.settled(page)

    return act


def look_at(name):
    """Choose a part of the check; its name may have a number behind it."""

    def act(page, language):
        page.get_by_role("radio", name=re.compile(f"^{say(language, name)}")).first.click()
        steps.settled(page)

    return act


def ask(page, _language):
    page.locator("[data-row]").nth(3).click()
    expect(page.locator(".cb-try-answer li").first).to_be_visible(timeout=30_000)


def ask_why(page, language):
    ask(page, language)
    expect(page.locator(".cb-try-heat")).to_be_visible(timeout=60_000)


def say_it(page, language):
    page.locator(".cb-try-write textarea").fill(SAID[language])
    expect(page.locator(".cb-words")).to_be_visible(timeout=60_000)


def hear_an_example(page, language):
    page.get_by_role("button", name=say(language, "Example {n}", n=1), exact=True).click()
    expect(page.locator(".cb-try-answer li").first).to_be_visible(timeout=30_000)
    expect(page.locator(".cb-explanation figure").first).to_be_visible(timeout=60_000)


def open_takes(page, _language):
    page.get_by_text("beep · 3", exact=True).click()
    expect(page.locator(".cb-recording")).to_have_count(3)


def dictate(page, _language):
    sound = encoded(made_speech.spoken(["low", "high"], np.random.default_rng(5)))
    given = {"name": "dictation.wav", "mimeType": "audio/wav", "buffer": sound}
    page.locator(".cb-try input[data-for=choose]").set_input_files(given)
    expect(page.locator(".cb-try[data-state=answered]")).to_be_visible(timeout=30_000)


def first_wrong_sound(page, _language):
    page.locator("button.cb-recording-head").first.click()
    expect(page.get_by_role("dialog").locator(".cb-sounds-cut").first).to_be_visible(timeout=60_000)


def someone_it_knew(page, language):
    found = say(language, "In the top 10 ({n:,})", n=0)
    page.get_by_role("radio", name=found.split("0")[0]).click()
    expect(page.locator(".st-key-section_5 li").filter(has_text="✓")).to_have_count(1, timeout=30_000)


def like_films(page, language):
    for title in ("Star Wars", "Toy Story"):
        box = page.get_by_role("combobox", name=say(language, "Items you like"))
        box.click()
        box.fill(title)
        page.get_by_role("option", name=title, exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_text(say(language, "Recommendations"))).to_be_visible(timeout=30_000)


def compare_lists(page, language):
    like_films(page, language)
    page.get_by_text(say(language, "Compare with baselines"), exact=True).click()
    expect(page.locator(".cb-cards-items")).to_have_count(3, timeout=30_000)


def become_somebody(page, language):
    page.get_by_role("radio", name=say(language, "Existing user")).click()
    steps.settled(page)
    box = page.get_by_role("combobox", name=say(language, "User")).last
    box.click()
    box.fill("196")
    page.get_by_role("option", name="196", exact=True).click()
    expect(page.locator(".cb-item-card")).to_have_count(10, timeout=30_000)


def zip_of_noise(name, members):
    """A zip of pictures without sense, as a browser is given it."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w") as archive:
        for number, member in enumerate(members):
            seen = io.BytesIO()
            noise = np.random.default_rng(number).integers(0, 255, (32, 32), dtype=np.uint8)
            Image.fromarray(noise).save(seen, "PNG")
            archive.writestr(member, seen.getvalue())
    return {"name": name, "mimeType": "application/zip", "buffer": told.getvalue()}


def predict_many(page, language):
    page.get_by_text(say(language, "Batch prediction"), exact=True).click()
    steps.settled(page)
    steps.awake(page.locator(".cb-upload").last)
    given = zip_of_noise("new.zip", [f"{number:02}.png" for number in range(24)])
    page.locator(".cb-upload input[type=file]:not([webkitdirectory])").last.set_input_files(given)
    expect(page.get_by_text(say(language, "Least confident first"))).to_be_visible(timeout=60_000)


def first_wrong_text(page, _language):
    page.locator(".cb-passage").first.click()
    expect(page.locator(".cb-words").first).to_be_visible(timeout=60_000)


def first_mistake(page, _language):
    page.locator(".cb-gallery-item").first.click()
    expect(page.locator(".cb-explanation img")).not_to_have_count(0, timeout=60_000)


def choose_a_zip(page, _language):
    steps.awake(page.locator(".cb-upload"))
    given = zip_of_noise("leaves.zip", [f"{name}/{n}.png" for name in ("ash", "birch", "oak") for n in range(5)])
    page.locator(".cb-upload input[type=file]").first.set_input_files(given)
    expect(page.locator(".cb-plan")).to_be_visible()


def select_several(page, _language):
    tiles = page.locator(".st-key-image_recognition_items .cb-gallery-item")
    for place in range(4):
        tiles.nth(place).focus()
        page.keyboard.press("x")
    expect(page.locator(".st-key-image_recognition_items .cb-gallery-item[data-selected]")).to_have_count(4)


def point_at_a_cell(page, _language):
    cell = page.locator(".cb-plot .nsewdrag").first
    cell.scroll_into_view_if_needed()
    steps.still(page)
    cell.hover()
    page.wait_for_timeout(1500)


def compare(page, language):
    for number in (0, 1):
        page.locator(".cb-runs-row .cb-runs-tick").nth(number).click()
    page.get_by_role("button", name=say(language, "Compare ({n})", n=2)).click()
    page.wait_for_timeout(2000)


# screen → the fixture that makes its address (or the address), what is added to that, what is done there
SCREENS = {
    "home": ("/", "", None),
    "empty": ("/image_recognition", "", None),
    "collection": ("collection", "", None),
    "data": ("data", "", None),
    "found": ("odd_data", "", look_at("Issues")),
    "sizes": ("data", "", look_at("Sizes")),
    "aside": ("odd_data", "", look_at("Skipped")),
    "form": ("data", "", press("Hyperparameters")),
    "chosen": ("/image_recognition", "", choose_a_zip),
    "selected": ("odd_data", "&show=class:rust", select_several),
    "failed": ("failed_reading", "", None),
    "failed-run": ("failed_run", "", None),
    "done": ("done_run", "", None),  # before `running`, which it would wait for
    "classes": ("done_run", "&see=classes&cell=8-8", None),
    "mistakes": ("done_run", "&see=mistakes", None),
    "pointed": ("done_run", "&see=classes", point_at_a_cell),
    "certainty": ("done_run", "&see=certainty", None),
    "map": ("done_run", "&see=map", None),
    "item": ("done_run", "&see=mistakes", first_mistake),
    "try": ("done_run", "", ask_why),
    "try-many": ("done_run", "", predict_many),
    "share": ("done_run", "", press("Private demo link", "Create link")),
    "demo": ("demo", "", ask),
    "demo-ended": ("/demo?t=ended", "", None),
    "text-empty": ("/text_analysis", "", None),
    "text-typing": ("/text_analysis", "", press("More ways: typed or pasted texts, several tables, test file")),
    "text-data": ("text_data", "", None),
    "text-lengths": ("text_data", "", look_at("Length in tokens")),
    "text-done": ("text_run", "", None),
    "text-item": ("text_run", "&see=mistakes", first_wrong_text),
    "text-try": ("text_run", "", say_it),
    "text-demo": ("text_demo", "", None),
    "sound-empty": ("/speech", "", None),
    "sound-recording": ("recorded_takes", "", open_takes),
    "sound-data": ("sound_data", "", None),
    "sound-lengths": ("sound_data", "", look_at("Length in seconds")),
    "sound-done": ("sound_run", "", None),
    "sound-classes": ("sound_run", "&see=classes&cell=0-0", None),
    "sound-item": ("sound_run", "&see=mistakes", first_wrong_sound),
    "sound-try": ("sound_run", "", hear_an_example),
    "transcripts-data": ("written_data", "", None),
    "transcripts-done": ("written", "", None),
    "transcripts-try": ("written", "", dictate),
    "items-empty": ("/recommendation", "", None),
    "items-data": ("item_data", "", None),
    "items-done": ("item_run", "", None),
    "items-user": ("item_run", "&see=users", someone_it_knew),
    "items-try": ("item_run", "", like_films),
    "items-beside": ("item_run", "", compare_lists),
    "items-existing": ("item_run", "", become_somebody),
    "items-demo": ("item_demo", "", None),
    "running": ("running_run", "", None),
    "home-running": ("home_while_running", "", None),
    "stopped": ("stopped_run", "", None),
    "runs": ("/runs", "", None),
    "compare": ("/runs", "", compare),
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(visit, request, screen, language, scheme, width):
    made, more, act = SCREENS[screen]
    address = (made if made.startswith("/") else request.getfixturevalue(made)) + more
    page = visit(address, locale=LOCALES[language], color_scheme=scheme, width=width, is_mobile=width < 500)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    steps.settled(page)
    if screen == "running":
        steps.points(page, at_least=25)
    if act:
        act(page, language)
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


def keep_for_readme(page, language, name, begin):
    """From the text `begin` on, or from the top."""
    if begin:
        number, _, name_of_step = begin.rpartition(" · ")  # a step is told by its number and its name
        told = " · ".join(filter(None, [number, say(language, name_of_step)]))
        page.get_by_text(told, exact=True).first.evaluate("(line) => line.scrollIntoView()")
        page.wait_for_timeout(300)
    assert write(page, ROOT / f"docs/screenshots/{name}-{language}-light.png") < 150_000
    page.evaluate(TO_THE_TOP)


def write(page, path) -> int:
    """A picture in 256 colours; returns its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256).save(path, optimize=True)
    return path.stat().st_size
