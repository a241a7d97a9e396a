"""A few steps before a network that is not trained yet."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.recommendation import dividing, histories, network, texts
from cases.recommendation.history import History
from cases.recommendation.settings import LEARNT_FROM_HISTORIES, Settings
from models import catalog, device, lora, rehearsal, sentences, tokenising
from models.pace import Pace
from models.report import QUIET, Report

FEW = 32  # texts


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    """See `Case.rehearse`; besides counts, of histories or lines that are learnt from and of people who are asked."""
    history = History.open(dataset, settings.least)
    division = dividing.divide(history, split=settings.split, validation=settings.validation, test=settings.test,
                               seed=settings.seed)  # fmt: skip
    reads = settings.begin == "text" and settings.network in LEARNT_FROM_HISTORIES
    each, body = _reading(settings, dataset, place) if reads else (0.0, None)
    report.check()
    features = np.zeros((history.items, settings.directions), np.float32) if reads else None
    train = division.of("train")
    model = network.assemble(settings, history.items, features, history.people, train.of_each)
    learnt = (histories.Lines(train) if settings.network == "factors"
              else histories.Windows(train, settings.longest, ordered=True))  # fmt: skip
    automatic = settings.automatic(vars(settings))
    batch = min(settings.batch_size or automatic["batch_size"], len(learnt))
    look = _looking(model, division, history)
    some = torch.utils.data.Subset(learnt, [n % len(learnt) for n in range(max(2, batch + batch // 4))])
    measured = rehearsal.rehearse(model, some, planning.of_steps(settings, ahead=0.0), look=look, report=report)
    pace = Pace(build=each * history.items, prepare=0.0, sample_mb=0.0, **measured)
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
