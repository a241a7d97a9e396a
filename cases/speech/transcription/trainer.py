"""A whole Whisper learns to write down a person's own recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn
from transformers.trainer_utils import EvalPrediction

from cases import repeats
from cases import settings as case_settings
from cases.base import Evaluation, EvaluationPart, Validation, WorkDirs
from cases.base.parts import LABELS, completed
from cases.dataset import Dataset
from cases.speech import reader
from cases.speech.settings import Settings
from cases.speech.transcription import bundle, greedy_decoder, label_losses
from cases.speech.transcription.context import texts_of, usable
from cases.speech.transcription.evaluation import Judge
from cases.speech.transcription.greedy_decoder import DecodedText
from cases.speech.transcription.network import assemble, divided, drawn, ready
from cases.speech.transcription.seq2seq import SpokenTexts
from cases.speech.transcription.trained import TrainedTranscriber
from cases.speech.transcription.transcripts import Scribe
from cases.training import config, proof
from cases.training.context import TrainingContext, prepare
from cases.training.proof import ProofItems
from models.errors import N_
from models.evaluation import agreement
from models.evaluation.metrics import NORMALISATION, Interval
from models.pretrained import catalog
from models.progress import QUIET, Checking, ProgressReporter
from models.text import han, spoken_text
from models.training import checkpoints, device, interpolation, monitored, trainer
from models.training.checkpoints import Kept
from models.training.interpolation import Settled

WATCHED = 32  # of the validation part, that are written down after each epoch
KEPT_SHARE = {  # of the way from the pretrained model to the trained one
    0.0: N_("The pretrained model was kept: fine-tuning did not clearly lower errors on the validation set "
            "({start:.1%} of characters)."),
    0.5: N_("Weights halfway between start and end were kept, with fewest errors on the validation set ({start:.1%} → "
            "{kept:.1%} of characters)."),
    1.0: N_("Fine-tuning lowered the errors on the validation set ({start:.1%} → {kept:.1%} of characters)."),
}  # fmt: skip
CLOSE = 1e-2  # tokens nearer than this may fall either way in other precision


class TranscriptionTrainer:
    """See `cases.base.Trainer`."""

    def __init__(self, context: TrainingContext, report: ProgressReporter) -> None:
        self.settings = context.settings
        self.weights = catalog.folder(self.settings.model, context.place.cache / "models", "audio")
        self.waves = reader.whole_sounds(context.dataset, context.place.kept, report)
        self.transcriber, self.language = ready(self.weights, self.waves, context)
        self.texts = texts_of(context, self.transcriber, self.language)
        self.context = usable(context, self.texts, self.transcriber, report)
        self.judge = Judge(self.language)
        self.counts = {name: len(rows) for name, rows in self.context.rows.items()}
        self.watched = drawn(self.context.rows["validation"], WATCHED, self.settings.seed)
        self.probes = monitored.choose(self.settings.probes, np.concatenate(list(self.context.rows.values())).tolist(),
                                       self.watched, self.context.labels, self.settings.seed)  # fmt: skip
        self.written_of_test: list[DecodedText] = []  # what the network says of the test part, once it was asked
        self.written: dict[int, str] = {}  # row → what the network says since it learnt last
        self.scribe = Scribe(self.transcriber, self.waves, context.device, Checking(report))
        self.before = self.scribe.kept(np.union1d(self.watched, self.context.rows["test"]), self._kept, report)
        learnt = {token for row in self.context.rows["train"] for token in self.texts.tokens[row]}
        self.transcriber = replace(self.transcriber, rules=greedy_decoder.without(self.transcriber.rules, learnt))
        self.scribe = replace(self.scribe, transcriber=self.transcriber)
        self.network = assemble(self.settings, self.transcriber).to(self.context.device)
        self.start = interpolation.taken(self.network)
        self.settled: Settled | None = None
        self.failures: dict[str, Exception] = {}
        self.heard: dict[int, str] = {}  # row of the watched → what the network that is kept says
        config.open_up(self.network, self.settings)

    @property
    def script(self) -> str:
        """Of Chinese characters, in which the transcripts are written and the model writes; "" for none."""
        return han.script(self.texts.said[row] for row in self.context.rows["train"]) if self.language == "zh" else ""

    @property
    def _kept(self) -> Path:
        """Where lies what the pretrained network says of these data, for the next run."""
        script = "-".join(filter(None, [self.language, self.script]))
        name = f"{catalog.digest(self.weights)[:16]}-{script}-texts.json"
        return self.context.place.kept / "features" / self.context.dataset.digest / name

    @cached_property
    def references(self) -> dict[str, dict[str, Any]]:
        return {"untouched": self.judge.figures(*self._beside(self.context.rows["test"], self.before))}

    @property
    def live_references(self) -> dict[str, float]:
        return {"untouched": self.judge.rates(*self._beside(self.watched, self.before))[self.judge.metric]}

    def fit(self, report: ProgressReporter) -> None:
        plan = config.plan(self.settings, bf16=self.context.bf16)
        plan = replace(divided(plan, self.waves.lengths[self.context.rows["train"]]), looked_at=plan.batch_size)
        train, validation = (self.batches(self.context.rows[part]) for part in ("train", "validation"))
        started = self.judge.rates(*self._beside(self.watched, self.before))
        report.metrics("validation", 0, {"epoch": 0.0, **started})
        self.written = {row: self.before[row] for row in self.probes.tolist() if row in self.before}
        trainer.fit(self.network, train, validation, plan, self.context.place.folder, self._measure, report,
                    self._probe)  # fmt: skip
        self._close(report)

    def _close(self, report: ProgressReporter) -> None:
        """Take what was learnt into the plain weights, as much of it as the watched recordings bear."""
        config.close(self.network, self.settings)
        tried = [self.before]

        def losses() -> np.ndarray:
            tried.append(self.scribe.texts(self.watched))
            return self._errors(tried[-1])

        self.settled = interpolation.settle(self.network, self.start, self._errors(self.before), losses)
        self.heard = tried[interpolation.SHARES.index(self.settled.share)]
        report.note(KEPT_SHARE[self.settled.share], **asdict(self.settled))

    def _errors(self, heard: dict[int, str]) -> np.ndarray:
        """(watched,) how far each text is from what was said, from 0 to 1."""
        pairs = zip(*self._beside(self.watched, heard), strict=True)
        return np.array([1 - self.judge.near(said, text) for said, text in pairs])

    def batches(self, rows: np.ndarray) -> SpokenTexts:
        return SpokenTexts(self.transcriber.extractor, self.waves, self.texts.tokens, rows)

    def _measure(self, _: EvalPrediction) -> dict[str, float]:
        """By what the network now writes of the watched recordings."""
        self.written = self.scribe.texts(np.union1d(self.watched, self.probes))
        return self.judge.rates(*self._beside(self.watched, self.written))

    def _probe(self, network: nn.Module) -> dict[str, Any]:
        """Of each recording its row, part and label, the text, both word by word, and how near it is: 0 to 1."""
        missing = [row for row in self.probes.tolist() if row not in self.written]
        if missing:
            self.written |= self.scribe.texts(np.array(missing))
        part_of = {row: part for part, rows in self.context.rows.items() for row in rows.tolist()}
        items = []
        for row in self.probes.tolist():
            said, heard = self.texts.said[row], self.written[row]
            pieces, right = self.judge.pieces(said, heard), round(self.judge.near(said, heard), 4)
            items.append({"row": row, "part": part_of[row], "label": said, "text": heard, "pieces": pieces,
                          "right": right})  # fmt: skip
        self.written = {}
        return {"items": items}

    def _beside(self, rows: np.ndarray, heard: dict[int, str]) -> tuple[list[str], list[str]]:
        return [self.texts.said[row] for row in rows], [heard[row] for row in rows.tolist()]

    def load_best(self) -> Kept:
        kept = trainer.load_best(self.network, self.context.place.folder)
        self._close(QUIET)
        return kept

    def validate(self, report: ProgressReporter) -> Validation:
        heard = self.heard or self.scribe.texts(self.watched)
        return Validation(self.watched, self.judge.errors(*self._beside(self.watched, heard)))

    def evaluate(self, report: ProgressReporter) -> Evaluation:
        rows = self.context.rows["test"]
        written = self.written_of_test = self.scribe.written(rows, report, "test")
        heard = [self.transcriber.text(one.tokens) for one in written]
        said, before = self._beside(rows, self.before)
        table = self.judge.table(rows, said, heard, before, confidence=[one.sureness for one in written])
        evaluation = Evaluation(self.judge.figures(said, heard), table, as_read=self._as_read(rows, heard),
                                validation=self._validated(), repeated=self._repeated(said, heard),
                                more={NORMALISATION: spoken_text.RULE})  # fmt: skip
        return completed(evaluation, self.parts, report)

    @property
    def parts(self) -> Sequence[EvaluationPart]:
        return (EvaluationPart(LABELS, lambda known, report: replace(known, losses=self._losses(report))),)

    def _repeated(self, said: list[str], heard: list[str]) -> dict[str, Any]:
        def measure(some: np.ndarray) -> dict[str, Interval]:
            return self.judge.figures([said[place] for place in some], [heard[place] for place in some])

        return repeats.told(self.context.repeated("train"), [self.judge.metric], measure)

    def _losses(self, report: ProgressReporter) -> pd.DataFrame:
        """By the network as it is now, of all parts; it learnt the transcripts of the training part."""
        items = self.batches(np.concatenate(list(self.context.rows.values())))
        table = label_losses.losses(self.network, items, self.context.rows, self.context.device, report)
        heard = self.scribe.texts(table["id"][table["surprise"] > 0].to_numpy())
        return table.assign(heard=[heard.get(row, "") for row in table["id"]])

    def _validated(self) -> dict[str, float]:
        """Of the watched recordings, by the weights that are kept."""
        value = self.judge.rates(*self._beside(self.watched, self.heard))[self.judge.metric]
        return {"value": value, "items": len(self.watched)}

    def _as_read(self, rows: np.ndarray, heard: list[str]) -> dict[str, float]:
        """The errors by the transcripts as they came, where some of the test part were changed."""
        if not self.edited.get("test", {}).get("relabelled"):
            return {}
        came = self.context.dataset.as_read["label"].fillna("").astype(str)
        metric = self.judge.metric
        return {metric: self.judge.rates(came.iloc[rows].tolist(), heard)[metric]}

    def save(self, folder: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
        if not self.written_of_test:
            self.written_of_test = self.scribe.written(self.context.rows["test"], report, "test")
        return bundle.save(folder, self._leaving, result, report)

    def prove(self, folder: Path, report: ProgressReporter) -> dict[str, Any]:
        return {"script": self.tested.told(folder, proof.SCRIPT, report)}

    def describe(self, folder: Path, result: dict[str, Any]) -> None:
        bundle.describe(folder, self._leaving, result)

    @property
    def _leaving(self) -> TrainedTranscriber:
        return TrainedTranscriber(self.context, self.transcriber, self.weights, self.language, self.script, self.tested)

    @property
    def tested(self) -> ProofItems:
        """Close are texts of which two tokens were nearly as likely, and such that found no end, so that they were cut
        off."""
        rows = self.context.rows["test"]
        places = proof.drawn(len(rows), self.settings.seed)
        some, said = rows[places], [self.written_of_test[place] for place in places]
        most = self.transcriber.rules.most
        close = np.array([one.margin <= CLOSE or len(one.tokens) >= most for one in said])
        texts = [self.transcriber.text(one.tokens) for one in said]
        return ProofItems(
            [str(name) for name in self.context.dataset.samples["name"].iloc[some]],
            reader.given(self.context.dataset, self.context.place.folder, self.waves, some, cut=True),
            self.waves.lengths[some], lambda answered: agreement.of_labels(texts, answered, close), len(rows),
        )  # fmt: skip

    @property
    def used(self) -> dict[str, Any]:
        return case_settings.used(self.settings)

    @property
    def trained(self) -> dict[str, Any]:
        settled = {"share": self.settled.share} if self.settled else {}
        return checkpoints.trained(self.context.place.folder) | settled

    @property
    def edited(self) -> dict[str, dict[str, int]]:
        return self.context.edited

    @property
    def note(self) -> dict[str, Any]:
        told = device.note(self.context.device, bf16=self.context.bf16)
        return {**told, "language": self.language, "script": self.script}


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> TranscriptionTrainer:
    return TranscriptionTrainer(prepare(settings, dataset, place, report), report)
