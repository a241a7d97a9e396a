"""A few steps before a network that is not trained yet."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.recommendation import dividing, ease, histories, network, references, texts, trying
from cases.recommendation.history import History, reads_texts
from cases.recommendation.judging import judge
from cases.recommendation.settings import FIRST, LIST, Settings, tried_first
from models import catalog, device, lora, neighbours, rehearsal, sentences, tokenising
from models.pace import Pace
from models.report import QUIET, Report

FEW = 32  # texts
SIDE = 512  # of a matrix that is decomposed here; what a larger one takes grows with the third power


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    """See `Case.rehearse`; besides counts, of histories or lines that are learnt from and of people who are asked.

    Where validation chooses, what is likeliest is measured, and the epochs of all that are tried are counted.
    """
    chosen = tried_first(vars(settings))["network"]
    chosen = FIRST["network"] if chosen == LIST else chosen
    history = History.open(dataset, settings.least)
    division = dividing.divide(history, split=settings.split, validation=settings.validation, test=settings.test,
                               seed=settings.seed)  # fmt: skip
    reads = reads_texts(dataset, vars(settings))
    each, body = _reading(settings, dataset, place) if reads else (0.0, None)
    report.check()
    features = np.zeros((history.items, settings.directions), np.float32) if reads else None
    train, ordered = division.of("train"), division.how != dividing.DRAWN
    model = network.assemble(settings, chosen, features, train, known=1, ordered=ordered)
    learnt = (histories.Lines(train) if chosen == "factors"
              else histories.Windows(train, settings.longest, ordered=ordered))  # fmt: skip
    batch = min(settings.batch_size or settings.automatic(vars(settings))["batch_size"], len(learnt))
    some = torch.utils.data.Subset(learnt, [n % len(learnt) for n in range(max(2, batch + batch // 4))])
    look = _looking(model, division, history)
    measured = rehearsal.rehearse(model, some, planning.of_steps(settings, ahead=0.0), look=look, report=report)
    report.check()
    tried = trying.candidates(settings, written=reads, ordered=ordered)
    if not tried:  # a list is looked up only
        measured |= dict.fromkeys(("start", "step", "item", "epoch", "item_mb", "state_mb"), 0.0)
    build = each * history.items + _seconds_of_baselines(train, division)
    more = len(tried) * trying.EPOCHS if len(tried) > 1 else 0
    measured["base_mb"] += _baselines_mb(train)
    pace = Pace(build=build, prepare=0.0, sample_mb=0.0, tried=more, **measured)
    counts = {"train": len(learnt), **{part: len(division.asked(part).people) for part in ("validation", "test")}}
    where = device.pick()
    return {"body": body, "views": [], "device": device.describe(where), "device_mb": device.memory_mb(where),
            "pace": vars(pace), "per_second": 1 / each if each else None, "counts": counts}  # fmt: skip


def _reading(settings: Settings, dataset: Dataset, place: Place) -> tuple[float, dict[str, Any]]:
    """Seconds for the text of an item, and the body as `models.pretrained.Body`."""
    weights = catalog.folder(settings.model, place.cache / "models", "text")
    body, tokeniser = sentences.load_body(weights), tokenising.load(weights)
    some = [text for text in texts.texts(dataset.samples) if text][:FEW] or ["."]
    bf16 = device.use_bf16(settings.precision, device.pick())
    see = lambda: sentences.vectors(body, tokeniser, some, bf16=bf16, report=QUIET)  # noqa: E731
    blocks = lora.sizes(body, sentences.block_names(body))
    words = body.get_input_embeddings().weight.numel()
    described = {"size": tokeniser.most, "width": sentences.width(body), "blocks": blocks, "fixed": words}
    return rehearsal.seconds_each(see, len(some)), described


def _looking(model: nn.Module, division: dividing.Division, history: History) -> float:
    asked = division.asked("validation", 64)
    questions = histories.Questions(asked, history.items, model.longest)
    batch = questions.__getitems__(list(range(len(questions))))

    def look() -> None:
        with torch.no_grad():
            model.eval()(**batch)

    return rehearsal.seconds_each(look, len(questions))


def _seconds_of_baselines(train: History, division: dividing.Division) -> float:
    """Reckoned from a small decomposition, from the neighbours of a few items and from asking a few people."""
    items, rank = min(train.items, ease.EXACT), min(train.people, train.items, ease.DECOMPOSED)
    square = np.cov(np.random.default_rng(0).standard_normal((SIDE, SIDE)))
    decompose = rehearsal.seconds_each(lambda: ease.eigen(square), 1) * (rank / SIDE) ** 3
    solve = 0.0
    if min(train.people, items) > ease.DECOMPOSED:
        definite = (square + np.eye(SIDE)).astype(np.float32)
        solve = rehearsal.seconds_each(lambda: ease.inverse(definite.copy()), 1) * (items / SIDE) ** 3
    some = train.table()[:, : neighbours.AT_ONCE]
    near = rehearsal.seconds_each(lambda: neighbours.find(some), 1) * train.items / neighbours.AT_ONCE
    asked = division.asked("validation", 16)
    table = np.zeros((rank, train.items), np.float32)
    given = np.zeros((len(asked.people), rank), np.float32)
    look = rehearsal.seconds_each(
        lambda: judge(asked, train.items, lambda places: given[places] @ table, QUIET), len(asked.people)
    )
    people = len(division.asked("validation", dividing.MOST_VALIDATED).people)
    return decompose + solve + near + references.TRIED * people * look


def _baselines_mb(train: History) -> float:
    """What EASE holds: a decomposition, or the weights of all items for all."""
    items = min(train.items, ease.EXACT)
    rank = min(train.people, items)
    return 4 * items * (rank if rank <= ease.DECOMPOSED else items) / 2**20
