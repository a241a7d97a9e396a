"""Speech that is written down, in a browser: trained by the app, watched, looked through and tried."""

from __future__ import annotations

import made_speech
import numpy as np
from playwright.sync_api import expect
from sounds import encoded

from runs.store import shares

from . import steps
from .results import play


def test_a_run_is_watched_looked_through_and_tried(visit, written_run, tmp_path):
    page = visit(f"/speech?run={written_run.id}&see=texts")
    steps.unfold(page, 4)
    probes = page.locator(".cb-probe")
    expect(probes).to_have_count(8, timeout=30_000)
    expect(page.locator(".cb-live").get_by_text("Word error rate (WER): lower is better")).to_be_visible()
    page.locator(".cb-live-probes input").fill("0")  # before the training
    expect(page.locator(".cb-probe .cb-marked").first).to_be_visible()

    steps.settled(page)
    page.get_by_text("All (", exact=False).first.click()
    cards = page.locator(".cb-recordings .cb-recording")
    expect(cards).to_have_count(written_run.result["data"]["test"], timeout=30_000)
    play(page, cards.first.locator(".cb-clip"))

    sound = made_speech.spoken(["low", "high"], np.random.default_rng(5))
    (tmp_path / "new.wav").write_bytes(encoded(sound))
    steps.give(page, tmp_path / "new.wav")
    expect(page.locator(".cb-try-text, .cb-try-message:not(:empty)").first).to_be_visible(timeout=30_000)
    expect(page.locator(".cb-try[data-state=answered]")).to_be_visible(timeout=30_000)


def test_a_visitor_on_a_phone_lets_it_hear_something(visit, written_run, server, monkeypatch, tmp_path):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    link = shares.create(written_run, days=1)
    page = visit(f"/demo?t={link}", locale="zh-CN", width=390, height=844)
    expect(page.locator(".cb-try")).to_be_visible(timeout=30_000)
    (tmp_path / "new.wav").write_bytes(encoded(made_speech.spoken(["low"], np.random.default_rng(6))))
    steps.give(page, tmp_path / "new.wav")
    expect(page.locator(".cb-try[data-state=answered]")).to_be_visible(timeout=30_000)
    steps.fits_the_window(page)
