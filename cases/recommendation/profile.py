"""A few steps before a network that is not trained yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.utils.data import Subset

from cases.base import WorkDirs
from cases.classification.profile import spread
from cases.dataset import Dataset
from cases.hyperparameters import training_length
from cases.ranking import split
from cases.ranking.interactions import Interactions, reads_texts
from cases.ranking.networks import CHOSEN, FIRST, LIST, RESIDUAL, tried_first
from cases.recommendation import (
    baselines,
    batches,
    ease,
    evaluation,
    export,
    item_knn,
    item_texts,
    model_choice,
    network,
    network_choice,
    portable,
    predict,
)
from cases.recommendation.batches import Lines, Windows
from cases.recommendation.item_weights import MOST, ItemList
from cases.recommendation.leave_out import LeaveOut
from cases.recommendation.model_choice import Kept
from cases.recommendation.residual_batches import Residuals
from cases.recommendation.scorer_evaluation import AT_ONCE, judge
from cases.recommendation.settings import Settings
from cases.splits import asked
from cases.training import bundle, config, proof
from models.evaluation import projection
from models.onnx import runtime as models_portable
from models.pretrained import catalog
from models.progress import QUIET, ProgressReporter
from models.text import encoder, tokenizer
from models.training import device, lora, step_costs
from models.training.cost_estimate import CostEstimate
from models.training.length_bucketing import computed_each

COUNTED, FEW = 2000, 32  # texts whose tokens are counted, and that the language model reads
MAPPED = 100  # items that are laid out on a map
JUDGED = 256  # people, of whom a list is judged
ASKED = 64  # people that a bundle is tried with
LISTS = ("popularity", "item_knn", "ease", "ease_decayed")  # that are judged beside the model
RANK = 256  # of an inverse that only stands for one
MADE_UP = 0.01  # a weight of a list that only stands for one
SIDE = 512  # of a matrix that is decomposed here; what a larger one takes grows with the third power


def measure(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
    """See `Task.profile`; besides counts, of histories or lines that are learnt from and of people who are asked.

    Where validation chooses, what is likeliest is measured, and the epochs of all that are tried are counted.
    """
    chosen = tried_first(vars(settings))["network"]
    chosen = FIRST["network"] if chosen == LIST else chosen
    history = Interactions.open(dataset, settings.min_rating)
    division = split.divide(history, **asked(settings))
    read = Reading(settings, dataset, place) if reads_texts(dataset, vars(settings)) else None
    with step_costs.Peak() as preparing:
        each = read.seconds() if read else 0.0
        report.check()
        train, ordered = division.of("train"), division.how != split.DRAWN
        features = np.zeros((history.items, settings.text_pca_dims), np.float32) if read else None
        model = network.assemble(settings, chosen, features, train, min_users=1, ordered=ordered)
        choose, each_judged = _baselines(train, division)
    report.check()
    tried = network_choice.candidates(settings, written=read is not None, ordered=ordered)
    learnt = batches.learnt(chosen, train, settings.max_history, ordered=ordered)
    listed = _made_up(train.items) if chosen == RESIDUAL else None
    if listed is not None and isinstance(learnt, Windows):
        learnt = Residuals(learnt, LeaveOut(listed, _made_up_inverse(train.items), train))
    training = _training(model, learnt, division, history, settings, report, listed)
    if not tried:  # a list is looked up only
        training |= dict.fromkeys(("start", "step", "item", "epoch", "item_mb", "state_mb", "copy_mb"), 0.0)
    packing, with_text = _packing(model, division, dataset, place, settings, read)
    everybody = min(history.people, evaluation.MOST_KEPT) if read else 0
    packing["pack"] += _mapping(min(history.items, evaluation.MOST_MAPPED)) + everybody * each_judged
    lists_mb = _baselines_mb(train)
    packing["pack_mb"] += lists_mb
    build = (read.build if read else 0.0) + each * history.items
    bare = CostEstimate(
        build=build, prepare=0.0, choose=choose, judge=0.0, evaluate=each_judged * (1 + len(LISTS)),
        tried=len(tried) if len(tried) > 1 else 0, short=network_choice.EPOCHS, base_mb=preparing.own_mb + lists_mb,
        sample_mb=0.0, **training, **{**packing, "mapped_mb": max(preparing.mapped_mb, packing["mapped_mb"])},
    )  # fmt: skip
    pace = replace(bare, pack=bare.pack + with_text["pack"], pack_mb=max(bare.pack_mb, with_text["pack_mb"] + lists_mb),
                   mapped_mb=max(bare.mapped_mb, with_text["mapped_mb"]))  # fmt: skip
    if settings.network == CHOSEN:  # then it is not known whether what is kept reads texts
        batch = training_length(type(settings), vars(settings), None).batch_size
        pace = replace(pace, spared_mb=pace.memory_mb({}, batch_size=batch) - bare.memory_mb({}, batch_size=batch))
    counts = {
        "train": len(learnt),
        **{
            part: len(division.asked(part).people)
            for part in ("validation", "test")
            if part != "test" or not dataset.sealed
        },
    }
    where = device.pick()
    return {"body": read.described() if read else None, "views": [], "device": device.describe(where),
            "device_mb": device.memory_mb(where), "pace": vars(pace), "per_second": 1 / each if each else None,
            "counts": counts}  # fmt: skip


class Reading:
    """The language model before a few texts of items; `build`: seconds to have it."""

    def __init__(self, settings: Settings, dataset: Dataset, place: WorkDirs) -> None:
        self.weights = catalog.folder(settings.model, place.cache / "models", "text")
        self.texts, self.settings = [text for text in item_texts.texts(dataset.samples) if text] or ["."], settings
        self.build = step_costs.seconds(self._load)

    def _load(self) -> None:
        self.body = encoder.load_body(self.weights).to(device.pick())
        self.tokeniser = tokenizer.load(self.weights)

    def seconds(self) -> float:
        """For the text of an item, by texts as different in length as all are.

        Among more texts, those of a batch are closer in length, and less is computed that fills it up.
        """
        drawn = [self.texts[place] for place in np.random.default_rng(0).permutation(len(self.texts))[:COUNTED]]
        sizes = np.array([len(ids) for ids in self.tokeniser.ids(drawn)])
        few = spread(sizes, FEW)
        some = [drawn[place] for place in few]
        bf16 = device.use_bf16(self.settings.precision, device.pick())
        see = lambda: encoder.vectors(self.body, self.tokeniser, some, bf16=bf16, report=QUIET)  # noqa: E731
        here = computed_each(sizes[few], encoder.AT_ONCE, FEW)
        return step_costs.seconds_each(see, len(some)) * computed_each(sizes, encoder.AT_ONCE, item_texts.BATCH) / here

    def described(self) -> dict[str, Any]:
        """The body as `models.pretrained.registry.BackboneSpec`."""
        blocks = lora.sizes(self.body, encoder.block_names(self.body))
        words = self.body.get_input_embeddings().weight.numel()
        return {"size": self.tokeniser.most, "width": encoder.width(self.body), "blocks": blocks, "fixed": words}

    def pack(self, folder: Path, model: nn.Module, cache: Path) -> None:
        """Write what places an item by its text."""
        width = self.body.config.hidden_size
        axes = item_texts.Axes(np.zeros(width, np.float32), np.zeros((width, self.settings.text_pca_dims), np.float32))
        read = item_texts.Texts(self.weights, self.body, self.tokeniser, np.zeros((0, width)), np.zeros(0, bool))
        bundle.share_body(folder / "body", self.weights, cache)
        export.save_text(folder, read, axes, Kept(model_choice.NETWORK, model, 1.0, None))


def _training(
    model: nn.Module, learnt: Windows | Lines | Residuals, division: split.Split, history: Interactions,
    settings: Settings, report: ProgressReporter, listed: ItemList | None,
) -> dict[str, float]:  # fmt: skip
    batch = min(training_length(type(settings), vars(settings), None).batch_size, len(learnt))
    sizes = getattr(learnt, "lengths", np.ones(len(learnt)))
    large = max(2, batch)
    usual = step_costs.items_for(large)
    some, long = (np.resize(places, count).tolist() for places, count in (
        (spread(sizes, usual), usual),
        (np.argsort(-sizes, kind="stable")[: step_costs.WEIGHED], step_costs.WEIGHED),
    ))  # fmt: skip
    look, plan = _looking(model, division, history, listed), config.of_steps(settings, ahead=0.0)
    weights = step_costs.weigh(model, Subset(learnt, long), report, bf16=plan.bf16, together=max(batch, plan.looked_at),
                               learning=True)  # fmt: skip
    asked = division.asked("validation", max(1, AT_ONCE // history.items))
    with step_costs.Peak() as peak:  # whole histories of many are scored at once
        judge(asked, history.items, model_choice.by_network(model, asked, history.items), QUIET)
    weights["looking_mb"] = max(weights["looking_mb"], peak.own_mb - peak.before_mb)
    measured = step_costs.measure(model, Subset(learnt, some), plan, large=large, look=look, report=report)
    return {**measured, **weights}


def _packing(
    model: nn.Module, division: split.Split, dataset: Dataset, place: WorkDirs, settings: Settings,
    read: Reading | None,
) -> tuple[dict[str, float], dict[str, float]]:  # fmt: skip
    """Seconds and memory of `models.training.cost_estimate.CostEstimate`, with a bundle of the network that is thrown
    away; and what comes on top where the language model is packed too."""
    tested = "validation" if dataset.sealed else "test"
    kept, asked = Kept(model_choice.NETWORK, model, 1.0, None), division.asked(tested, ASKED)
    train, gone = division.of("train"), np.zeros(len(dataset.as_read), bool)
    with TemporaryDirectory(dir=place.folder) as name:
        folder = Path(name)

        def pack() -> None:
            made = portable.of(kept, train, gone, settings.max_history)
            save_file(made.tensors, folder / export.TENSORS)
            export.write(folder, made, asked.had)

        with step_costs.Peak() as peak:
            whole = step_costs.seconds(pack)
            made = portable.of(kept, train, gone, settings.max_history)
            sessions = {name: models_portable.opened(folder / file) for name, (file, *_) in made.parts.items()}
            opened = {**made.tensors, "sessions": sessions, "longest": made.longest}
            again = step_costs.seconds_each(lambda: predict.scores(opened, asked.had), len(asked.people))
        with step_costs.Peak() as texts_peak:
            text = step_costs.seconds(lambda: read.pack(folder, model, place.cache)) if read else 0.0
    test = len(division.asked(tested, split.MOST_TESTED).people)
    asking = 2 * again * min(1.0, proof.MOST / test)  # torch is asked, too
    bare = {"pack": whole + proof.OPENING / 4, "packed": asking,  # the process that opens the bundle has no torch
            "pack_mb": peak.own_mb, "mapped_mb": peak.mapped_mb}  # fmt: skip
    return bare, {"pack": text, "pack_mb": texts_peak.own_mb, "mapped_mb": texts_peak.mapped_mb}


def _mapping(items: int) -> float:
    """Seconds to lay so many items out on a map, from a few that are made up."""
    few = np.random.default_rng(0).random((min(items, MAPPED), 2 * projection.WIDTH), np.float32)
    lay = lambda: projection.flatten(projection.condense(few))  # noqa: E731
    first = step_costs.seconds(lay)
    return first + step_costs.seconds(lay) * (items / len(few) - 1)


def _made_up(items: int) -> ItemList:
    """A list as large as one that is found."""
    size = (items, min(MOST, items))
    neighbours = np.random.default_rng(0).integers(items, size=size, dtype=np.int32)
    return ItemList(neighbours, np.full(size, MADE_UP, np.float32), np.zeros(items, np.float32))


def _made_up_inverse(items: int) -> ease.Decomposed:
    directions = np.random.default_rng(0).standard_normal((items, RANK), np.float32) / np.sqrt(np.float32(items))
    return ease.Decomposed(ease.Spectrum(directions, np.ones(RANK, np.float32)), 1.0)


def _looking(model: nn.Module, division: split.Split, history: Interactions, listed: ItemList | None) -> float:
    asked = division.asked("validation", 64)
    questions = batches.Questions(asked, history.items, model.longest, listed)
    batch = questions.__getitems__(list(range(len(questions))))

    def look() -> None:
        with torch.no_grad():
            model.eval()(**batch)

    return step_costs.seconds_each(look, len(questions))


def _baselines(train: Interactions, division: split.Split) -> tuple[float, float]:
    """Seconds to find the lists, and to judge one of them for one user: reckoned from a small decomposition, from the
    neighbours of a few items and from lists that are made up for some people."""
    items, rank = min(train.items, ease.EXACT), min(train.people, train.items, ease.DECOMPOSED)
    square = np.cov(np.random.default_rng(0).standard_normal((SIDE, SIDE)))
    decompose = step_costs.seconds_each(lambda: ease.eigen(square), 1) * (rank / SIDE) ** 3
    solve = 0.0
    if min(train.people, items) > ease.DECOMPOSED:
        definite = (square + np.eye(SIDE)).astype(np.float32)
        solve = step_costs.seconds_each(lambda: ease.inverse(definite.copy()), 1) * (items / SIDE) ** 3
    some = train.table()[:, : item_knn.AT_ONCE]
    near = step_costs.seconds_each(lambda: item_knn.find(some), 1) * train.items / item_knn.AT_ONCE
    asked = division.asked("validation", JUDGED)
    random = np.random.default_rng(0)
    table, given = (random.random(size, np.float32) for size in ((rank, train.items), (len(asked.people), rank)))
    look = step_costs.seconds_each(
        lambda: judge(asked, train.items, lambda places: given[places] @ table, QUIET), len(asked.people)
    )
    people = len(division.asked("validation", split.MOST_VALIDATED).people)
    tried = baselines.TRIED if division.how != split.DRAWN else len(baselines.MANY) + len(baselines.PENALTIES)
    return decompose + solve + near + tried * people * look, look


def _baselines_mb(train: Interactions) -> float:
    """What EASE holds: a decomposition, or the weights of all items for all."""
    items = min(train.items, ease.EXACT)
    rank = min(train.people, items)
    return 4 * items * (rank if rank <= ease.DECOMPOSED else items) / 2**20
