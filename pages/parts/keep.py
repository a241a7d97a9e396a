"""Keep: the model as files that load elsewhere."""

from __future__ import annotations

import streamlit as st

from pages.parts.language import _, current
from runs import tokens
from runs.store import Run


def show(run: Run) -> None:
    if not run.result:
        return
    st.header(_("7 · Keep & share"), anchor=False)
    st.markdown(
        _("One zip with the weights (safetensors), the labels, the preprocessing, the settings, a model card and "
          "`predict.py`, which needs nothing of Casebook. It was loaded again and predicted before the run was called "
          "done.")
    )  # fmt: skip
    token = tokens.sign("run", run=run.id, owner=run.owner)
    st.link_button(
        _("Download the model"),
        f"/api/bundle?token={token}&lang={current()}",
        icon=":material/download:",
        type="primary",
    )
