"""What this is, what it runs on, and what ran last."""

from __future__ import annotations

import streamlit as st

import cases
from pages.components import run_list
from pages.shared import owner
from pages.shared.i18n import _, count, listed
from runs import machine
from runs.store import records

ABREAST = 2  # cards

st.title(_("Casebook"), anchor=False)
st.markdown(
    _(
        "Bring your own data, fine-tune a pretrained network on it, and watch it learn. "
        "Each case study of the book follows the same steps: data, check, model, fine-tune, evaluate, try, keep and "
        "share."
    )
)

for first in range(0, len(cases.NAMES), ABREAST):
    beside = [cases.get(name) for name in cases.NAMES[first : first + ABREAST]]
    for place, case in zip(st.columns(ABREAST), beside, strict=False):
        with place.container(border=True, height="stretch"):
            st.subheader(_(case.title), anchor=False)
            st.markdown(_(case.summary))
            st.page_link(f"{case.name}.py", label=_(case.invitation), icon=":material/arrow_forward:")

st.subheader(_("This machine"), anchor=False)
gpus = listed(_("{name} ({n})", name=name, n=f"{memory // 1024} GB") for name, memory in machine.gpus())
st.markdown(
    " · ".join(
        [
            count("{n} processor core", "{n} processor cores", machine.cores()),
            _("{gb:.0f} GB memory", gb=machine.memory_gb()),
            gpus or _("no GPU: networks train on the processor"),
        ]
    )
)

st.subheader(_("Latest runs"), anchor=False)
run_list.show(records.run_list(owner.current(), most=5))
