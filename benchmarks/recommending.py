"""How well each network recommends, beside what needs none, under one protocol, which the program prints.

    python -m benchmarks.recommending --data ratings.csv items.csv --seeds 5 --networks automatic towers factors

`automatic`, the default, is what a newcomer gets: validation chooses network, start and what is kept. Figures that are
compared with others' count every line (`--min-rating all`); `--min-rating automatic` counts from the minimum that is
found.

With --hide it asks instead what the text is worth for items that hardly anybody has: of a seeded fifth of the items all
but four lines are taken out of what is learnt from, and the hidden lines are what is to be found.

With --choose it looks for the settings that weigh text against lines: for each of a grid the validation part's NDCG@10
and the recall@20 of hidden lines, of items that --hide hides in none of its seeds, so that those stay unseen.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks import table
from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.ranking import split
from cases.ranking.interactions import Interactions
from cases.ranking.split import EvalQueries, Split
from cases.recommendation import reader, scorer_evaluation
from cases.recommendation.context import prepare
from cases.recommendation.settings import Settings
from cases.recommendation.trainer import RecommenderTrainer
from models.evaluation import ranking
from models.evaluation.metrics import Interval
from models.progress import QUIET

PROTOCOL = """\
Protocol: lines count as positive from the rating {rating} on. Of each user the last item in time is for the test and
the one before it for validation; of items at the same second the one further down in the file is the later, and where
there are no times the seed draws both. Whoever is tested on is given all items before, the one for validation included;
every item they do not have is ranked, and none is sampled. Everything learns from the training items alone; epoch,
network, what is kept, and neighbours, penalty and decay of the baselines were chosen on the validation items.
Intervals: 95 %, bootstrap over users; differences: paired, over the same users.
"""
PUBLISHED = {  # of MovieLens 100K; see `SOURCE`
    "SASRec": ("0.0594", "0.1198", "0.1198", "0.0412", "0.2185"),
    "GRU4Rec": ("0.0650", "0.1304", "0.1304", "0.0453", "0.2259"),
    "FEARec": ("0.0622", "0.1304", "0.1304", "0.0418", "0.2110"),
}
SOURCE = """\
Published: MovieLens 100K by RecBole, one seed each, out of results/ml100k_results.md of kanishkaRandunu/pswrec2k26 on
GitHub. There too each user's last item is tested, the one before it validates and all items are ranked; but items with
fewer than five users are left out beforehand, and what a user had already is ranked as well.
"""
TOLD = ("ndcg@10", "recall@10", "hit@10", "mrr@10", "recall@20")
KEPT_OF_HIDDEN, SHARE_HIDDEN = 4, 0.2
SEEDS_OF_HIDING = 3  # whose items --choose spares
GRID = {"id_embedding_min_users": (3, 10, 30, 100), "text_pca_dims": (16, 32, 64), "text_only_dropout": (0.2, 0.5, 0.8)}


def read(paths: list[Path], folder: Path) -> Dataset:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[
        :16
    ]  # names what is kept of texts
    return reader.read([UploadedFile(path, path.name) for path in paths], folder, digest, QUIET)


def learn(dataset: Dataset, cache: Path, settings: Settings, division: Split | None = None) -> RecommenderTrainer:
    """`division`: in place of that of the settings."""
    with tempfile.TemporaryDirectory() as folder:
        context = prepare(settings, dataset, WorkDirs(Path(folder), cache), QUIET, division)
        trainer = RecommenderTrainer(context, QUIET)
        trainer.fit(QUIET)
    return trainer


def told(value: Interval) -> str:
    return f"{value['value']:.4f} ({value['low']:.4f} to {value['high']:.4f})"


def compare(dataset: Dataset, cache: Path, args: argparse.Namespace) -> None:
    protocol = PROTOCOL.format(rating=args.min_rating)
    print(protocol)
    rows, simple = [], {}
    for network in args.networks or ["automatic"]:
        for start in args.starts if network in ("towers", "attention") else ["automatic"]:
            for seed in range(args.seeds):
                began = time.monotonic()
                trainer = learn(
                    dataset, cache, Settings(network=network, begin=start, seed=seed, min_rating=args.min_rating)
                )
                took = time.monotonic() - began
                known = {name: one.metrics for name, one in trainer.simple_on_test.items()}
                simple[0 if trainer.context.ordered else seed] = known
                mine = judged(trainer, trainer.context.test)
                best = judged(trainer, trainer.context.validation)["ndcg@10"].mean()
                kept = f"{trainer.kept.name} kept" if network == "automatic" else f"from {start}"
                who = f"{network}, {kept}, seed {seed}"
                rows.append([who, f"{took:.0f}", f"{best:.4f}", *_told(mine, known)])
                print(" | ".join(rows[-1]), flush=True)
    names = list(next(iter(simple.values())))
    for seed, known in simple.items():
        rows += [[f"{name}, seed {seed}", "", "", *_told(known[name], {}), *[""] * len(names)] for name in names]
    if args.published:
        rows += [[f"{name}, published", "", "", *values, *[""] * len(names)] for name, values in PUBLISHED.items()]
    more = [f"ndcg@10 more than {name}" for name in names]
    columns = ["who", "seconds", "validation ndcg@10", *TOLD, *more]
    table.show(columns, rows)
    source = SOURCE if args.published else ""
    print(f"\n{source}")
    table.write(args.out, protocol=protocol, published=source, rows=_named(columns, rows))


def _named(columns: list[str], rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def judged(trainer: RecommenderTrainer, asked: EvalQueries) -> dict[str, np.ndarray]:
    items = trainer.context.history.items
    return scorer_evaluation.judge(asked, items, trainer.kept.scores(asked, items), QUIET).metrics


def _told(metrics: dict[str, np.ndarray], simple: dict[str, dict[str, np.ndarray]]) -> list[str]:
    values = ranking.intervals(metrics)
    differences = [told(ranking.difference(metrics["ndcg@10"], other["ndcg@10"])) for other in simple.values()]
    return [told(values[name]) for name in TOLD] + differences


def hide(dataset: Dataset, cache: Path, args: argparse.Namespace) -> None:
    """Recall@20 of the hidden lines, every item ranked that a user does not have; and among the items alone of which
    something was hidden, of which exactly four lines are left each."""
    names = ("among all items", "among those with hidden lines")
    rows, found, network = [], {}, (args.networks or ["towers"])[0]
    for seed in range(args.seeds):
        for start in ("text", "nothing"):
            settings = Settings(network=network, begin=start, seed=seed, min_rating=args.min_rating)
            whole = divided(dataset, seed)
            division, asked, items = hidden(whole, to_hide(whole.whole.items, seed), seed)
            trainer = learn(dataset, cache, settings, division)
            for name, only in zip(names, (np.arange(trainer.context.history.items), items), strict=True):
                found[seed, start, name] = found_again(trainer, asked, only)
        for name in names:
            one, other = (found[seed, start, name] for start in ("text", "nothing"))
            rows.append(
                [str(seed), name, f"{one.mean():.4f}", f"{other.mean():.4f}", told(ranking.difference(one, other))]
            )
            print(" | ".join(rows[-1]), flush=True)
    columns = ["seed", "ranked", "recall@20 from text", "without", "difference"]
    table.show(columns, rows)
    table.write(args.out, network=network, kept=KEPT_OF_HIDDEN, share=SHARE_HIDDEN, rows=_named(columns, rows))


def choose(dataset: Dataset, cache: Path, args: argparse.Namespace) -> None:
    """What comes of every combination of the settings in `args.grid`; means over the seeds."""
    whole = divided(dataset, 0)
    spared = np.concatenate([to_hide(whole.whole.items, seed) for seed in range(SEEDS_OF_HIDING)])
    others = np.setdiff1d(np.arange(whole.whole.items), spared)
    rows = []
    for values in product(*(GRID[name] for name in args.grid)):
        chosen, met = dict(zip(args.grid, values, strict=True)), []
        for seed in range(args.seeds):
            items = np.random.default_rng(seed).permutation(others)[: round(SHARE_HIDDEN * len(others))]
            division, asked, items = hidden(whole, items, seed)
            settings = Settings(network=(args.networks or ["towers"])[0], begin=args.starts[0], seed=seed,
                                min_rating=args.min_rating, **chosen)  # fmt: skip
            trainer = learn(dataset, cache, settings, division)
            best = judged(trainer, trainer.context.validation)["ndcg@10"].mean()
            met.append((best, found_again(trainer, asked, items).mean()))
        rows.append([*map(str, values), *(f"{value:.4f}" for value in np.mean(met, 0))])
        print(" | ".join(rows[-1]), flush=True)
    table.show([*args.grid, "validation ndcg@10", "recall@20 among those with hidden lines"], rows)


def found_again(trainer: RecommenderTrainer, asked: EvalQueries, only: np.ndarray) -> np.ndarray:
    """(people,) recall@20 where `only` these items are ranked."""
    items = trainer.context.history.items
    scores, ruled_out = trainer.kept.scores(asked, items), np.full(items, -np.inf)
    ruled_out[only] = 0.0
    judged = scorer_evaluation.judge(asked, items, lambda places: scores(places) + ruled_out, QUIET)
    return judged.metrics["recall@20"]


def divided(dataset: Dataset, seed: int) -> Split:
    return split.divide(Interactions.open(dataset, "all"), split="last", validation=0.1, test=0.1, seed=seed)


def to_hide(items: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(items)[: round(SHARE_HIDDEN * items)]


def hidden(whole: Split, items: np.ndarray, seed: int) -> tuple[Split, EvalQueries, np.ndarray]:
    """A division without most lines of `items`; whom to ask about those lines; and the items they are of."""
    random, history = np.random.default_rng([seed, 1]), whole.whole
    lines = random.permutation(np.flatnonzero(np.isin(history.item, items) & (whole.part == "train")))
    lines = lines[np.argsort(history.item[lines], kind="stable")]
    place = np.arange(len(lines)) - np.searchsorted(history.item[lines], history.item[lines])
    gone = lines[place >= KEPT_OF_HIDDEN]
    part = whole.part.copy()
    part[gone] = "hidden"
    of_hidden = np.isin(history.item, items) & np.isin(part, ["validation", "test"])
    part[of_hidden & (part == "validation")] = "hidden"
    division = replace(whole, part=part)
    train, then = division.of("train").of_each, division.of("hidden").of_each
    people = np.flatnonzero([len(some) > 0 and len(had) > 0 for some, had in zip(then, train, strict=True)])
    had = [train[p] for p in people]
    asked = EvalQueries(people, had, ranking.padded([then[p] for p in people], -1), had)
    return division, asked, np.unique(history.item[part == "hidden"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--networks", nargs="+")
    parser.add_argument("--min-rating", default="all", help="the minimum rating that counts as positive")
    parser.add_argument("--published", action="store_true", help="tell what others published of MovieLens 100K")
    parser.add_argument("--starts", nargs="+", default=["text", "nothing"])
    parser.add_argument("--hide", action="store_true")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--grid", nargs="+", choices=GRID, default=list(GRID), help="what --choose moves")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "casebook-benchmark")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = read(args.data, Path(folder))
        (choose if args.choose else hide if args.hide else compare)(dataset, args.cache, args)


if __name__ == "__main__":
    main()
