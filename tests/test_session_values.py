"""No value of a session is trusted: a browser may fill any field with anything, and the page goes on."""

from __future__ import annotations

import ast

import nonsense
import pytest
import streamlit as st
from conftest import ROOT
from opened_pages import opened, sound
from streamlit.testing.v1 import AppTest

from pages.shared import session
from runs.store import records, shares

ALL = range(len(nonsense.VALUES))
SOME = (1, 3, 7)  # a long word, a large number, an object: enough where the same page has other parts
PAGES = [path for path in ROOT.glob("pages/**/*.py") if path.name != "session.py"]


def endures(app, turns=ALL):
    """Each nonsense in turn; the page stays whole."""
    for turn in turns:
        sound(nonsense.send(app, turn))


def reads(path):
    """Lines on which a file takes a value out of the session by itself."""
    tree = ast.parse(path.read_text("utf-8"))
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    dropping = {id(node.body) for node in ast.walk(tree) if isinstance(node, ast.Lambda)}
    for node in ast.walk(tree):
        inside = getattr(node, "value", None) if not isinstance(node, ast.Call) else getattr(node.func, "value", None)
        if not (isinstance(inside, ast.Attribute) and inside.attr == "session_state"):
            continue
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield node.lineno
        if isinstance(node, ast.Call) and id(node) not in statements | dropping:
            yield node.lineno
        if isinstance(node, ast.Attribute) and node.attr in ("get", "items", "values", "to_dict"):
            yield node.lineno


def test_there_is_one_way_to_read_the_session():
    assert {str(path.relative_to(ROOT)): lines for path in PAGES if (lines := [*reads(path)])} == {}


def test_what_is_no_option_or_of_another_kind_is_as_if_it_were_not_there():
    for value in nonsense.VALUES:
        st.session_state["field"] = value
        assert session.among("field", ("a", "b"), "a") == "a"
        assert session.held("field", dict, {}) in ({}, value)
        assert session.several_among("field", (2, 3)) == []
    st.session_state["field"] = "b"
    assert session.among("field", ("a", "b")) == session.held("field", str) == "b"
    st.session_state["field"] = [3, "3", 0, True, 9]
    assert session.several_among("field", range(4)) == [3, 0]
    st.session_state["field"] = True
    assert session.among("field", (1, 2)) is None  # though it is equal to the first


def test_a_component_tells_what_was_agreed_upon_and_nothing_else():
    for value in nonsense.VALUES:
        st.session_state["zone"] = {"picked": value}
        assert session.told("zone", "picked") == (value if isinstance(value, str) else None)
        assert session.told("zone", "removed") is None
        st.session_state["zone"] = value
        assert session.told("zone", "picked") is None
    st.session_state["zone"] = {"picked": "x" * (session.LONGEST + 1)}
    assert session.told("zone", "picked") is None


@pytest.mark.slow
@pytest.mark.parametrize(("see", "turns"), [("overview", ALL), ("classes", SOME), ("labels", SOME)])
def test_the_page_of_a_run_endures_nonsense(open_run, usual, see, turns):
    app = open_run(usual, see=see, item="3")
    app.session_state[f"fold_3_{usual}"] = True
    endures(app.run(), turns)


@pytest.mark.slow
def test_the_page_of_data_endures_nonsense(dataset):
    endures(opened("image_recognition.py", data="d1", show="class:moss", look="1"))


def test_the_list_of_runs_and_their_comparison_endure_nonsense(usual):
    again = records.run(usual, "local").settings
    second = records.create_run("local", "fine_tune", "image_recognition", "b", dataset="d1", settings=again)
    endures(opened("runs.py"))
    endures(opened("runs.py", compare=f"{usual},{second}"))


def test_a_demo_endures_nonsense(usual):
    endures(opened("demo.py", t=shares.create(records.run(usual, "local"), days=1)))


def page():
    import streamlit as st

    from pages.shared import presses

    done = st.session_state.setdefault("done", [])
    st.number_input("Amount", value=1, key="amount")
    st.button("Do", key="do", on_click=presses.note, args=("do",))
    if st.session_state.get("interrupt") == "before":  # as a timer does that finds its work at an end
        st.session_state.interrupt = ""
        st.rerun()
    if press := presses.of("do"):
        if press.made is None:
            press.made = len(done)
            done.append(st.session_state.amount)
        if st.session_state.get("interrupt") == "after":
            st.session_state.interrupt = ""
            st.rerun()
        press.over = True
    st.button("Ask", key="ask", on_click=presses.note, args=("ask",))
    for _press in presses.opened("ask"):
        st.markdown("Really?")


@pytest.mark.parametrize("interrupt", ["", "before", "after"])
def test_what_was_pressed_for_is_done_once_with_what_the_fields_say_now(interrupt):
    app = AppTest.from_function(page, default_timeout=60).run()
    app.session_state.interrupt = interrupt
    app.number_input(key="amount").set_value(5)
    app.button(key="do").click().run()
    assert not app.exception and app.session_state.done == [5]
    assert app.run().session_state.done == [5]


def test_a_question_is_opened_once():
    app = AppTest.from_function(page, default_timeout=60).run()
    assert [one.value for one in app.button(key="ask").click().run().markdown] == ["Really?"]
    assert not app.run().markdown


def test_what_nobody_followed_is_forgotten_after_a_while(monkeypatch):
    from pages.shared import presses

    monkeypatch.setattr(presses, "FRESH", 0.0)
    app = AppTest.from_function(page, default_timeout=60).run()
    app.button(key="do").click().run()
    assert app.session_state.done == []
