"""Item by item: does one run know what another does not, or is the difference chance?"""

from __future__ import annotations

import streamlit as st

from models.evaluation.metrics import FALLING
from models.evaluation.significance import Paired, holm
from pages import task_types
from pages.shared import vocabulary
from pages.shared.i18n import _, listed, together
from pages.shared.text import bold, plain
from pages.steps.compare.run_names import named_apart
from pages.task_types import run_pair
from pages.task_types.run_pair import RunPair
from runs.results import paired_runs
from runs.store.records import Run

CHANCE = 0.05
FEW = 20  # shared examples below which a comparison says little


def show(named: dict[str, Run]) -> None:
    evaluated = {letter: run for letter, run in named.items() if paired_runs.tested(run) is not None}
    if len(evaluated) < 2:
        return
    st.subheader(_("Paired comparison"), anchor=False)
    st.fragment(_compared)(named, evaluated)


def _compared(named: dict[str, Run], evaluated: dict[str, Run]) -> None:
    """A fragment: choosing an item runs nothing else of the page."""
    letters = list(evaluated)
    one = st.selectbox(
        _("Reference run"), letters, letters.index(_reference(evaluated)), key="compare_with", width=400,
        format_func=named_apart(named).get,
    )  # fmt: skip
    others = {letter: run for letter, run in evaluated.items() if letter != one}
    pairs = {letter: paired_runs.paired(evaluated[one], run) for letter, run in others.items()}
    compared = {letter: pair for letter, pair in pairs.items() if pair}
    corrected = holm([pair.p for pair in compared.values()])
    for (other, pair), p in zip(compared.items(), corrected, strict=True):
        st.markdown("  \n".join([_counts(one, other, pair), _verdict(one, other, pair, p),
                                 *_different_tests(one, other, evaluated, pair)]))  # fmt: skip
    if elsewhere := [letter for letter in others if letter not in compared]:
        st.markdown(
            _("{runs}: no test examples in common with {one}.",
              runs=listed(f"**{letter}**" for letter in elsewhere), one=f"**{one}**")
        )  # fmt: skip
    if compared:
        st.caption(
            together(
                _("McNemar's mid-p test on shared test examples, with the newer run's labels and class names."),
                _("Significant below p = 0.05.") if len(compared) == 1
                else _("Significant below p = 0.05, Holm-corrected for {n} comparisons.", n=len(compared)),
            )
        )  # fmt: skip
        _item_by_item(named, evaluated, one, list(compared))


def _item_by_item(named: dict[str, Run], evaluated: dict[str, Run], one: str, others: list[str]) -> None:
    """The reference run beside one of the others: by how much each figure differs, and on which items."""
    alike = [letter for letter in others if _kind(evaluated[letter]) == _kind(evaluated[one])]
    if not alike:
        return
    other, names = alike[0], named_apart(named)
    if len(alike) > 1:
        other = st.selectbox(_("Beside it, item by item"), alike, key="compare_items_of", width=400,
                             format_func=names.get)  # fmt: skip
    pair = RunPair(evaluated[one], evaluated[other], (one, other))
    view = task_types.of_run(pair.one).compare
    run_pair.differences(pair, view.differences(pair))
    st.markdown(bold(_("Item by item")))
    view.items(pair)


def _kind(run: Run) -> str:
    return vocabulary.task_of(run).task_type.name


def _different_tests(one: str, other: str, evaluated: dict[str, Run], pair: Paired) -> list[str]:
    """Where the test parts differ, by version or by split: of which they are, and whether enough are shared."""
    runs = [evaluated[letter] for letter in (one, other)]
    if runs[0].dataset == runs[1].dataset and all(len(paired_runs.tested(run)) == pair.items for run in runs):
        return []
    first, second = (
        _(
            "{letter}: {data}, {n:,} test examples",
            letter=letter,
            data=plain(vocabulary.data(run)),
            n=len(paired_runs.tested(run)),
        )
        for letter, run in zip((one, other), runs, strict=True)
    )
    few = [_("So few prove little: compare runs with the same split.")] if pair.items < FEW else []
    return [together(_("Different test sets ({first}; {second}). Only the {n:,} shared examples are compared.",
                       first=first, second=second, n=pair.items), *few)]  # fmt: skip


def _reference(evaluated: dict[str, Run]) -> str:
    """The best of those that most others can be compared with."""

    def rank(letter: str) -> tuple[int, float]:
        run = evaluated[letter]
        comparable = sum(paired_runs.paired(run, other) is not None for other in evaluated.values())
        metric = vocabulary.task_of(run).metric
        value = run.result["test"][metric]["value"]
        return comparable, -value if metric in FALLING else value

    return max(evaluated, key=rank)


def _counts(one: str, other: str, pair: Paired) -> str:
    return _(
        "**{other}** against **{one}** on {items:,} test examples: {only_one:,} correct only in "
        "{one}, {only_other:,} only in {other}.",
        one=one, other=other, items=pair.items, only_one=pair.only_one, only_other=pair.only_other,
    )  # fmt: skip


def _verdict(one: str, other: str, pair: Paired, p: float) -> str:
    if pair.only_one + pair.only_other == 0:
        return _("Both are correct on exactly the same examples.")
    if p >= CHANCE:
        return _("Not significantly different (p = {p:.2g}).", p=p)
    better = one if pair.only_one > pair.only_other else other
    return _("{better} is significantly better (p = {p:.2g}).", better=f"**{better}**", p=p)
