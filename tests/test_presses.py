"""A press is followed once, whatever interrupts the page between the button and what it asks for."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


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
