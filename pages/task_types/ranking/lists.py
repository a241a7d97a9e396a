"""A list of recommendations as cards, alone or beside those of baselines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cases.base import Prediction
from cases.ranking.baselines import LISTED
from models.errors import InputError
from pages.components import item_cards
from pages.shared import i18n, session, vocabulary
from pages.shared.i18n import _
from pages.shared.text import bold
from pages.task_types.ranking import cards, figures, inside
from runs.inference import client
from runs.results import recommendations
from runs.store.records import Run

SHOWN = 10
SUGGESTED = 6  # to begin with


def show(
    run: Run, key: str, visitor: bool, asked: dict[str, Any], *, because: str, single: bool, pressable: bool = False
) -> None:
    """The list, alone or beside those of baselines; `because` is a message id with {title}."""
    items = recommendations.titles(run)
    with st.container(horizontal=True, gap="large"):
        beside = not visitor and st.toggle(
            _("Compare with baselines"), key=f"{key}_beside", persist_state="page",
            help=_("The lists of the baselines, without preferences."),
        )  # fmt: skip
        pictures = [] if visitor else cards.pictures(run, key)
    answer = ask(run, {**asked, "beside": True} if beside else asked, visitor)
    if answer is None:
        return
    found, presses = _cards(items, answer, pictures, because), _presses(key) if pressable else {}
    if beside:
        _abreast(run, items, found, answer.more["beside"], pictures, key, presses)
    else:
        st.markdown(bold(_("Recommendations")))
        item_cards.show(found, key=f"{key}_cards", **presses)
    st.caption(_("With several items, each recommendation names the one that contributed most.") if single else
               _("Reasons are leave-one-out: removing the item named lowers the score most."))  # fmt: skip
    st.caption(_("Score: the model's probability among all remaining items (softmax), before preferences and dislikes. "
                 "Popularity: number of users who interacted with the item."))  # fmt: skip
    if not visitor:
        inside.offer(run, asked["had"], place="tried")


def popular(items: Mapping[str, Any], order: Sequence[int], key: str) -> None:
    """The first of this order, to be liked by a tap: somebody new has chosen nothing yet."""
    st.markdown(bold(_("Popular items")))
    found = [cards.card(items, item) for item in order[:SUGGESTED]]
    for one in found:
        one["note"] = _popularity(items, int(one["id"]))
    item_cards.show(found, key=f"{key}_cards", **_presses(key))


def in_percent(score: float) -> str:
    """Among many items the best may have a share that one decimal place does not show."""
    return f"{score:.1%}" if score >= 0.001 or not score else f"{score:.3%}" if score >= 0.00001 else "<0.001%"


def _popularity(items: Mapping[str, Any], item: int) -> str:
    return _("popularity {n:,}", n=items["people"][item])


def _cards(
    items: Mapping[str, Any], answer: Prediction, pictures: Sequence[str], because: str
) -> list[item_cards.Card]:
    found, most = [], max(answer.probabilities[:SHOWN], default=0) or 1.0
    reasons, scores = answer.more["because"], answer.probabilities
    for item, reason, score in list(zip(answer.more["items"], reasons, scores, strict=True))[:SHOWN]:
        told = cards.card(items, item, pictures)
        told |= {"figure": in_percent(score), "share": score / most}
        told["note"] = _popularity(items, item)
        if reason is not None:
            told["reason"] = _(because, title=items["titles"][reason])
        found.append(told)
    return found


def _presses(key: str) -> dict[str, Any]:
    def take(event: str, name: str) -> None:
        told = session.told(f"{key}_cards", event) or ""
        if told.isdecimal():
            kept = session.held(f"{key}_{name}", list, [])
            st.session_state[f"{key}_{name}"] = list(dict.fromkeys([*kept, int(told)]))

    return {"on_liked": lambda: take("liked", "picks"), "on_disliked": lambda: take("disliked", "disliked")}


def _abreast(
    run: Run, items: Mapping[str, Any], found: list[item_cards.Card], others: Mapping[str, list[int]],
    pictures: Sequence[str], key: str, presses: Mapping[str, Any],
) -> None:  # fmt: skip
    """The model's list beside those of the baselines, in which what the model also names is marked."""
    named, shared = _named(run), {one["id"] for one in found}
    columns = st.columns(1 + len(others), gap="medium")
    with columns[0]:
        st.markdown(bold(_("This model")))
        item_cards.show(found, key=f"{key}_cards", brief=True, **presses)
    for column, (name, list_) in zip(columns[1:], others.items(), strict=True):
        drawn = [cards.card(items, item, pictures) for item in list_[:SHOWN]]
        for one in drawn:
            one["note"] = _popularity(items, int(one["id"]))
            if one["id"] in shared:
                one["marked"] = _("also in the model's list")
        with column:
            st.markdown(bold(named[name]))
            item_cards.show(drawn, key=f"{key}_cards_{name}", brief=True)
    if missing := _missing(run, others):
        st.caption(missing)
    if len(others) == 1:
        st.caption(_("Item-based collaborative filtering was not saved with this run. Train again to compare with it."))


def _named(run: Run) -> dict[str, str]:
    """The titles of the lists."""
    titles = vocabulary.baselines(vocabulary.task_of(run))
    return {**titles, LISTED: titles.get(vocabulary.kept(run)[-1], "")}


def _missing(run: Run, others: Mapping[str, list[int]]) -> str:
    """That the strongest baseline is not among these; "" where it is, or is the model."""
    strongest = next(iter(figures.baselines(run)), None)
    if strongest is None or strongest in others or (LISTED in others and strongest == vocabulary.kept(run)[-1]):
        return ""
    return _("Not listed: {name}, the strongest baseline; its weights are not kept.",
             name=vocabulary.baseline(run, strongest))  # fmt: skip


def similar(
    items: Mapping[str, Any], answer: Prediction, pictures: Sequence[str], key: str, *, brief: bool = False
) -> None:
    """Items with how similar each is, the most similar first."""
    drawn = []
    for item, value in list(zip(answer.more["items"], answer.probabilities, strict=True))[:SHOWN]:
        told = cards.card(items, item, pictures)
        drawn.append(told | {"figure": f"{value:.2f}", "share": value})
    item_cards.show(drawn, key=key, brief=brief)


def ask(run: Run, question: Mapping[str, Any], visitor: bool) -> Prediction | None:
    """None where the reason was said in its place."""
    try:
        answer = client.answers(run, [json.dumps(question).encode()], show=True, visitor=visitor)[0]
    except InputError as error:
        answer = error
    if isinstance(answer, InputError):
        st.error(i18n.of(answer), icon=":material/error:")
        return None
    return answer
