"""Host: who works here and how much they use, what waits and runs, backups, and what holds for everyone."""

from __future__ import annotations

import streamlit as st

from pages.administration import backups, invitations, limits, notice, people, storage, work
from pages.shared import owner
from pages.shared.i18n import _


def show() -> None:
    host = owner.person()
    if host is None or not host.host:  # whoever is none has no such page either; see the frame
        return
    st.title(_("Host"), anchor=False)
    parts = {
        "people": (_("People"), lambda: (people.show(host), invitations.show(host))),
        "work": (_("Queue and machines"), work.show),
        "limits": (_("Limits"), limits.show),
        "storage": (_("Storage"), storage.show),
        "backups": (_("Backups"), backups.show),
        "notice": (_("Notice"), notice.show),
    }
    chosen = st.segmented_control(
        _("Part"), list(parts), format_func=lambda part: parts[part][0], default="people", key="host_part",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    parts[chosen or "people"][1]()


show()
