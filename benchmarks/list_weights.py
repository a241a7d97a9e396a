"""What a recommending list loses where only its highest weights leave: NDCG@10 of all, of 200 an item and as shipped.

    python -m benchmarks.list_weights --out

On the two real sets and on made-up interactions of two shapes (see `benchmarks.recommending_shapes`), item-kNN and both
kinds of EASE. How many weights leave is chosen on the validation part; the figures are of the test part.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import recommending, recommending_shapes, table
from cases.base import WorkDirs
from cases.ranking.split import EvalQueries
from cases.recommendation import item_weights
from cases.recommendation.baselines import CHOSEN_BY, Baselines, Simple
from cases.recommendation.context import RankingContext, prepare
from cases.recommendation.item_weights import ItemList
from cases.recommendation.scorer_evaluation import judge
from cases.recommendation.settings import Settings
from models.progress import QUIET

REAL = ("rec_ml_latest_small", "rec_ml100k")
MADE_UP = {"popularity": (2000, 3000, 20), "sequences": (2000, 2000, 20)}  # people, items, interactions of each
HEADERS = ("set", "items", "list", "all weights", f"{item_weights.MOST} an item", "shipped", "weights an item", "MB")


def contexts(folder: Path, *, quick: bool) -> Iterator[tuple[str, RankingContext]]:
    for name in () if quick else REAL:
        given = [table.SOUNDS / name / f"{part}.csv" for part in ("ratings", "items")]
        yield name, _prepared(given, folder / name)
    for name, (people, items, each) in MADE_UP.items():
        (folder / f"made-{name}").mkdir()
        shrink = 10 if quick else 1
        made = getattr(recommending_shapes, name)(folder / f"made-{name}", people // shrink, items // shrink, each)
        yield name, _prepared(made, folder / name)


def _prepared(given: list[Path], folder: Path) -> RankingContext:
    for name in ("data", "run", "cache"):
        (folder / name).mkdir(parents=True)
    dataset = recommending.read(given, folder / "data")
    return prepare(Settings(seed=0), dataset, WorkDirs(folder / "run", folder / "cache"), QUIET)


def weighed(name: str, context: RankingContext) -> Iterator[dict[str, Any]]:
    baselines = Baselines(context.division, context.validation, QUIET)
    for listed, one in baselines.all.items():
        if listed != "popularity":  # which has no weights
            yield {"set": name, "items": len(one.counts), "list": listed, **_found(one, context.test)}


def _found(one: Simple, asked: EvalQueries) -> dict[str, Any]:
    items, most = one.shipped.weights.shape
    return {
        "whole": float(one.on(asked).metrics[CHOSEN_BY].mean()), "few": _reached(one.strongest, asked),
        "shipped": _reached(one.shipped, asked), "weights": most, "mb": 8 * items * most / 1e6,
    }  # fmt: skip


def _reached(listed: ItemList, asked: EvalQueries) -> float:
    scores = lambda places: listed.scores([asked.had[place] for place in places])  # noqa: E731
    return float(judge(asked, len(listed.liked), scores, QUIET).metrics[CHOSEN_BY].mean())


def main() -> None:
    args = table.options(__doc__, "list_weights").parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for name, context in contexts(Path(folder), quick=args.quick) for row in weighed(name, context)]
    table.show(HEADERS, [[row["set"], row["items"], row["list"], f"{row['whole']:.4f}", f"{row['few']:.4f}",
                          f"{row['shipped']:.4f}", row["weights"], f"{row['mb']:.0f}"] for row in rows])  # fmt: skip
    table.write(args.out, rows=rows)


if __name__ == "__main__":
    main()
