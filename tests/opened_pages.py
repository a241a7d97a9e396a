"""A page as a browser opens it, small data, and runs in every state that it can show."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

import cases
from cases.settings import as_json
from runs.store import queue, records

FIGURE = {"value": 0.875, "low": 0.75, "high": 0.96}
BOTH = {"accuracy": FIGURE, "macro_f1": {"value": 0.8, "low": 0.7, "high": 0.9}}
RESULT = {
    "case": "image_recognition", "model": "efficientnet_lite0", "settings": {}, "test": BOTH,
    "data": {"train": 20, "validation": 4, "test": 40, "set_aside": 1},
    "references": {"majority": BOTH, "frozen_features": BOTH},
    "seconds": {"prepare": 1.0, "train": 2.0, "evaluate": 0.5, "export": 0.5}, "peak_memory_mb": 512.0,
    "bundle": "bundle.zip",
}  # fmt: skip
ERROR = {
    "found": "No examples are left in the “{part}” split.",
    "expected": "At least one class needs three examples, one each for training, validation and test.",
    "remedy": "Add examples, or change the split.",
    "args": {"part": "test"},
}


def framed(locale):
    """The frame of all pages as a browser of this language asks for it; it has yet to run."""
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.context = {"locale": locale, "timezone": "Europe/London"}
    return app


def opened(page, locale="en-GB", **address):
    """A page as it is opened at an address; whatever it shows, it must not have failed."""
    app = framed(locale)
    app.query_params.update(address)
    app.run()
    app.query_params.update(address)
    return sound(app.switch_page(page).run())


@pytest.fixture
def open_page():
    """Open a page as a browser does; whatever it shows, it must not have failed."""

    def opening(page=None, locale="en-GB", **address):
        app = framed(locale)
        app.run()
        if page:
            app.query_params.update(address)
            app.switch_page(page).run()
        return sound(app)

    return opening


def sound(app):
    """The page, which has not failed: neither openly nor as `failures.tell` says it, in either language."""
    assert not app.exception
    failed = ("Something went wrong on our side", "页面出错了")
    assert not [error.value for error in app.error if error.value.startswith(failed)]
    return app


def image_page(open_page, **more):
    return open_page("image_recognition.py", **more)


@pytest.fixture
def dataset(pictures, zip_of, read_zip, tmp_path):
    archive = zip_of(tmp_path / "noise.zip", {**pictures(6), "moss/letter.jpg": b"Dear Sir"})
    return read_zip("image_recognition", archive)


def create(status="queued", owner="local", name="noise", **values):
    settings = as_json(cases.get("image_recognition").Settings())
    run = records.create_run(owner, "fine_tune", "image_recognition", name, dataset="d1", settings=settings)
    if status != "queued":
        queue.claim_here(run)
        queue.beat(run, phase="training")
    if status not in ("queued", "running"):
        queue.end(run, status, **values)
    return run


def said(app):
    """All texts of the page."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "button", "metric")
    return [getattr(e, "value", None) or e.label for kind in kinds for e in app.get(kind)]


def headers(app):
    """The steps that are shown, under their heading or folded to a line."""
    folded = [fold.label.split("**")[1] for fold in app.expander if re.match(r"\*\*\d ·", fold.label)]
    return sorted([*folded, *(header.value for header in app.header)])
