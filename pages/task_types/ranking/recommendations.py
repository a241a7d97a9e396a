"""Try recommending: be a new user and choose what you like; or bring something new and see whom it suits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.base import Prediction
from models.errors import InputError
from pages.shared import i18n, session
from pages.shared.i18n import _
from pages.shared.layout import abreast
from pages.shared.text import bold, plain, quoted
from runs import integrity
from runs.inference import client
from runs.results import recommendations
from runs.store.records import Run

MOST_OFFERED = 10_000  # titles to choose from; any other is found once it is typed
LONGEST = 80  # characters of what was typed
SHOWN = 10
MOST_GENRES = 6
MOST_PICKS = 30


def show(run: Run, *, key: str, visitor: bool = False) -> None:
    """What the model can do; a `visitor` of a demo is not told which users a new item suits."""
    if problem := integrity.of_model(run.id, "items.json"):
        st.error(i18n.of(problem), icon=":material/error:")
        return
    ways = {"user": _("New user"), "alike": _("Similar items")}
    if recommendations.reads_texts(run):
        ways["new"] = _("New item")
    way = st.segmented_control(_("What to try"), list(ways), format_func=ways.get, default="user", required=True,
                               key=f"{key}_way", label_visibility="collapsed", persist_state="page",
                               wrap=True)  # fmt: skip
    {"user": _be_a_user, "alike": _alike, "new": _something_new}[way](run, key, visitor)


def _be_a_user(run: Run, key: str, visitor: bool) -> None:
    items = recommendations.titles(run)
    st.markdown(_("Pick a few items you like. The list updates at once."))
    picks = _picks(items, f"{key}_picks", many=True)
    with st.container(horizontal=True, gap="large"):
        novelty = st.slider(_("Popular ↔ niche"), 0.0, 1.0, 0.0, 0.05, key=f"{key}_novelty", width=260,
                            persist_state="page", help=_("Ranks less popular items higher."))  # fmt: skip
    wishes = _wishes(items, key)
    if not picks:
        st.caption(_("No items selected."))
        return
    names = [items["ids"][pick] for pick in picks]
    answer = _ask(run, {"had": names, "novelty": novelty, "genres": wishes}, visitor)
    if answer:
        _list(items, answer, single=len(picks) == 1)


def _wishes(items: Mapping[str, Any], key: str) -> dict[str, float]:
    """A slider for each of the commonest genres, folded away."""
    common = Counter(genre for genres in items["genres"] for genre in filter(None, genres.split("|")))
    genres = [genre for genre, _n in common.most_common(MOST_GENRES)]
    if not genres:
        return {}
    with st.expander(_("Genre preference")):
        told = {genre: place.slider(plain(genre), -1.0, 1.0, 0.0, 0.25, key=f"{key}_genre_{genre}",
                                        persist_state="page")
                for place, genre in abreast(genres, 3)}  # fmt: skip
    return {genre: wish for genre, wish in told.items() if wish}


def _list(items: Mapping[str, Any], answer: Prediction, *, single: bool) -> None:
    """`single`: they follow from one choice, which nothing can be weighed against."""
    st.markdown(bold(_("Recommendations")))
    for place, (item, because) in enumerate(zip(answer.more["items"][:SHOWN], answer.more["because"], strict=False), 1):
        genres = items["genres"][item].replace("|", " · ")
        told = [plain(genres)] if genres else []
        if because is not None:
            title = plain(items["titles"][because])
            told.append(_("because of {title}", title=title) if single else
                        _("mainly because of {title}", title=title))  # fmt: skip
        told.append(_("popularity {n:,}", n=items["people"][item]))
        st.markdown(f"{place}. {bold(plain(items['titles'][item]))}  \n:small[{' · '.join(told)}]")
    st.caption(_("With several items, each recommendation names the one that contributed most.") if single else
               _("Reasons are leave-one-out: removing the item named lowers the score most."))  # fmt: skip
    st.caption(_("Popularity: number of users who interacted with the item."))


def _alike(run: Run, key: str, visitor: bool) -> None:
    items = recommendations.titles(run)
    picks = _picks(items, f"{key}_alike", many=False)
    if not picks:
        return
    answer = _ask(run, {"like": items["ids"][picks[0]]}, visitor)
    if answer:
        _lines(items, answer)


def _something_new(run: Run, key: str, visitor: bool) -> None:
    st.markdown(_("Cold start: describe an item without interactions. Its text embedding places it among the other "
                  "items."))  # fmt: skip
    title = st.text_input(_("Title"), key=f"{key}_title", max_chars=300, persist_state="page")
    one, other = st.columns(2)
    genres = one.text_input(_("Genres, comma-separated"), key=f"{key}_new_genres", max_chars=300, persist_state="page")
    text = other.text_input(_("Description"), key=f"{key}_text", max_chars=2000, persist_state="page")
    if not title.strip():
        return
    asked = {"title": title, "genres": "|".join(part.strip() for part in genres.split(",")), "text": text}
    answer = _ask(run, asked, visitor)
    if answer is None:
        return
    if "share" in answer.more:
        st.markdown(_("In the top 20 of **{share:.1%}** of users.", share=answer.more["share"]))
    left, right = st.columns(2)
    with left:
        st.markdown(bold(_("Similar items")))
        _lines(recommendations.titles(run), answer)
    if "people" in answer.more and not visitor:
        with right:
            names = recommendations.users(run)
            st.markdown(bold(_("Best-matching users")))
            st.markdown("\n".join(f"{n}. {plain(names[p])}" for n, p in enumerate(answer.more["people"][:SHOWN], 1)))


def _lines(items: Mapping[str, Any], answer: Prediction) -> None:
    told = []
    for place, item in enumerate(answer.more["items"][:SHOWN], 1):
        genres = plain(items["genres"][item].replace("|", " · "))
        told.append(f"{place}. {plain(items['titles'][item])}" + (f" :small[:gray[{genres}]]" if genres else ""))
    st.markdown("\n".join(told))


def _picks(items: Mapping[str, Any], key: str, *, many: bool) -> list[int]:
    """The numbers of the items that were chosen, in that order."""
    order = sorted(range(len(items["ids"])), key=lambda item: -items["people"][item])
    offered, title = _offered(order, key), lambda item: items["titles"][item]
    typed = {"accept_new_options": True, "on_change": _look_up, "args": (items, order, key)}
    more = typed if len(order) > MOST_OFFERED else {}
    if many:
        picks = st.multiselect(_("Items you like"), offered, format_func=title, key=key, max_selections=MOST_PICKS,
                               placeholder=_("Choose titles"), filter_mode="contains", select_all=False,
                               persist_state="page", **more)  # fmt: skip
    else:
        chosen = st.selectbox(_("Title"), offered, None, format_func=title, key=key, placeholder=_("Choose a title"),
                              filter_mode="contains", persist_state="page", **more)  # fmt: skip
        picks = [] if chosen is None else [chosen]
    if more:
        _told_of_more(len(order), key)
    return [pick for pick in picks if isinstance(pick, int)]


def _offered(order: list[int], key: str) -> list[int]:
    """Those that most users have first, and what is chosen already."""
    one = session.among(key, order)
    chosen = session.several_among(key, order) if one is None else [one]
    return list(dict.fromkeys([*order[:MOST_OFFERED], *chosen]))


def _look_up(items: Mapping[str, Any], order: list[int], key: str) -> None:
    """In place of what was typed, the item that is meant: of those whose titles contain it the one most users have."""
    now = session.held(key, (list, str, int))
    found = {word: _meant(items, order, word) for word in (now if isinstance(now, list) else [now])
             if isinstance(word, str)}  # fmt: skip
    st.session_state[f"{key}_unknown"] = next((word for word, item in found.items() if item is None), "")
    if isinstance(now, list):
        meant = [found.get(word, word) for word in now]
        st.session_state[key] = [item for item in dict.fromkeys(meant) if item is not None]
    else:
        st.session_state[key] = found.get(now, now)


def _meant(items: Mapping[str, Any], order: list[int], typed: str) -> int | None:
    """A title that is just so comes first."""
    words = typed.lower().split()
    fitting = [item for item in order if words and all(word in items["titles"][item].lower() for word in words)]
    return next((item for item in fitting if items["titles"][item].lower() == typed.lower()), next(iter(fitting), None))


def _told_of_more(total: int, key: str) -> None:
    if unknown := session.held(f"{key}_unknown", str, ""):
        st.caption(_("No title contains “{typed}”.", typed=quoted(unknown, LONGEST)))
    else:
        st.caption(_("Listed: the {n:,} most popular of {total:,} items. Type any other title and press Enter.",
                     n=MOST_OFFERED, total=total))  # fmt: skip


def _ask(run: Run, question: Mapping[str, Any], visitor: bool) -> Prediction | None:
    """None where the reason was said in its place."""
    try:
        answer = client.answers(run, [json.dumps(question).encode()], show=True, visitor=visitor)[0]
    except InputError as error:
        answer = error
    if isinstance(answer, InputError):
        st.error(i18n.of(answer), icon=":material/error:")
        return None
    return answer
