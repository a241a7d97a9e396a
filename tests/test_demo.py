"""The demo page: for who has the link, and calm for who has not."""

from __future__ import annotations

import pytest
import streamlit as st
from opened_pages import opened, sound

from pages.shared import session
from runs.store import records, shares


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
