"""A run that learnt from sounds, in a browser: it is given sounds and says what it hears, when, and why."""

from __future__ import annotations

import csv
import io
import re
import time

import made_sounds
import numpy as np
import pytest
from playwright.sync_api import expect
from sounds import encoded

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import QUIET
from runs.jobs import data_import
from runs.language import say
from runs.store import dataset_rows, records, shares

from . import steps

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def voice(label, seed=1, seconds=0.4):
    return encoded(made_sounds.wave(label, np.random.default_rng(seed), seconds))


@pytest.fixture(scope="module")
def run(server, zip_of, tmp_path_factory):
    """A run of a small Whisper, trained by the app on 150 tones; every fifteenth has a wrong label."""
    random, classes = np.random.default_rng(0), list(made_sounds.PITCHES)
    names = {}
    for number in range(150):
        given = classes[(number + (number % 15 == 0)) % 3]
        wave = made_sounds.wave(classes[number % 3], random, random.uniform(0.2, 0.5))
        names[f"{given}/{number:03}.wav"] = encoded(wave)
    archive = zip_of(tmp_path_factory.mktemp("tones") / "tones.zip", names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        data_import.into_dataset("speech", [UploadedFile(archive, "tones.zip")], "tones", QUIET)
        dataset_rows.add("local", "tones", "speech", "tones", sample=False)
        settings = cases.get("speech").Settings(
            mode="full", epochs=20, learning_rate=0.005, augmentation="none",
            precision="fp32",  # in 16 bits it learns too little on some processors
            contrastive="none",  # of a network so small it makes another one, which names pieces of a sound wrongly
        )  # fmt: skip
        made = records.create_run("local", "fine_tune", "speech", "tones", dataset="tones",
                                  settings=as_json(settings), edits={})  # fmt: skip
        end = time.monotonic() + 180
        while not records.run(made, "local").ended_already and time.monotonic() < end:
            time.sleep(0.2)
        yield records.run(made, "local")


@pytest.fixture
def open_run(visit, run):
    def opening(see="overview", **more):
        page = visit(f"/speech?run={run.id}&see={see}", **more)
        expect(page.locator(".cb-try")).to_be_visible(timeout=30_000)
        steps.settled(page)
        return page

    return opening


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def likeliest(page):
    return page.locator(".cb-try-answer li").first


def given(page):
    return page.locator(".cb-try-heard .cb-clip").first


def play(page, clip):
    """Play it and wait until it was heard. A short sound is over before one would look: its states are written down."""
    clip.evaluate("""(clip) => {
        clip.states = []
        const watcher = new MutationObserver(() => clip.states.push(clip.dataset.state))
        watcher.observe(clip, { attributes: true, attributeFilter: ['data-state'] })
    }""")
    clip.get_by_role("button", name="Play").click()
    steps.comes(page, lambda: clip.evaluate("(clip) => clip.states"), lambda states: states and states[0] == "playing")


def test_a_file_is_answered_heard_and_explained(open_run, file):
    page = open_run()
    steps.give(page, file("new.wav", voice("high")))
    expect(likeliest(page)).to_contain_text("high", timeout=30_000)
    expect(given(page).locator("img")).to_be_visible()
    play(page, given(page))
    figure = page.locator(".cb-explanation figure", has_text="Evidence for the prediction “high”")
    expect(figure).to_be_visible(timeout=60_000)
    expect(given(page).locator("img")).to_have_attribute("src", re.compile("predicted.webp"))
    expect(figure.get_by_text("Only these moments")).to_be_visible()
    expect(figure.get_by_text("Without these moments")).to_be_visible()
    expect(figure.get_by_text(re.compile(r"prediction: \w+, \d+%"))).to_have_count(2)
    play(page, figure.locator("li .cb-clip").first)


def test_what_the_microphone_hears_is_answered(open_run):
    page = open_run()
    button = page.locator(".cb-try [data-do=record]")
    button.click()
    expect(button).to_have_text("Stop recording")
    page.wait_for_timeout(1500)  # of sound
    button.click()
    expect(page.locator(".cb-try-answer li")).to_have_count(3, timeout=30_000)
    expect(given(page).locator(".cb-clip-time")).to_have_text(re.compile(r"^[1-9]\d?\.\d\ss$"))
    expect(button).to_have_text("Record with the microphone")


def test_an_example_is_one_click_and_is_heard(open_run):
    page = open_run()
    page.get_by_role("button", name="Example 1", exact=True).click()
    expect(page.locator(".cb-try-message")).to_contain_text("Label:", timeout=30_000)
    play(page, given(page))
    expect(given(page)).to_have_attribute("data-state", "still")


def test_a_long_recording_is_told_along_its_time_and_a_click_plays_from_there(open_run, file):
    random = np.random.default_rng(2)
    waves = [made_sounds.wave(label, random, 3.0) for label in ("low", "high", "middle")]
    page = open_run()
    steps.give(page, file("long.wav", encoded(np.concatenate(waves))))
    bands = page.locator(".cb-try-bands button")
    expect(bands.first).to_have_attribute("aria-label", re.compile(r"^0:00 – 0:0[23] · low \d+%$"), timeout=30_000)
    expect(page.locator(".cb-try-bands button[aria-label*=high]")).not_to_have_count(0)
    bands.nth(1).click()
    expect(given(page)).to_have_attribute("data-state", "playing")
    clock = given(page).locator(".cb-clip-time")
    begun = steps.comes(page, clock.inner_text, lambda told: "/" in told)
    assert re.fullmatch(r"[2-8]\.\d\ss / 9\.0\ss", begun)  # and did not begin at the beginning


def test_what_is_no_sound_is_refused_and_the_last_one_goes(open_run, file):
    page = open_run()
    steps.give(page, file("new.wav", voice("low")))
    expect(given(page)).to_be_visible(timeout=30_000)
    steps.give(page, file("letter.wav", b"Dear Sir or Madam"))
    expect(page.locator(".cb-try-message")).to_contain_text("Not a recording, despite its name.", timeout=30_000)


def test_a_cell_of_the_matrix_opens_its_sounds_and_a_sound_its_moments(open_run):
    page = open_run("classes")
    page.locator(".heatmaplayer image, .heatmaplayer path").first.wait_for(state="attached")
    steps.click_in(page, page.locator(".cb-plot", has=page.locator(".heatmaplayer")), 1 / 6, 1 / 6)
    page.wait_for_url(re.compile(r"cell=0-0\b"), wait_until="commit")
    first = page.locator(".cb-recording").first
    expect(first).to_contain_text("high")
    steps.settled(page)
    play(page, first.locator(".cb-clip"))
    first.locator("button.cb-recording-head").click()
    expect(page.get_by_role("dialog")).to_contain_text("Prediction:")
    expect(page.get_by_role("dialog").locator(".cb-sounds-cut").first).to_be_visible(timeout=60_000)


def test_watched_sounds_can_be_heard(open_run):
    page = open_run()
    steps.unfold(page, 4)
    probe = page.locator(".cb-probe .cb-clip").first
    probe.scroll_into_view_if_needed()
    play(page, probe)
    expect(probe.locator(".cb-clip-time")).to_have_text(re.compile(r"0\.\d\ss"))
    icon, line = probe.locator("path"), page.locator(".cb-probe > svg path").first
    expect(icon).to_have_attribute("d", re.compile("^M[78] 5"))  # play or pause, and no curve
    expect(line).not_to_have_attribute("d", "")


def test_a_zip_of_sounds_becomes_a_table(open_run, zip_of, tmp_path):
    page = open_run()
    page.get_by_text("Batch prediction").click()
    steps.settled(page)
    archive = zip_of(tmp_path / "new.zip", {"a.wav": voice("low"), "b.flac": b"no sound", "c.wav": voice("high")})
    steps.awake(page.locator(".cb-upload").last)
    page.locator(".cb-upload input[type=file]:not([webkitdirectory])").last.set_input_files(archive)
    expect(page.get_by_text("“new.zip”: 2 predicted.")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the table (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_bytes().decode("utf-8-sig"))))
    assert {row["Name"]: row["Prediction"] for row in rows} == {"a.wav": "low", "b.flac": "", "c.wav": "high"}


