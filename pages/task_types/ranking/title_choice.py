"""Titles, or names, of which one or several are chosen; of very many the rest is found once it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from models.errors import N_
from pages.shared import session
from pages.shared.i18n import _
from pages.shared.text import quoted

MOST_OFFERED = 10_000  # to choose from; any other is found once it is typed
LONGEST = 80  # characters of what was typed
MOST_PICKS = 30


@dataclass(frozen=True)
class Offer:
    """`titles` by number, offered in this `order`. The rest are message ids: `unknown` with {typed}, `more` with {n}
    and {total}."""

    titles: Sequence[str]
    order: Sequence[int]
    placeholder: str = N_("Choose titles")
    unknown: str = N_("No title contains “{typed}”.")
    more: str = N_("Listed: the {n:,} most popular of {total:,} items. Type any other title and press Enter.")

    def several(self, label: str, key: str, help: str | None = None) -> list[int]:
        """The numbers that were chosen, in that order."""
        picks = st.multiselect(
            label, self._offered(key), format_func=self._title, key=key, max_selections=MOST_PICKS, help=help,
            placeholder=_(self.placeholder), filter_mode="contains", select_all=False, persist_state="page",
            **self._typed(key),
        )  # fmt: skip
        self._tell_of_more(key)
        return [pick for pick in picks if isinstance(pick, int)]

    def one(self, label: str, key: str) -> int | None:
        chosen = st.selectbox(
            label, self._offered(key), None, format_func=self._title, key=key, placeholder=_(self.placeholder),
            filter_mode="contains", persist_state="page", **self._typed(key),
        )  # fmt: skip
        self._tell_of_more(key)
        return chosen if isinstance(chosen, int) else None

    def _title(self, number: int) -> str:
        return self.titles[number]

    @property
    def _cut(self) -> bool:
        return len(self.order) > MOST_OFFERED

    def _typed(self, key: str) -> dict[str, Any]:
        return {"accept_new_options": True, "on_change": self._look_up, "args": (key,)} if self._cut else {}

    def _offered(self, key: str) -> list[int]:
        """Those that come first, and what is chosen already."""
        one = session.among(key, self.order)
        chosen = session.several_among(key, self.order) if one is None else [one]
        return list(dict.fromkeys([*self.order[:MOST_OFFERED], *chosen]))

    def _look_up(self, key: str) -> None:
        """In place of what was typed, what is meant: of those that contain it the first."""
        now = session.held(key, (list, str, int))
        found = {word: self._meant(word) for word in (now if isinstance(now, list) else [now])
                 if isinstance(word, str)}  # fmt: skip
        st.session_state[f"{key}_unknown"] = next((word for word, item in found.items() if item is None), "")
        if isinstance(now, list):
            meant = [found.get(word, word) for word in now]
            st.session_state[key] = [item for item in dict.fromkeys(meant) if item is not None]
        else:
            st.session_state[key] = found.get(now, now)

    def _meant(self, typed: str) -> int | None:
        """One that is just so comes first."""
        words = typed.lower().split()
        fitting = [n for n in self.order if words and all(word in self.titles[n].lower() for word in words)]
        return next((n for n in fitting if self.titles[n].lower() == typed.lower()), next(iter(fitting), None))

    def _tell_of_more(self, key: str) -> None:
        if not self._cut:
            return
        if unknown := session.held(f"{key}_unknown", str, ""):
            st.caption(_(self.unknown, typed=quoted(unknown, LONGEST)))
        else:
            st.caption(_(self.more, n=MOST_OFFERED, total=len(self.order)))
