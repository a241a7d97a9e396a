"""A few recordings before a Whisper that has not learnt from them yet: what a run would take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cases.base import WorkDirs
from cases.classification.profile import UNPACKED, spread, usual
from cases.dataset import Dataset
from cases.speech import reader
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.profile import views
from cases.speech.settings import Settings
from cases.speech.transcription import bundle, export, predict, whisper
from cases.speech.transcription.context import texts_of
from cases.speech.transcription.network import assemble, divided, ready
from cases.speech.transcription.seq2seq import SpokenTexts
from cases.speech.transcription.trainer import WATCHED
from cases.speech.transcription.whisper import Transcriber
from cases.splits import asked, divide
from cases.training import config, proof
from cases.training.context import TrainingContext
from models.pretrained import catalog
from models.progress import QUIET, ProgressReporter
from models.storage.ragged_array import RaggedArray
from models.training import device, interpolation, lora, step_costs, step_memory
from models.training.cost_estimate import CostEstimate

MOST, WRITTEN, PACKED = 4, 2, 2  # recordings of a large step on a processor; written down; asked about in a bundle


def measure(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
    """See `Task.profile`. What comes before and after the training is writing: by the untouched model, by its own."""
    weights = catalog.folder(settings.model, place.cache / "models", "audio")
    context = TrainingContext(settings, dataset, place, divide(dataset, **asked(settings)))
    device.set_tf32(context.device, settings.precision)
    waves = reader.sounds(dataset)
    with step_costs.Peak() as preparing:
        began = time.perf_counter()
        transcriber, language = ready(weights, waves, context)
        transcriber.network.to(context.device).eval()
        build = time.perf_counter() - began
        texts = texts_of(context, transcriber, language)
        network = assemble(settings, transcriber).to(context.device)
        rows = np.random.default_rng(settings.seed).permutation(context.rows["train"])
        sizes = waves.lengths[rows]
        body = {"size": LONGEST // RATE, "width": transcriber.network.config.d_model,
                "blocks": lora.sizes(network.body, network.blocks())}  # fmt: skip
        shown = views(context, rows, transcriber.extractor, network.disturb, waves)
    some = [np.array(waves[rows[place]]) for place in spread(sizes, WRITTEN)]
    each, written_mb = _writing(transcriber, some, min(whisper.AT_ONCE, len(waves)))
    report.check()
    start_mb = interpolation.megabytes(network)
    config.open_up(network, settings)
    whole = config.plan(settings, bf16=context.bf16)
    plan = divided(whole, sizes)
    large = max(2, plan.batch_size if context.device.type == "cuda" else min(plan.batch_size, MOST))

    def batches(places: np.ndarray, count: int) -> SpokenTexts:
        return SpokenTexts(transcriber.extractor, waves, texts.tokens, np.resize(rows[places], count))

    count = step_costs.items_for(large)
    heavy = batches(np.argsort(-sizes, kind="stable")[: step_costs.WEIGHED], step_costs.WEIGHED)
    recomputed = step_memory.must_save(network, heavy, plan.batch_size, bf16=plan.bf16)
    weights_mb = step_costs.weigh(network, heavy, report, bf16=plan.bf16, together=plan.batch_size, learning=True,
                                  recomputed=recomputed)  # fmt: skip
    weights_mb["state_mb"] += start_mb
    weights_mb["item_mb"] *= plan.batch_size / whole.batch_size  # steps are divided where recordings are long
    items = batches(usual(sizes, count), count)
    measured = step_costs.measure(network, items, plan, large=large, look=0.0, report=report)
    config.close(network, settings)
    packing = _packing(context, transcriber, waves, language) if len(context.rows["test"]) else dict(UNPACKED)
    counts = {part: len(found) for part, found in context.rows.items()}
    watched, total = min(WATCHED, counts["validation"]), sum(counts.values())
    measured["start"] += (len(interpolation.SHARES) - 1) * watched * each  # what it wrote at the start is known
    seen = measured["epoch"] / len(items)  # of the validation part each recording is looked at, and some written down
    pace = CostEstimate(
        build=build, prepare=each * (watched + counts["test"]) / total, choose=0.0, judge=seen * total, evaluate=each,
        base_mb=max(preparing.own_mb, written_mb), sample_mb=4 * float(waves.lengths.mean()) / 2**20,
        mapped_mb=max(preparing.mapped_mb, packing.pop("mapped_mb")),
        tried=0, short=0, **{**measured, "look": seen, "epoch": watched * each}, **weights_mb, **packing,
    )  # fmt: skip
    return {
        "body": body,
        "views": shown,
        "device": device.describe(context.device),
        "device_mb": device.memory_mb(context.device),
        "pace": vars(pace),
        "per_second": 1 / each,
        "recomputed": recomputed,
    }


def _writing(transcriber: Transcriber, waves: Sequence[np.ndarray], together: int) -> tuple[float, float]:
    """Seconds to write one recording down, and the memory that is held where so many are written down at once."""
    with step_costs.Peak() as one:
        transcriber.written(waves[:1])
    with step_costs.Peak() as more:
        each = step_costs.seconds(lambda: transcriber.written(waves)) / len(waves)
    return each, one.own_mb + max(more.own_mb - one.own_mb, 0.0) / max(len(waves) - 1, 1) * (together - 1)


def _packing(context: TrainingContext, transcriber: Transcriber, waves: RaggedArray, language: str) -> dict[str, float]:
    """Seconds and memory of `models.training.cost_estimate.CostEstimate`, with a bundle that is thrown away."""
    test = context.rows["test"]
    rows = test[usual(waves.lengths[test], PACKED)]
    files = [context.dataset.file(name) for name in context.dataset.samples["file"].iloc[rows]]
    with step_costs.Peak() as peak, TemporaryDirectory(dir=context.place.folder) as name:
        folder = Path(name) / "bundle"
        pack = step_costs.seconds(lambda: _pack(folder, transcriber, context.settings, language))
        ways = [predict.load(folder)]
        if (folder / predict.HEARING).exists():
            ways.append(predict.load_onnx(folder))
        each = sum(step_costs.seconds_each(partial(predict.predict, way, files), len(files)) for way in ways)
    return {"pack": pack + proof.OPENING, "packed": each * min(1.0, proof.MOST / len(test)), "pack_mb": peak.own_mb,
            "mapped_mb": peak.mapped_mb}  # fmt: skip


def _pack(folder: Path, transcriber: Transcriber, settings: Any, language: str) -> None:
    bundle.write(folder, transcriber, settings, language, "")
    export.write(folder, transcriber, QUIET)
