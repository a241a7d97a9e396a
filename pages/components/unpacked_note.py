"""What stands in place of a model that is not packed yet: to try, to download and to share."""

from __future__ import annotations

import streamlit as st

from pages.shared.i18n import _
from runs.store.records import Run


def told(run: Run) -> bool:
    """Say why there is no model, where there is none; returns whether that was said."""
    if run.packed:
        return False
    if not run.ended_already:
        st.info(_("Exporting and verifying the model. You can try and download it in a moment."),
                icon=":material/package_2:")  # fmt: skip
    elif run.status == "stopped":
        st.info(_("The run was stopped before the model was exported."), icon=":material/info:")
    else:
        st.info(_("Exporting the model failed. The metrics above remain valid. Resume the run to try again."),
                icon=":material/info:")  # fmt: skip
    return True
