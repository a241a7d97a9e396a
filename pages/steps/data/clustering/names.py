"""The groups that were found: how many, what each is about, and its name."""

from __future__ import annotations

import streamlit as st

from cases.clusters import Group, Groups
from pages.shared import address, session
from pages.shared.i18n import _, count, listed, shown
from pages.shared.text import quoted
from pages.steps.data.clustering import figure
from runs.api.numbers import whole
from runs.jobs import clustering
from runs.store.records import Run
from runs.uploads.class_names import cleaned

STRONGEST = 2  # words that a name is proposed of
LONGEST = 140  # characters of a text on a card


def leave(**more: str) -> None:
    """Back to the ways to bring data, or with `more` on to something else."""
    address.change(**{"groups": None, "number": None, "text": None, **more})


def show(job: Run) -> None:
    groups = clustering.of(job)
    for note in job.notes or ():
        sentence = note["message"]
        st.caption(_(sentence, **shown(note["args"])))
    drawing, beside = st.columns([3, 2])
    with beside:
        number = _number(job, groups)
        names = clustering.names(job, number) or proposed(groups.choices[number])
        figure.picked(groups, number, names)
    with drawing:
        figure.show(job, groups, number, names)
    st.markdown(_("Name each cluster. Equal names become one label; unnamed clusters are excluded."))
    for start in range(0, number, 2):
        for place, column in zip(range(start, min(start + 2, number)), st.columns(2), strict=False):
            with column.container(border=True, height="stretch"):
                _card(job, groups, number, place, names[place])
    _go_on(job, groups, number)


def proposed(groups: tuple[Group, ...]) -> list[str]:
    """A name for each group of its strongest words, of as many as it takes to tell it from the others."""
    names: list[str] = []
    for place, group in enumerate(groups, start=1):
        some = (" · ".join(group.words[:most]) for most in range(STRONGEST, len(group.words) + 1))
        names.append(next((name for name in some if name not in names), _("Cluster {n}", n=place)))
    return names


def _number(job: Run, groups: Groups) -> int:
    """How many groups; the address says it, the slider follows and changes it."""
    asked, key = whole(st.query_params.get("number")), f"number_{job.id}"
    number = asked if asked in groups.choices else groups.suggested
    if len(groups.choices) > 1:
        st.session_state[key] = number
        st.slider(
            _("Number of clusters"), min(groups.choices), max(groups.choices), key=key,
            help=_("Suggested: {n}, where the clusters are best separated. Fewer are broader, more are "
                   "finer.", n=groups.suggested),
            on_change=lambda: address.change(number=str(session.held(key, int, number)), text=None),
        )  # fmt: skip
    return number


def _card(job: Run, groups: Groups, number: int, place: int, name: str) -> None:
    group, texts = groups.choices[number][place], groups.items["text"]
    told = count("{n} text", "{n} texts", group.size)
    st.markdown(f':color[●]{{foreground="{figure.colour(place)}"}} **{place + 1}** · {told}')
    st.text_input(
        _("Name of cluster {n}", n=place + 1), name, max_chars=100, key=_key(job, number, place),
        placeholder=_("Excluded"), on_change=lambda: clustering.keep_names(job, number, _given(job, number)),
    )  # fmt: skip
    if group.words:
        st.caption(_("Top terms: {words}", words=listed(quoted(word, LONGEST) for word in group.words)))
    st.markdown("\n".join(f"- {quoted(texts[row], LONGEST)}" for row in group.typical))


def _key(job: Run, number: int, place: int) -> str:
    return f"group_{job.id}_{number}_{place}"


def _given(job: Run, number: int) -> list[str]:
    return [cleaned(session.held(_key(job, number, place), str, "")) for place in range(number)]


def _go_on(job: Run, groups: Groups, number: int) -> None:
    names = _given(job, number)
    labels = set(names) - {""}
    taken = sum(group.size for group, name in zip(groups.choices[number], names, strict=True) if name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use as labels"), key=f"take_{job.id}", type="primary", icon=":material/arrow_forward:",
            disabled=len(labels) < 2, on_click=lambda: leave(read=clustering.take(job, number, _given(job, number))),
        )  # fmt: skip
        if len(labels) < 2:
            st.caption(_("Enter at least two different names."))
        else:
            st.caption(_("{n:,} of {total:,} texts, {labels} labels", n=taken, total=len(groups.items),
                         labels=len(labels)))  # fmt: skip
