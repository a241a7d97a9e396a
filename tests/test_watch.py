"""The page of a link to watch a training: for who has it, while the model learns and afterwards."""

from __future__ import annotations

import pytest
from opened_pages import create, opened

from runs.store import queue, records, shares


def visit(token, locale="en-GB"):
    app = opened("watch.py", locale, t=token)
    assert not app.sidebar
    return app


@pytest.fixture
def learning():
    """A run at work."""
    return records.run(create("running"), "local")


def shared(run, **more):
    return shares.create(run, days=7, kind=shares.WATCH, **more)


def own(run):
    """The page of a run, for its owner."""
    return opened("image_recognition.py", run=run.id)


def drawn(app):
    return [element.proto.component_name for element in app.get("bidi_component")]


def read(app):
    return [one.value for one in (*app.markdown, *app.caption)]


def test_a_training_at_work_is_followed_and_nothing_else_can_be_done(learning):
    app = visit(shared(learning, title="Our parcels", description="Digits of postcodes."))
    assert app.title[0].value == "Our parcels" and app.markdown[0].value == r"Digits of postcodes\."
    assert "Image recognition · This page follows the training by itself." in read(app)
    assert "casebook_live" in drawn(app) and "casebook_hero" not in drawn(app)
    assert not app.button
    assert "图像识别 · 页面会自动更新，无需刷新。" in read(visit(shared(learning), "zh-CN"))


def test_what_it_came_to_stands_first_once_it_has_ended(at_station):
    app = visit(shared(at_station.unbroken))
    names = drawn(app)
    assert names.index("casebook_hero") < names.index("casebook_live")
    assert any("simple method" in one for one in read(app))


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_that_nothing_came_of_it_is_said_without_the_reason_and_the_link_can_be_taken_back(learning, status):
    error = {"found": "The disk /srv is full.", "expected": "x", "remedy": "x", "args": {}}
    queue.end(learning.id, status, **({"error": error} if status == "failed" else {}))
    token = shared(learning)
    app = visit(token)
    assert "This training has ended without a result." in read(app)
    assert not app.error and not any("/srv" in one for one in read(app))
    assert taken_back(own(records.run(learning.id, "local")), token)


def test_a_passcode_is_asked_for_in_a_sentence(learning):
    app = visit(shared(learning, passcode="sesame"))
    assert app.title[0].value == "Watch a training" and not drawn(app).count("casebook_live")
    assert app.markdown[0].value == "This link has a passcode. Enter the one that the sender told you."
    app.text_input(key="demo_code").set_value("sesame")
    app.button[0].click().run()
    assert "casebook_live" in drawn(app)


def taken_back(app, token):
    """Whether a link is, once the question is answered; not before."""
    link = shares.by_token(token)
    app.button(key=f"revoke_{link.id}").click().run()
    assert "Whoever has it can no longer open it." in read(app) and shares.by_token(token).state == "open"
    app.button(key=f"revoke_really_{link.id}").click().run()
    assert not app.exception
    return shares.by_token(token).state == "revoked"


def test_a_link_is_taken_back_once_the_run_has_a_model_beside_those_to_try_it(at_station):
    token, other = shared(at_station.unbroken), shares.create(at_station.unbroken, days=7)
    app = own(at_station.unbroken)
    assert {"Link to watch this run", "Private demo link"} <= set(read(app))
    assert taken_back(app, token) and shares.by_token(other).state == "open"
