"""A run that learnt from sounds, in a browser: it is given sounds and says what it hears, when, and why."""

from __future__ import annotations

import re

import made_sounds
import numpy as np
import pytest
from playwright.sync_api import expect
from sounds import encoded

import cases
from runs.store import shares

from . import bringing, steps
from .results import fits_in_every_view, likeliest, open_first_cell, play

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def voice(label, seed=1, seconds=0.4):
    return encoded(made_sounds.wave(label, np.random.default_rng(seed), seconds))


@pytest.fixture(scope="module")
def run(server, zip_of, tmp_path_factory):
    """A run of a small Whisper, trained on 150 tones; every fifteenth has a wrong label."""
    random, classes = np.random.default_rng(0), list(made_sounds.PITCHES)
    names = {}
    for number in range(150):
        given = classes[(number + (number % 15 == 0)) % 3]
        wave = made_sounds.wave(classes[number % 3], random, random.uniform(0.2, 0.5))
        names[f"{given}/{number:03}.wav"] = encoded(wave)
    archive = zip_of(tmp_path_factory.mktemp("sounds") / "tones.zip", names)
    return bringing.trained(server, "speech", archive, cases.get("speech").Settings(
        mode="full", epochs=20, learning_rate=0.005, augmentation="none",
        precision="fp32",  # in 16 bits it learns too little on some processors
        contrastive="none",  # of a network so small it makes another one, which names pieces of a sound wrongly
    ))  # fmt: skip


@pytest.fixture
def open_run(visit, run):
    def opening(see="overview", **more):
        page = visit(f"/speech?run={run.id}&see={see}", **more)
        expect(page.locator(".cb-try")).to_be_visible(timeout=30_000)
        steps.settled(page)
        return page

    return opening


def given(page):
    return page.locator(".cb-try-heard .cb-clip").first


def test_what_is_given_is_answered_heard_and_explained_or_refused(open_run, tmp_path):
    page, number = open_run(), iter(range(9))

    def give(content):
        path = tmp_path / f"{next(number)}.wav"
        path.write_bytes(content)
        steps.give(page, path)

    give(voice("high"))
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

    random = np.random.default_rng(2)  # of a long one the stretches are told, and a click plays from there
    give(encoded(np.concatenate([made_sounds.wave(label, random, 3.0) for label in ("low", "high", "middle")])))
    bands = page.locator(".cb-try-bands button")
    expect(bands.first).to_have_attribute("aria-label", re.compile(r"^0:00 – 0:0[23] · low \d+%$"), timeout=30_000)
    expect(page.locator(".cb-try-bands button[aria-label*=high]")).not_to_have_count(0)
    bands.nth(1).click()
    expect(given(page)).to_have_attribute("data-state", "playing")
    clock = given(page).locator(".cb-clip-time")
    begun = steps.comes(page, clock.inner_text, lambda told: "/" in told)
    assert re.fullmatch(r"[2-8]\.\d\ss / 9\.0\ss", begun)  # and did not begin at the beginning

    give(b"Dear Sir or Madam")
    expect(page.locator(".cb-try-message")).to_contain_text("Not a recording, despite its name.", timeout=30_000)
    expect(given(page)).to_have_count(0)  # the last one goes


def test_every_view_fits_a_phone_and_a_cell_of_the_matrix_opens_its_sounds_and_a_sound_its_moments(open_run, tmp_path):
    page = open_run(width=390, height=800)
    (tmp_path / "new.wav").write_bytes(voice("low", seconds=2.0))
    steps.give(page, tmp_path / "new.wav")
    expect(likeliest(page)).to_be_visible(timeout=30_000)
    fits_in_every_view(page)
    open_first_cell(page)
    first = page.locator(".cb-recording").first
    expect(first).to_contain_text("high")
    play(page, first.locator(".cb-clip"))
    first.locator("button.cb-recording-head").click()
    expect(page.get_by_role("dialog")).to_contain_text("Prediction:")
    expect(page.get_by_role("dialog").locator(".cb-sounds-cut").first).to_be_visible(timeout=60_000)


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
    expect(phone.locator(".cb-try-level output")).to_have_text(re.compile(r"0:0[1-9]\.\d"))  # of sound
    button.click()
    expect(phone.locator(".cb-try-answer li")).to_have_count(3, timeout=30_000)
    expect(given(phone).locator(".cb-clip-time")).to_have_text(re.compile(r"^[1-9]\d?\.\d\ss$"))
    expect(button).to_have_text("Record with the microphone")
    phone.get_by_role("button", name="Example 12").click()
    expect(phone.locator(".cb-try-message")).to_contain_text("Label:", timeout=30_000)
    play(phone, given(phone))
    expect(given(phone)).to_have_attribute("data-state", "still")
    steps.fits_the_window(phone)
