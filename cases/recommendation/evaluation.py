"""What a trained network would have shown people, against what they went on to have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cases.base import Evaluation
from cases.ranking.interactions import Interactions
from cases.ranking.split import EvalQueries
from cases.recommendation.item_weights import ItemList
from cases.recommendation.portable import Portable
from cases.recommendation.scorer_evaluation import Judged, Scores, judge
from models.evaluation import projection, ranking
from models.progress import QUIET, ProgressReporter

MOST_KEPT = 20_000  # people, of whom it is known whom a new item would be shown to
MOST_MAPPED = 1500  # items
TOLD = 30  # of what somebody had, the latest
AMONG_TEN = "hit@10"
BESIDE = "item_knn"  # the baseline whose lists stand beside the model's where it is tried
MOST_BESIDE = 50  # neighbours of an item that are kept for that


def evaluate(
    asked: EvalQueries, titles: np.ndarray, scores: Scores, report: ProgressReporter
) -> tuple[Evaluation, Judged]:
    """The test part, in which people are `asked` about, gives the figures; `titles`: (items,).

    `predictions` has a line for each person: id (their number), label and predicted (titles of what they wanted first,
    and of the best in their list), right (whether anything they wanted is among the first ten), rank (of the best of
    what they wanted), had, wanted and list (numbers of items), and before (how many items they had).
    """
    judged = judge(asked, len(titles), scores, report)
    return Evaluation(ranking.intervals(judged.metrics), _table(asked, titles, judged)), judged


def of_what_leaves(asked: EvalQueries, whole: Scores, portable: Portable, report: ProgressReporter) -> dict[str, Any]:
    """The test part's NDCG@10 of a list with all its weights and with those that leave, how many these are for each
    item and of how many, and with these the share of people with something they wanted among ten."""
    if portable.listed is None:
        raise ValueError("What leaves has no list.")
    told: dict[str, Any] = {"weights": portable.listed.neighbours.shape[1], "of": portable.items}
    leaving: Scores = lambda places: portable.scores([asked.had[place] for place in places])  # noqa: E731
    found = {name: judge(asked, portable.items, by, report).metrics for name, by in
             {"whole": whole, "kept": leaving}.items()}  # fmt: skip
    told |= {name: float(metrics["ndcg@10"].mean()) for name, metrics in found.items()}
    return {**told, AMONG_TEN: ranking.intervals(found["kept"])[AMONG_TEN]}


def lists(judged: Mapping[str, Judged], train: Interactions) -> dict[str, dict[str, float]]:
    """Of the first ten of everybody's list, by whom it is made: the share of all items that are in one, and how
    surprising they are in bits, by how many people have each in what was learnt from."""
    return {
        name: {"coverage@10": ranking.coverage(one.lists[:, :10], train.items),
               "novelty@10": ranking.novelty(one.lists[:, :10], train.counts, train.people)}
        for name, one in judged.items()
    }  # fmt: skip


def _table(asked: EvalQueries, titles: np.ndarray, judged: Judged) -> pd.DataFrame:
    wanted = [some[some >= 0] for some in asked.wanted]
    told = judged.metrics
    return pd.DataFrame({
        "id": asked.people,
        "label": [titles[some[0]] for some in wanted],
        "predicted": titles[judged.lists[:, 0]],
        "right": told[AMONG_TEN] > 0,
        "rank": np.where(judged.ranks >= 0, judged.ranks, np.iinfo(np.int64).max).min(1),
        "ndcg@10": told["ndcg@10"],
        "recall@10": told["recall@10"],
        "had": [some[-TOLD:] for some in asked.had],
        "wanted": wanted,
        "list": list(judged.lists),
        "before": [len(some) for some in asked.had],
    })  # fmt: skip


def keep_people(asked: EvalQueries, scores: Scores, portable: Portable, path: Path) -> None:
    """Beside the run, never in its bundle: everybody as the network knows them at the end, and from which score on an
    item is among the first twenty of their list. It answers whom a new item would be shown to.

    `asked`: all people, see `Split.everybody`; `scores`: what was kept says of them, `portable`: the same as it leaves.
    """
    from safetensors.numpy import save_file

    edges = []

    def noting(places: np.ndarray) -> np.ndarray:
        table = scores(places)
        for row, place in enumerate(places):
            table[row, asked.seen[place]] = -np.inf
        cut = min(max(ranking.CUTS), table.shape[1] - 1)
        edges.append(-np.partition(-table, cut - 1, axis=1)[:, cut - 1])
        return table

    judge(asked, portable.items, noting, QUIET)
    vectors = portable.vectors_of(asked.had)
    save_file({"people": asked.people, "vectors": vectors, "edges": np.concatenate(edges)}, path)


def keep_baselines(near: ItemList, counts: np.ndarray, path: Path) -> None:
    """Beside the run, never in its bundle: item-kNN as it was evaluated, and how many people of the training part have
    each item, `counts`. Their lists stand beside the model's."""
    from safetensors.numpy import save_file

    tensors = {"neighbours": near.neighbours, "weights": near.weights, "counts": counts.astype(np.int64)}
    save_file(tensors, path)


def item_map(model: Portable, counts: np.ndarray) -> pd.DataFrame:
    """Where the items that most people have lie on a map: by the directions of their vectors, or by their weights."""
    drawn = np.sort(np.argsort(-counts, kind="stable")[:MOST_MAPPED])
    features = model.features(drawn)
    directions = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    points = projection.flatten(projection.condense(directions))
    return pd.DataFrame({"item": drawn, "x": points[:, 0], "y": points[:, 1]})
