"""Demos that need no server, in a browser: what they answer beside the app, and that nothing leaves them."""

from __future__ import annotations

import json
import re
import shutil
import threading
from contextlib import ExitStack, contextmanager
from functools import cache

import made_sounds
import made_speech
import made_texts
import numpy as np
import pytest
import static_demos
import workshop
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sounds import encoded

import cases
from cases import tasks
from runs import paths
from runs.exports.static_demo import library
from runs.results import decisions
from runs.store import records

from .test_accessibility import MOVING, SEVERE

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CLOSE = 0.02  # between the two best probabilities
ITEMS = 24
SPEECH = "speech: transcribe"
CASES = ("image_recognition", "text_analysis", "speech", SPEECH, "recommendation")
COLOURS = "[...document.querySelectorAll('*')].map((one) => getComputedStyle(one).color)"

pytestmark = pytest.mark.skipif(
    not library.is_there() and not shutil.which("npm"), reason="Node.js brings what these demos need: make web"
)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory, materials, counting_model):
    """A case → a finished run in a home of its own."""
    runs, home = {}, tmp_path_factory.mktemp("static") / "home"
    (home / "cache/models").mkdir(parents=True)
    (home / "cache/models" / counting_model.name).symlink_to(counting_model)

    def learn(case):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASEBOOK_HOME", str(home))
            if case not in runs:
                done = workshop.done(workshop.queued(materials, case))
                assert done.status == "done", done.error
                runs[case] = done
        return home, runs[case]

    return learn


@pytest.fixture(scope="module")
def written(learnt, tmp_path_factory):
    """A case → the folder of its demo; `threshold` is of the run while it is written."""

    def write(case, threshold=None, **told):
        home, run = learnt(case)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASEBOOK_HOME", str(home))
            if threshold:
                decisions.keep(run, decisions.Chosen(threshold=threshold))
            folder = static_demos.write(records.run(run.id, "local"), tmp_path_factory.mktemp("site"), **told)
            if threshold:
                decisions.keep(run, decisions.NOTHING)
        return folder

    return cache(write)


@contextmanager
def shown(browser, folder, *, wait=True, changes=None, **more):
    """The page of a demo on a host; no request may leave it, and nothing may be reported.

    `changes`: what is made of its files of JSON on the way to the browser, by their names.
    """
    troubles = []
    with static_demos.served(folder.parents[len(static_demos.PREFIX.split("/"))]) as url:
        context = browser.new_context(locale="en-US", **more)
        context.on("request", lambda asked: asked.url.startswith((url, "blob:", "data:")) or troubles.append(asked.url))
        context.on("console", lambda said: said.type == "error" and troubles.append(said.text))
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        for name, change in (changes or {}).items():
            told = json.loads((folder / name).read_text("utf-8"))
            change(told)
            context.route(f"**/{name}", lambda route, _request, told=told: route.fulfill(json=told))
        page = context.new_page()
        page.goto(f"{url}/{static_demos.PREFIX}/{folder.name}/")
        expect(page.locator("h1")).to_be_visible()
        if wait:
            ready(page)
        yield page
        context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def page_of(browser, written):
    """A case → its page on a phone, which the tests share."""
    with ExitStack() as pages:
        yield cache(lambda case: pages.enter_context(shown(browser, written(case), reduced_motion="reduce", **PHONE)))


def ready(page):
    """Wait until the model is loaded."""
    expect(page.locator(".loading")).to_be_hidden(timeout=60_000)


def unfold(page):
    """Open the model card, where no other test has."""
    if not page.locator(".card").is_visible():
        page.locator("summary").click()


def answers(learnt, case, given):
    """What the app says of each of these."""
    home, run = learnt(case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(home))
        bundle = paths.run(run.id) / "bundle"
        return tasks.of_bundle(cases.get(run.case), bundle).predictor(bundle)(given)


def same(said, expected):
    """Whether the page's first label is the app's, where that is clear."""
    clear = len(expected.probabilities) < 2 or expected.probabilities[0] - expected.probabilities[1] > CLOSE
    return said["labels"][0] == expected.labels[0] or not clear


