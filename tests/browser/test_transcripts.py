"""Speech that is written down, in a browser: trained by the app, watched, looked through and tried."""

from __future__ import annotations

import time

import made_speech
import numpy as np
import pytest
from playwright.sync_api import expect
from sounds import encoded

import cases
from cases.base import Part
from cases.settings import as_json
from models.report import QUIET
from runs import reading, shares, store

from . import steps

GIVE = ".cb-try input[data-for=choose]"


@pytest.fixture(scope="module")
def run(server, tmp_path_factory):
    """A run of a small Whisper, which the app trained on tones that stand for words."""
    folder = tmp_path_factory.mktemp("speech")
    body = made_speech.write_body(folder / "body")
    (folder / "speech.zip").write_bytes(made_speech.archive(60))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        dataset = reading.into_dataset("speech", [Part(folder / "speech.zip", "speech.zip")], "spoken", QUIET)
        store.add_dataset("local", "spoken", "speech", dataset.name, sample=False)
        settings = cases.get("speech").Settings(task="transcribe", model=str(body), epochs=6, batch_size=8,
                                                learning_rate=0.01, augmentation="none")  # fmt: skip
        made = store.create_run("local", "fine_tune", "speech", "speech", dataset="spoken",
                                settings=as_json(settings), edits={})  # fmt: skip
        end = time.monotonic() + 180
        while not store.run(made, "local").ended_already and time.monotonic() < end:
            time.sleep(0.2)
        done = store.run(made, "local")
        assert done.status == "done", done.error
        yield done


def test_a_run_is_watched_looked_through_and_tried(visit, run, tmp_path):
    page = visit(f"/speech?run={run.id}&see=texts")
    probes = page.locator(".cb-probe")
    expect(probes).to_have_count(8, timeout=30_000)
    expect(page.locator(".cb-live").get_by_text("Word errors (WER): less is better")).to_be_visible()
    page.locator(".cb-live-probes input").fill("0")  # before the training
    expect(page.locator(".cb-probe .cb-marked").first).to_be_visible()

    steps.settled(page)
    page.get_by_text("All (", exact=False).first.click()
    cards = page.locator(".cb-recordings .cb-recording")
    expect(cards).to_have_count(run.result["data"]["test"], timeout=30_000)
    cards.first.get_by_role("button", name="Play").click()
    expect(cards.first.locator(".cb-clip")).not_to_have_attribute("data-state", "failed")

    sound = made_speech.spoken(["low", "high"], np.random.default_rng(5))
    (tmp_path / "new.wav").write_bytes(encoded(sound))
    page.locator(GIVE).set_input_files(tmp_path / "new.wav")
    expect(page.locator(".cb-try-text, .cb-try-message:not(:empty)").first).to_be_visible(timeout=30_000)
    expect(page.locator(".cb-try[data-state=answered]")).to_be_visible(timeout=30_000)


def test_a_visitor_on_a_phone_lets_it_hear_something(visit, run, server, monkeypatch, tmp_path):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    link = shares.create(run, days=1)
    page = visit(f"/demo?t={link}", locale="zh-CN", width=390, height=844)
    expect(page.locator(".cb-try")).to_be_visible(timeout=30_000)
    (tmp_path / "new.wav").write_bytes(encoded(made_speech.spoken(["low"], np.random.default_rng(6))))
    page.locator(GIVE).set_input_files(tmp_path / "new.wav")
    expect(page.locator(".cb-try[data-state=answered]")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
