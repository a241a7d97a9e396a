"""A few recordings before a Whisper that has not learnt from them yet: what a run would take."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.speech import data
from cases.speech.rehearsing import views
from cases.speech.settings import Settings
from cases.speech.transcripts.ground import texts_of
from cases.speech.transcripts.learner import WATCHED, assemble, divided
from cases.splits import asked, divide
from models import catalog, device, lora, rehearsal, transcribing
from models.dictation import SpokenTexts
from models.hearing import LONGEST
from models.mel import RATE
from models.pace import Pace
from models.report import Report

MOST, WRITTEN = 8, 2  # recordings of a large step on a processor; written down


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    """See `Case.rehearse`. What comes before and after the training is writing: by the untouched model, by its own."""
    began = time.perf_counter()
    ground = Ground(settings, dataset, place, divide(dataset, **asked(settings)))
    transcriber = transcribing.load(catalog.folder(settings.model, place.cache / "models", "sound"))
    transcriber.network.to(ground.device).eval()
    build = time.perf_counter() - began
    waves, texts = data.sounds(dataset), texts_of(ground, transcriber)
    network = assemble(settings, transcriber).to(ground.device)
    rows = np.random.default_rng(settings.seed).permutation(ground.rows["train"])
    body = {"size": LONGEST // RATE, "width": transcriber.network.config.d_model,
            "blocks": lora.sizes(network.body, network.blocks())}  # fmt: skip
    shown = views(ground, rows, transcriber.ears, network.disturb, waves)
    some = [np.array(waves[row]) for row in rows[:WRITTEN]]
    each = rehearsal.seconds_each(lambda: transcriber.written(some), len(some))
    report.check()
    planning.open_up(network, settings)
    plan = divided(planning.plan(settings, bf16=ground.bf16), waves.lengths[rows])
    large = plan.batch_size if ground.device.type == "cuda" else min(plan.batch_size, MOST)
    items = SpokenTexts(transcriber.ears, waves, texts.tokens, np.resize(rows, max(2, large + large // 4)))
    measured = rehearsal.rehearse(network, items, plan, look=0.0, report=report)
    counts = {part: len(found) for part, found in ground.rows.items()}
    watched, total = min(WATCHED, counts["validation"]), sum(counts.values())
    pace = replace(
        Pace(build=build, prepare=each * (watched + counts["test"]) / total, sample_mb=0.0, **measured),
        look=each, epoch=measured["epoch"] - (counts["validation"] - watched) * each,
    )  # fmt: skip
    return {
        "body": body,
        "views": shown,
        "device": device.describe(ground.device),
        "device_mb": device.memory_mb(ground.device),
        "pace": vars(pace),
        "per_second": 1 / each,
    }