ASK = """async ([form, given]) => {
    const { openModel } = await import('./page/model.js')
    const read = async (name) => (await fetch(name)).json()
    const [demo, model] = await Promise.all(['demo.json', 'model/model.json'].map(read))
    window.asked ??= openModel(new URL('./', location.href), model, demo.files)
    const decode = {
        image: async (address) => ({ blob: await (await fetch(address)).blob() }),
        audio: async (address) => {
            const sound = await (await fetch(address)).arrayBuffer()
            const decoded = await new OfflineAudioContext(1, 1, model.sample_rate).decodeAudioData(sound)
            return { samples: decoded.getChannelData(0) }
        },
        text: async (text) => ({ text }),
        item: async (had) => ({ had }),
    }[form]
    const found = []
    for (const one of given) found.push(await window.asked.ask(await decode(one)))
    return found
}"""


def beside(folder, files):
    """Lay files beside the page; their addresses from there."""
    (folder / "given").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / "given" / name.replace("/", "-")).write_bytes(content)
    return [f"given/{name.replace('/', '-')}" for name in files]


@pytest.mark.parametrize(("case", "form"), [("image_recognition", "image"), ("text_analysis", "text"),
                                            ("speech", "audio")])  # fmt: skip
def test_labels_are_those_of_the_app(page_of, written, learnt, pictures, case, form):
    if form == "text":
        asked = [text for text, _label in made_texts.said(ITEMS, seed=7)]
        given = [text.encode() for text in asked]
    else:
        files = pictures(ITEMS // 3, seed=7) if form == "image" else made_sounds.recordings(ITEMS, seed=7)
        asked = beside(written(case), files)
        given = [written(case) / one for one in asked]
    said, expected = page_of(case).evaluate(ASK, [form, asked]), answers(learnt, case, given)
    assert [same(*pair) for pair in zip(said, expected, strict=True)] == [True] * ITEMS
    if form == "text":
        far = [abs(mine["probabilities"][0] - app.probabilities[0]) for mine, app in zip(said, expected, strict=True)]
        assert max(far) < 1e-4


def test_speech_has_the_texts_of_the_app(page_of, written, learnt):
    """Also of a recording of almost a minute, which is cut into windows, and of one without a word."""
    chance = np.random.default_rng(7)
    said = [chance.choice(list(made_sounds.PITCHES), 1 + number % 3).tolist() for number in range(ITEMS // 2)]
    sounds = [*(made_speech.spoken(words, chance) for words in said), made_speech.spoken(["low", "high"] * 45, chance)]
    files = {f"said-{number}.wav": encoded(sound) for number, sound in enumerate([*sounds, np.zeros(8000)])}
    given = beside(written(SPEECH), files)
    found = page_of(SPEECH).evaluate(ASK, ["audio", given])
    expected = answers(learnt, SPEECH, [written(SPEECH) / one for one in given])
    assert [tuple(one["labels"]) for one in found] == [one.labels for one in expected]
    assert len({one["labels"][0] for one in found}) > 2
    sure = [(mine["probabilities"][0], *app.probabilities) for mine, app in zip(found, expected, strict=True)]
    assert max(abs(mine - app) for mine, app in sure) < 1e-3
    long, app = found[-2]["moments"], expected[-2].moments
    assert len(long) == 2 and [one["label"] for one in long] == [one.label for one in app]
    assert [(one["start"], one["stop"]) for one in long] == [(one.start, one.stop) for one in app]


def test_lists_begin_as_those_of_the_app(page_of, learnt):
    """For twenty readers by what they had, and three that are new."""
    random = np.random.default_rng(7)
    page = page_of("recommendation")
    titles = page.evaluate("async () => (await (await fetch('model/items.json')).json()).ids")
    had = [random.choice(len(titles), random.integers(2, 7), replace=False).tolist() for _ in range(20)]
    had += [[0], [5, 12], [29, 3, 17]]
    said = page.evaluate(ASK, ["item", had])
    asked = [json.dumps({"had": [titles[item] for item in some]}).encode() for some in had]
    expected = answers(learnt, "recommendation", asked)
    for mine, app in zip(said, expected, strict=True):  # of two whose scores are equal either may come first
        shares = dict(zip(app.more["items"], app.probabilities, strict=True))
        assert [shares[item] for item in mine["items"][:10]] == pytest.approx(app.probabilities[:10], rel=1e-4)


SMALL = """() => [...document.querySelectorAll('button, summary, textarea, input:not([type=file])')]
    .filter((e) => e.checkVisibility()).map((e) => [e.outerHTML.slice(0, 100), e.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 44 || height < 44).map(([text]) => text)"""
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize("case", CASES)
def test_a_finger_meets_44_pixels_nothing_scrolls_sideways_and_nothing_severe_is_found(page_of, case):
    page = page_of(case)
    assert page.evaluate(SMALL) == [] and not page.evaluate(SIDEWAYS)
    unfold(page)
    light = page.evaluate(COLOURS)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # the page stays, its colours change
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        severe = [(one["id"], node["html"][:200]) for one in found if one["impact"] in SEVERE for node in one["nodes"]]
        assert severe == [], scheme
        assert page.evaluate(MOVING) == []
    page.emulate_media(color_scheme="light")
    assert page.evaluate(COLOURS) == light, "at once, with nothing in between"


def test_a_recording_is_given_and_its_text_read_in_either_language(page_of, tmp_path):
    page = page_of(SPEECH)
    (tmp_path / "new.wav").write_bytes(encoded(made_speech.spoken(["low", "high"] * 45, np.random.default_rng(5))))
    page.locator("input[type=file]").first.set_input_files(tmp_path / "new.wav")
    transcript = page.locator(".transcript")
    expect(transcript.locator("p:not(.unlike)")).to_have_count(2)
    expect(transcript.get_by_role("button", name="0:00")).to_be_visible()
    expect(transcript).to_contain_text("Mean token confidence")
    page.get_by_role("button", name="Example 1", exact=True).click()
    expect(page.locator(".message")).to_contain_text("Transcript:")
    page.get_by_role("button", name="简体中文").click()
    expect(transcript.get_by_role("button", name="复制")).to_be_visible()
    assert not page.evaluate(SIDEWAYS)


def test_a_picture_is_given_and_answered_in_either_language(browser, written, pictures, tmp_path):
    told = {"title": "苔与锈", "description": "Moss, rust or slate.", "author": "Ada & <b>Co</b>"}
    (tmp_path / "new.png").write_bytes(next(iter(pictures(1, seed=9).values())))
    with shown(browser, written("image_recognition", threshold=0.99, **told), **PHONE) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("苔与锈")
        expect(page.locator(".headline")).to_contain_text("By Ada & <b>Co</b>")
        before = page.locator(".before")
        expect(before).to_contain_text("moss, rust, slate")
        expect(before).to_contain_text("any other picture gets one of these classes, too.")
        expect(before).to_contain_text(re.compile(r"This page loads 1\d(\.\d)? MB once"))
        page.locator("input[type=file]").first.set_input_files(tmp_path / "new.png")
        expect(page.locator(".bars li")).to_have_count(3)
        expect(page.locator(".bars li").first).to_contain_text("%")
        expect(page.locator(".verdict")).to_have_text(re.compile("^Not sure: .*the confidence threshold of 99%"))
        expect(page.get_by_text(re.compile("“not sure” for")).first).to_be_visible()
        expect(page.locator(".unlike")).to_contain_text("If not, ignore the prediction")  # whatever the picture is
        page.get_by_role("button", name="Example 1", exact=True).click()
        expect(page.locator(".message")).to_contain_text("Label:")
        expect(page.locator(".unlike")).to_be_hidden()  # it is of the test
        page.get_by_role("button", name="简体中文").click()
        expect(page.get_by_role("heading", name="测试结果")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        assert "lang=zh" in page.url and not page.evaluate(SIDEWAYS)


def test_a_title_that_nobody_wrote_is_in_the_language_that_is_read_and_terms_have_their_sentence(page_of):
    page = page_of("image_recognition")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Recognises pictures: moss, rust, slate")
    expect(page).to_have_title("Recognises pictures: moss, rust, slate")
    expect(page.locator(".explained")).to_contain_text("Accuracy: the share of test examples predicted correctly.")
    unfold(page)
    facts = page.locator(".card table.facts")
    expect(facts.get_by_role("rowheader", name="pretrained model")).to_be_visible()
    expect(page.locator(".card table.counted").get_by_role("columnheader")).to_have_text(["class", "pictures"])
    expect(page.locator(".card")).not_to_contain_text("#")
    expect(page.locator(".card")).to_contain_text("In a new process this model gave the evaluated prediction for")
    expect(page.locator(".sentences")).not_to_contain_text("99.9%")
    page.get_by_role("button", name="简体中文").click()
    expect(heading).to_have_text("图像识别：moss、rust、slate")


NASTY = ["<img src=x onerror=alert(1)>", "**bold** `code` [a](http://b.example) $x^2$", "=1+1", "x" * 10_000]


def test_what_a_person_wrote_stays_text(browser, written):
    """Title, description, classes and examples, also one of ten thousand characters."""
    changes = {"demo.json": _nasty_demo, "model/model.json": lambda told: told.update(classes=NASTY[:2] + NASTY[3:])}
    with shown(browser, written("text_analysis"), changes=changes) as page:
        expect(page.locator("h1")).to_have_text(NASTY[0])
        expect(page.locator(".description")).to_have_text(NASTY[1])
        page.locator(".examples button").first.click()
        expect(page.locator("textarea")).to_have_value(NASTY[0])
        expect(page.locator(".bars li")).to_have_count(3)
        assert page.locator("main img[src=x], main a[href], main script").count() == 0
        assert not page.evaluate(SIDEWAYS)


def _nasty_demo(told):
    told["title"], told["description"] = NASTY[:2]
    told["examples"] = [{"label": one, "text": one} for one in NASTY]
    for one in told["languages"].values():
        one["title"] = NASTY[0]
    for one in told["parts"]:
        one["name"] = NASTY[3]


def test_a_large_model_is_asked_for_its_progress_is_seen_and_it_stays_in_the_browser(browser, written, tmp_path):
    folder = tmp_path / static_demos.PREFIX / "demo"
    shutil.copytree(written("image_recognition"), folder)
    for name in ("model.js", "download.js"):
        script = folder / "page" / name
        script.write_text(script.read_text("utf-8").replace("LARGE = 50e6", "LARGE = 1000"), "utf-8")
    held, over, loads = [], threading.Event(), []
    with shown(browser, folder, wait=False, **PHONE) as page:
        page.on("request", lambda asked: loads.append(asked.url) if "model.onnx" in asked.url else None)
        page.context.route("**/model.onnx*", lambda route: route.continue_() if over.is_set() else held.append(route))
        message, bars = page.locator(".message"), page.locator(".bars li")
        button = page.get_by_role("button", name="Load the model")
        expect(button).to_be_visible()
        expect(message).to_contain_text("stays in this browser")
        assert loads == []
        page.locator(".examples button").last.tap()
        expect(message).to_contain_text(re.compile(r"Loading the model: \d+%"))
        expect(message).to_be_in_viewport()
        expect(page.get_by_role("progressbar")).to_be_in_viewport()
        over.set()  # also for what has not been asked for yet
        for route in held:
            route.continue_()
        expect(bars).to_have_count(3)
        assert len(loads) == 1
        page.reload()
        page.locator(".examples button").first.click()
        expect(bars).to_have_count(3)
        assert len(loads) == 1
        page.evaluate("caches.delete('casebook')")
        page.reload()
        button.click()
        ready(page)
        assert len(loads) == 2