@pytest.mark.parametrize(
    ("locale", "see", "other"), [("en-US", "overview", "Mistakes"), ("zh-CN", "classes", "Calibration")]
)
def test_every_view_fits_a_phone(open_run, file, locale, see, other):
    page = open_run(see, locale=locale, width=390, height=800)
    steps.give(page, file("new.wav", voice("low", seconds=2.0)))
    expect(likeliest(page)).to_be_visible(timeout=30_000)
    steps.fits_the_window(page)
    steps.see(page, say(locale[:2], other))
    steps.fits_the_window(page)


def test_who_has_the_link_speaks_to_the_model_on_a_phone(visit, run, server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    phone = visit(f"/demo?t={shares.create(run, days=7, examples=True)}", **PHONE)
    expect(phone.get_by_text("Predicts which of 3 classes a recording belongs to: high, low, middle.")).to_be_visible(
        timeout=30_000
    )
    button = phone.locator(".cb-try [data-do=record]")
    expect(button).to_have_text("Record with the microphone")  # before that nobody listens to it
    button.click()
    expect(button).to_have_text("Stop recording")
    phone.wait_for_timeout(1500)  # of sound
    button.click()
    expect(phone.locator(".cb-try-answer li")).to_have_count(3, timeout=30_000)
    phone.get_by_role("button", name="Example 12").click()
    expect(phone.locator(".cb-try-message")).to_contain_text("Label:", timeout=30_000)
    play(phone, given(phone))
    steps.fits_the_window(phone)
