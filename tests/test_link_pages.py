"""The pages of links, to try a model and to watch a training: for who has the link, and calm for who has not."""

from __future__ import annotations

import pytest
import streamlit as st
from opened_pages import create, opened, sound

from pages.shared import session
from runs.store import queue, records, shares


@pytest.fixture
def model(at_station):
    return at_station.unbroken


def visit(locale="en-GB", **address):
    return opened("demo.py", locale, **address)


def test_a_visitor_learns_what_the_model_does_and_how_good_it_is(model):
    app = visit(t=shares.create(model, days=7))
    assert app.title[0].value == "noise"
    assert app.markdown[0].value == "Predicts which of 3 classes a picture belongs to: moss, rust, slate."
    assert "of 100 new pictures like the training data are predicted correctly" in app.markdown[1].value
    assert "Measured once, on 150 pictures not used in training." in app.markdown[1].value
    assert "The model always predicts one of its classes." in app.markdown[1].value
    assert any("simple method" in one.value for one in app.markdown)  # no name of a baseline stands alone
    [told] = [one.proto.json for one in app.get("bidi_component") if "with a confidence of" in one.proto.json]
    assert "for others the model can be confidently wrong." in told
    table = app.dataframe[0].value
    assert list(table["class"]) == ["moss", "rust", "slate"] and list(table["items"]) == [50, 50, 50]
    assert not app.button and not app.sidebar  # nothing to change, and no way to other pages
    chinese = visit("zh-CN", t=shares.create(model, days=7))
    assert len(app.markdown) == len(chinese.markdown) and chinese.selectbox(key="language").value == "zh"


def test_a_passcode_is_asked_for_first(model):
    assert visit(t=shares.create(model, days=7, passcode="sesame", title="*Walls*")).title[0].value == r"\*Walls\*"
    app = visit(t=shares.create(model, days=7, passcode="sesame"))
    assert app.title[0].value == "Model demo" and not app.dataframe
    [button] = app.button
    app.text_input(key="demo_code").set_value("wrong")
    sound(button.click().run())
    assert app.error[0].value == "Wrong passcode. Ask the sender of the link."
    app.text_input(key="demo_code").set_value("sesame")
    sound(app.button[0].click().run())
    assert app.title[0].value == "noise" and len(app.dataframe) == 1


@pytest.mark.parametrize("address", [{}, {"t": ""}, {"t": "wrong"}])
def test_a_wrong_link_gives_a_calm_page(address):
    app = visit(**address)
    assert app.title[0].value == "This link does not work"
    assert app.markdown[0].value == "No model was found. Copy the whole link, or ask for a new one."
    assert not app.button and not app.error


def test_a_link_that_was_taken_back_or_expired_says_so_and_a_run_that_is_learning_on_is_not_shown(model):
    token = shares.create(model, days=7)
    shares.revoke(shares.by_token(token).id, "local")
    assert visit(t=token).markdown[0].value == "The sender has revoked it."
    app = visit(t=shares.create(model, days=1e-9))
    assert app.markdown[0].value == "It has expired. Ask the sender for a new one."
    run = records.run(records.create_run("local", "fine_tune", "image_recognition", "r", status="running"), "local")
    assert visit(t=shares.create(run, days=7)).title[0].value == "This link does not work"


def test_who_guessed_too_often_is_held_up_and_a_visitor_elsewhere_is_not(model, monkeypatch):
    token = shares.create(model, days=7, passcode="sesame")

    def given(passcode, address):
        monkeypatch.setattr(type(st.context), "ip_address", property(lambda _: address))
        monkeypatch.setattr(session, "visitor", lambda: address)  # every page of a test has one id
        app = visit(t=token)
        app.text_input(key="demo_code").set_value(passcode)
        return sound(app.button[0].click().run())

    for _ in range(5):
        assert given("guess", "203.0.113.7").error[0].value.startswith("Wrong passcode.")
    assert given("sesame", "203.0.113.7").error[0].value.startswith("The passcode was wrong 5 times.")
    assert given("sesame", "203.0.113.8").title[0].value == "noise"


# Watching


def watch(token, locale="en-GB"):
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
    app = watch(shared(learning, title="Our parcels", description="Digits of postcodes."))
    assert app.title[0].value == "Our parcels" and app.markdown[0].value == r"Digits of postcodes\."
    assert "Image recognition · This page follows the training by itself." in read(app)
    assert "casebook_live" in drawn(app) and "casebook_hero" not in drawn(app)
    assert not app.button
    assert "图像识别 · 页面会自动更新，无需刷新。" in read(watch(shared(learning), "zh-CN"))


def test_what_it_came_to_stands_first_once_it_has_ended(at_station):
    app = watch(shared(at_station.unbroken))
    names = drawn(app)
    assert names.index("casebook_hero") < names.index("casebook_live")
    assert any("simple method" in one for one in read(app))


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_that_nothing_came_of_it_is_said_without_the_reason_and_the_link_can_be_taken_back(learning, status):
    error = {"found": "The disk /srv is full.", "expected": "x", "remedy": "x", "args": {}}
    queue.end(learning.id, status, **({"error": error} if status == "failed" else {}))
    token = shared(learning)
    app = watch(token)
    assert "This training has ended without a result." in read(app)
    assert not app.error and not any("/srv" in one for one in read(app))
    assert taken_back(own(records.run(learning.id, "local")), token)


def test_a_passcode_is_asked_for_in_a_sentence(learning):
    app = watch(shared(learning, passcode="sesame"))
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
