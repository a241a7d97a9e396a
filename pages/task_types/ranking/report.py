"""Lists of items in a report; see `pages.task_types.base.ReportView`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cases.dataset import Dataset
from models.evaluation import ranking
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.task_types import generalization
from pages.task_types.ranking import evaluation, figures, users
from runs.exports.report.blocks import Bar, Bars, Block, Example, Examples, Facts, Heading, Prose, Table
from runs.results import recommendations
from runs.store.records import Run

USERS, SHOWN = 3, 6  # whose lists are shown, and items of each list
promise = evaluation.promise


def caveat(run: Run) -> str:
    """What makes the figure less certain than it looks."""
    told = _("Too few test users for a precise metric. Test on more.") if evaluation.is_small(run) else ""
    return together(told, generalization.words(run, evaluation.gap(run), evaluation.CAUSES))


def _terms(run: Run) -> Facts:
    """What the columns of the table of methods are."""
    told = [(vocabulary.metric(f"{name}@10"), _(figures.EXPLAINED[name])) for name in figures.told_metrics(run)
            if name in figures.EXPLAINED]  # fmt: skip
    ndcg = _("1: held-out items always come first; 0: never in the top 10.")
    coverage = (_("Catalogue coverage"), _("Share of all items that appear in any top 10."))
    return Facts([(vocabulary.metric("ndcg@10"), ndcg), *told, *([coverage] if run.result.get("lists") else [])])


def results(run: Run) -> list[Block]:
    """All methods beside each other, lists of other lengths, and segments of users."""
    cut = figures.cuts(run)
    rows = [list(row) for row in zip(*cut.values(), strict=True)]
    return [
        Prose(evaluation.side_by_side(run)),
        Heading(_("Compared with simple methods")), _methods(run), _terms(run), Heading(_("By list length")),
        Table(list(cut), rows, frozenset(range(1, len(cut)))),
        Prose(_("In brackets: 95% interval (bootstrap over users)."), quiet=True),
        *_segments(run),
    ]  # fmt: skip


def _methods(run: Run) -> Table:
    known = {figures.MODEL: run.result["test"], **figures.baselines(run)}
    names = {figures.MODEL: _("This model"), **vocabulary.baselines(vocabulary.task_of(run))}
    metrics = [f"{name}@10" for name in figures.told_metrics(run)]
    rows = [[names[name], *(vocabulary.figure(metric, one[metric]["value"]) for metric in metrics)]
            for name, one in known.items()]  # fmt: skip
    headings = [_("Method"), *map(vocabulary.metric, metrics)]
    if lists := run.result.get("lists"):
        headings.append(_("Catalogue coverage"))
        for row, name in zip(rows, known, strict=True):
            row.append(f"{lists[name]['coverage@10']:.1%}" if name in lists else "–")
    return Table(headings, rows, frozenset(range(1, len(headings))))


def _segments(run: Run) -> list[Block]:
    """NDCG@10 by how many interactions users had."""
    table = recommendations.of(run)
    if table is None:
        return []
    before, values = table["before"].to_numpy(), table["ndcg@10"].to_numpy()
    found = [(inside, ranking.intervals({"ndcg@10": values[inside]})["ndcg@10"]) for inside in users.bands(before)]
    if len(found) < 2:
        return []
    end = 1.1 * max([one["high"] for _inside, one in found] + [0.01])
    rows = [_segment(before[inside], one, end) for inside, one in found]
    told = _("NDCG@10 with 95% intervals, in {n} segments of similar size.", n=len(rows))
    return [Heading(_("By history length")), Bars(_("NDCG@10 by segment"), rows, points=True), Prose(told, quiet=True)]


def _segment(before: np.ndarray, found: dict[str, float], end: float) -> Bar:
    name = _("{low:,}–{high:,} interactions", low=int(before.min()), high=int(before.max()))
    value = f"{found['value']:.3f} ({found['low']:.3f}–{found['high']:.3f})"
    return Bar(name, value, found["value"] / end, tone="main", low=found["low"] / end, high=found["high"] / end)


def data(run: Run, dataset: Dataset) -> list[Block]:
    """What is divided are interactions; whose they are is never told."""
    return [Prose(_("The report holds no interactions of single users unless its owner allowed that."), quiet=True)]


def examples(run: Run, dataset: Dataset) -> list[Block]:
    """The users whose held-out item ranks lowest, without their names."""
    table = recommendations.of(run)
    if table is None:
        return []
    worst = table[~table["right"]].sort_values("rank", ascending=False, kind="stable").head(USERS)
    if worst.empty:
        return [Prose(_("Every held-out item is in the top 10."))]
    titles = dataset.samples["label"].tolist()
    cards = [_card(number, line, titles) for number, (_user, line) in enumerate(worst.iterrows(), 1)]
    told = _("Users whose held-out item ranks lowest. Their IDs are left out; their interactions are real.")
    return [Prose(told, quiet=True), Examples(cards)]


def _card(number: int, line: pd.Series, titles: list[str]) -> Example:
    def named(items: np.ndarray) -> list[str]:
        return [titles[item] for item in items[:SHOWN]]

    rank = _("Rank {n:,} of {items:,}", n=min(int(line["rank"]) + 1, len(titles)), items=len(titles))
    return Example(_("User {n}", n=number), rank, lists=(
        (_("Known interactions"), named(line["had"][::-1])), (_("Recommended"), named(line["list"])),
        (_("Held-out items"), named(line["wanted"])),
    ))  # fmt: skip
