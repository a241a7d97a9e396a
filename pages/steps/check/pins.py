"""Items pinned as probes: what the model says of them is followed while it learns. Kept in the address."""

from __future__ import annotations

import streamlit as st

from pages.shared.i18n import _
from runs.api.numbers import whole

MOST = 8


def rows() -> list[int]:
    asked = st.query_params.get("pins", "").split(",")
    return [row for row in dict.fromkeys(map(whole, asked)) if row is not None][:MOST]


def button(row: int, *, left_out: bool) -> None:
    """Draw the button that pins or unpins the item in this row."""
    pinned = rows()
    if row in pinned:
        st.button(_("Unpin"), key="look_pin", icon=":material/keep_off:", on_click=_put,
                  args=([other for other in pinned if other != row],))  # fmt: skip
        return
    full = len(pinned) >= MOST
    st.button(
        _("Pin for monitoring"), key="look_pin", icon=":material/keep:", disabled=left_out or full,
        help=_("Pin at most {n} examples.", n=MOST) if full else None, on_click=_put, args=([*pinned, row],),
    )  # fmt: skip


def button_for_all(chosen: list[int]) -> None:
    """Draw the button that pins these as well, as far as there is room."""
    pinned = rows()
    added = [row for row in chosen if row not in pinned][: MOST - len(pinned)]
    st.button(_("Pin"), key="selected_pin", icon=":material/keep:", disabled=not added,
              help=_("At most {n} can be pinned.", n=MOST), on_click=_put, args=([*pinned, *added],))  # fmt: skip


def _put(pinned: list[int]) -> None:
    if pinned:
        st.query_params["pins"] = ",".join(map(str, pinned))
    else:
        st.query_params.pop("pins", None)
