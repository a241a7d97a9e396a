"""Which model validation keeps on interactions of different shapes, made up by stated rules; the test part stays shut.

    python -m benchmarks.recommending_shapes --out

- blocks: each user likes two of twenty genres; four fifths of their items are of these. No times.
- popularity: everybody takes items by their popularity alone, so that no network has anything to learn.
- sequences: in a ring of items the next is one to three places further, for a tenth any item. With times.
- counts: as blocks, each line with a count, ten times as many items as users.
- cold: as blocks, with titles that tell the genre; half of the items have at most three interactions.
- small: as blocks, of 40 users.

All chance starts at seed 0. For each shape the validation NDCG@10 of what could be kept, and what was.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import recommending, table
from cases.recommendation.settings import Settings

GENRES = ("war", "love", "space", "crime", "music", "family", "horror", "history", "sport", "animals",
          "food", "school", "magic", "robots", "travel", "business", "law", "medicine", "sea", "winter")  # fmt: skip


def blocks(
    folder: Path, people: int, items: int, each: int, *, counted: bool = False, titled: bool = False, cold: bool = False
) -> list[Path]:
    random = np.random.default_rng(0)
    genre, popular = np.arange(items) % len(GENRES), 1 / np.arange(1, items + 1) ** (1.5 if cold else 0.8)
    lines = ["user,item" + ",count" * counted]
    for person in range(people):
        liked = random.permutation(len(GENRES))[:2]
        weights = popular * np.where(np.isin(genre, liked), 20.0, 0.5)
        some = random.choice(items, min(each, items), replace=False, p=weights / weights.sum())
        lines += [f"u{person},i{item}" + f",{random.integers(1, 20)}" * counted for item in some]
    titles = [f"i{item},a story of {GENRES[genre[item]]} {item}" for item in range(items)]
    return _written(folder, lines, ["id,title", *titles] if titled else None)


def popularity(folder: Path, people: int, items: int, each: int) -> list[Path]:
    random, popular = np.random.default_rng(0), 1 / np.arange(1, items + 1) ** 0.9
    share = popular / popular.sum()
    lines = [f"u{person},i{item}" for person in range(people)
             for item in random.choice(items, each, replace=False, p=share)]  # fmt: skip
    return _written(folder, ["user,item", *lines])


def sequences(folder: Path, people: int, items: int, each: int) -> list[Path]:
    random, lines = np.random.default_rng(0), ["user,item,time"]
    for person in range(people):
        item = random.integers(items)
        for when in range(each):
            lines.append(f"u{person},i{item},{1_700_000_000 + 1000 * when + person}")
            item = random.integers(items) if random.random() < 0.1 else (item + random.integers(1, 4)) % items
    return _written(folder, lines)


def _written(folder: Path, lines: list[str], titles: list[str] | None = None) -> list[Path]:
    paths = [folder / "had.csv"]
    paths[0].write_text("\n".join(lines), "utf-8")
    if titles:
        paths.append(folder / "items.csv")
        paths[1].write_text("\n".join(titles), "utf-8")
    return paths


SHAPES: dict[str, Callable[[Path], list[Path]]] = {
    "blocks": lambda folder: blocks(folder, 600, 400, 15),
    "popularity": lambda folder: popularity(folder, 600, 400, 15),
    "sequences": lambda folder: sequences(folder, 600, 300, 15),
    "counts": lambda folder: blocks(folder, 300, 3000, 30, counted=True),
    "cold": lambda folder: blocks(folder, 600, 1000, 12, titled=True, cold=True),
    "small": lambda folder: blocks(folder, 40, 60, 8),
}


def choose(shape: str, cache: Path, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "data").mkdir()
        dataset = recommending.read(SHAPES[shape](Path(name)), Path(name) / "data")
        start = time.process_time()
        trainer = recommending.learn(dataset, cache, Settings(seed=seed))
        chosen = trainer.chosen
        found = {
            "shape": shape, "seed": seed, "chosen": f"{chosen.network}, {chosen.begin}", "kept": trainer.kept.name,
            "tried": trainer.tried, "baselines": trainer.live_references, "s": time.process_time() - start,
        }  # fmt: skip
    print(found, flush=True)
    return found


def _listed(tried: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in tried.items())


def main() -> None:
    parser = table.options(__doc__, "recommending_shapes")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "casebook-benchmark")
    args = parser.parse_args()
    rows = [choose(shape, args.cache, seed) for shape in args.shapes for seed in args.seeds]
    told = [[row["shape"], row["seed"], row["chosen"], row["kept"], _listed(row["tried"]), row["s"]] for row in rows]
    table.show(["shape", "seed", "network", "kept", "validation NDCG@10", "s"], told)
    table.write(args.out, rows=rows)


if __name__ == "__main__":
    main()
