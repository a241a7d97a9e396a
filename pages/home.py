"""The cases as pictures of what they do, what runs, and what it all runs on."""

from __future__ import annotations

import streamlit as st

import cases
from cases.base import Case
from pages.components import case_picture, run_list
from pages.shared import owner, presses
from pages.shared.i18n import _, count, listed
from pages.steps.data import import_progress
from runs import machine
from runs.lessons import files
from runs.store import records

ABREAST = 2  # cards
LATEST, EVERY = 5, 3  # runs, and seconds after which what still runs is looked at again


def card(case: Case) -> None:
    """What the case does, seen and said; the way in, and one with data that are here."""
    case_picture.show(case)
    st.subheader(_(case.title), anchor=False)
    with st.container(height="stretch"):  # what leads on stands at the foot of each card
        st.markdown(_(case.summary))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(f"{case.name}.py", label=_(case.invitation), icon=":material/arrow_forward:", width="content")
        st.space("stretch")
        at_hand = next((sample for sample in case.samples if not sample.fetched), None)
        pressed = f"sample_{case.name}"
        if at_hand:
            st.button(_("Try the sample"), key=pressed, help=_(at_hand.origin), on_click=presses.note, args=(pressed,))
        if at_hand and (press := presses.of(pressed)):
            press.made = press.made or import_progress.queue_sample(case, at_hand)
            press.over = True
            if press.made:
                st.switch_page(f"{case.name}.py", query_params={"read": press.made})


def latest() -> None:
    """The latest runs; while one of them runs, they are looked at again."""
    runs = records.run_list(owner.current(), most=LATEST)
    running = any(not run.ended_already for run in runs)
    st.fragment(_latest, run_every=EVERY if running else None)()


def _latest() -> None:
    run_list.show(records.run_list(owner.current(), most=LATEST))


st.title(_("Casebook"), anchor=False)
st.markdown(
    _(
        "Fine-tune a pretrained neural network on your own data and watch it learn. Every case "
        "study takes the same seven steps, from data to sharing."
    )
)

st.page_link("lessons.py", label=_("New to deep learning? Take a three-minute lesson"), icon=":material/school:",
             query_params={"lesson": next(iter(files.lessons()))}, width="content")  # fmt: skip

for first in range(0, len(cases.NAMES), ABREAST):
    beside = [cases.get(name) for name in cases.NAMES[first : first + ABREAST]]
    for place, case in zip(st.columns(ABREAST), beside, strict=False):
        with place.container(border=True, height="stretch"):
            card(case)

st.subheader(_("Latest runs"), anchor=False)
latest()

st.subheader(_("This machine"), anchor=False)
gpus = listed(_("{name} ({n})", name=name, n=f"{memory // 1024} GB") for name, memory in machine.gpus())
st.markdown(
    " · ".join(
        [
            count("{n} CPU core", "{n} CPU cores", machine.cores()),
            _("{gb:.0f} GB memory", gb=machine.memory_gb()),
            gpus or _("no GPU: training runs on the CPU"),
        ]
    )
)
