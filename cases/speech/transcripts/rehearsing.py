"""A few recordings before a Whisper that has not learnt from them yet: what a run would take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cases import bundling, planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.rehearsing import spread, usual
from cases.speech import data
from cases.speech.rehearsing import views
from cases.speech.settings import Settings
from cases.speech.transcripts import bundle, portable, predict
from cases.speech.transcripts.answering import Dictated
from cases.speech.transcripts.ground import texts_of
from cases.speech.transcripts.learner import PROBED, WATCHED, assemble, divided, ready
from cases.splits import asked, divide
from models import catalog, device, lora, rehearsal, transcribing
from models.dictation import SpokenTexts
from models.greedy import Written
from models.hearing import LONGEST
from models.mel import RATE
from models.pace import Pace
from models.ragged import Ragged
from models.report import QUIET, Report
from models.transcribing import Transcriber

MOST, WRITTEN, PACKED = 4, 2, 2  # recordings of a large step on a processor; written down; asked about in a bundle


@dataclass(frozen=True)
class Trial:
    """What a bundle is made of, before anything was learnt."""

    ground: Ground
    transcriber: Transcriber
    waves: Ragged
    language: str
    tested: Sequence[Written]

    def pack(self, folder: Path) -> None:
        """Write a bundle, load it again, and ask its script about a recording."""
        (folder / "body").mkdir(parents=True)
        bundle.write_body(folder / "body", self)
        told = {"task": self.ground.settings.task, "language": self.language}
        bundling.describe(folder, self.ground.settings, Path(predict.__file__), told)
        portable.save(folder, self, QUIET)
        files = [self.ground.dataset.file(name) for name in self.ground.dataset.samples["file"]]
        predict.predict(predict.load(folder), [files[row] for row in self.ground.rows["test"]])


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    """See `Case.rehearse`. What comes before and after the training is writing: by the untouched model, by its own."""
    weights = catalog.folder(settings.model, place.cache / "models", "sound")
    ground = Ground(settings, dataset, place, divide(dataset, **asked(settings)))
    waves = data.sounds(dataset)
    with rehearsal.Peak() as preparing:
        began = time.perf_counter()
        transcriber, language = ready(weights, waves, ground)
        transcriber.network.to(ground.device).eval()
        build = time.perf_counter() - began
        texts = texts_of(ground, transcriber, language)
        network = assemble(settings, transcriber).to(ground.device)
        rows = np.random.default_rng(settings.seed).permutation(ground.rows["train"])
        sizes = waves.lengths[rows]
        body = {"size": LONGEST // RATE, "width": transcriber.network.config.d_model,
                "blocks": lora.sizes(network.body, network.blocks())}  # fmt: skip
        shown = views(ground, rows, transcriber.ears, network.disturb, waves)
    some = [np.array(waves[rows[place]]) for place in spread(sizes, WRITTEN)]
    each, written_mb = _writing(transcriber, some, min(transcribing.AT_ONCE, len(waves)))
    report.check()
    planning.open_up(network, settings)
    whole = planning.plan(settings, bf16=ground.bf16)
    plan = divided(whole, sizes)
    large = plan.batch_size if ground.device.type == "cuda" else min(plan.batch_size, MOST)

    def batches(places: np.ndarray, count: int) -> SpokenTexts:
        return SpokenTexts(transcriber.ears, waves, texts.tokens, np.resize(rows[places], count))

    count = max(2, large + large // 4)
    heavy = batches(np.argsort(-sizes, kind="stable")[: rehearsal.WEIGHED], rehearsal.WEIGHED)
    weights_mb = rehearsal.weigh(network, heavy, report, bf16=plan.bf16, together=plan.batch_size, learning=True)
    weights_mb["item_mb"] *= plan.batch_size / whole.batch_size  # steps are divided where recordings are long
    items = batches(usual(sizes, count), count)
    measured = rehearsal.rehearse(network, items, plan, look=0.0, report=report)
    planning.close(network, settings)
    packing = _packing(ground, transcriber, waves, language, each)
    counts = {part: len(found) for part, found in ground.rows.items()}
    watched, total = min(WATCHED, counts["validation"]), sum(counts.values())
    seen = measured["epoch"] / len(items)  # of the validation part each recording is looked at, and some written down
    pace = Pace(
        build=build, prepare=each * (watched + counts["test"]) / total, choose=0.0, judge=0.0, evaluate=each,
        base_mb=max(preparing.own_mb, written_mb), sample_mb=4 * float(waves.lengths.mean()) / 2**20,
        mapped_mb=max(preparing.mapped_mb, packing.pop("mapped_mb")),
        **{**measured, "look": seen, "epoch": watched * each}, **weights_mb, **packing,
    )  # fmt: skip
    return {
        "body": body,
        "views": shown,
        "device": device.describe(ground.device),
        "device_mb": device.memory_mb(ground.device),
        "pace": vars(pace),
        "per_second": 1 / each,
    }


def _writing(transcriber: Transcriber, waves: Sequence[np.ndarray], together: int) -> tuple[float, float]:
    """Seconds to write one recording down, and the memory that is held where so many are written down at once."""
    with rehearsal.Peak() as one:
        transcriber.written(waves[:1])
    with rehearsal.Peak() as more:
        each = rehearsal.seconds(lambda: transcriber.written(waves)) / len(waves)
    return each, one.own_mb + max(more.own_mb - one.own_mb, 0.0) / max(len(waves) - 1, 1) * (together - 1)


def _packing(ground: Ground, transcriber: Transcriber, waves: Ragged, language: str, each: float) -> dict[str, float]:
    """Seconds and memory of `models.pace.Pace`, with a bundle that is thrown away."""
    test = ground.rows["test"]
    few = replace(ground, rows={**ground.rows, "test": test[usual(waves.lengths[test], PACKED)]})
    transcriber.network.to("cpu").eval()
    rows = few.rows["test"]
    tested = transcriber.written([waves[row] for row in rows])
    trial = Trial(few, transcriber, waves, language, tested)
    with rehearsal.Peak() as peak, TemporaryDirectory(dir=ground.place.folder) as name:
        folder = Path(name) / "bundle"
        pack = rehearsal.seconds(lambda: trial.pack(folder))
        again = 0.0
        if (folder / portable.HEARING).exists():
            model = Dictated(folder)
            again = rehearsal.seconds_each(lambda: [model.written([waves[row]]) for row in rows], len(rows))
    probed = min(PROBED, len(test)) - len(rows)
    return {"pack": max(pack - len(rows) * again, 0.0) + probed * each, "packed": again, "pack_mb": peak.own_mb,
            "mapped_mb": peak.mapped_mb}  # fmt: skip
