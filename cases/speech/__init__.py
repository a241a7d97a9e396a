"""Speech: one label per recording, or the words that are said in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cases import groups, labels
from cases.base import Baseline, Case, Finding, Measure, Task, UploadedFile, WorkDirs
from cases.classification.baselines import MAJORITY, PROBE
from cases.classification.conditions import MOVED
from cases.dataset import Dataset
from cases.ingest.archives import Unpacked, unpack
from cases.speech import checks, preview, reader, traits
from cases.speech.sample import VOWELS
from cases.speech.settings import Settings
from cases.speech.spoken_commands import COMMANDS
from cases.task_types import CLASSIFICATION, TRANSCRIPTION
from models.errors import N_
from models.progress import ProgressReporter

SOUND_STATISTICS = Baseline(
    "mfcc",
    N_("MFCC statistics"),
    N_("MFCC statistics"),
    N_("MFCC statistics: logistic regression on the means and deviations of cepstral coefficients, without a neural "
       "network."),
    dash="dashdot",
    lay=N_("MFCC statistics describe a recording by a few averages of its sound spectrum."),
)  # fmt: skip
UNTOUCHED = Baseline(
    "untouched",
    N_("Before fine-tuning"),
    N_("the model before fine-tuning"),
    N_("Before fine-tuning: the pretrained model on the same recordings."),
    dash="dash",
    lay=N_("The model before fine-tuning is the same pretrained model without training on these data."),
    simple=False,
)
LABEL = Task(
    "label",
    N_("Classification"),
    CLASSIFICATION,
    "accuracy",
    N_("Predicts which of {n} classes a recording belongs to: {classes}."),
    Settings,
    __name__,
    baselines=(PROBE, SOUND_STATISTICS, MAJORITY),
    shares=MOVED,
    pipeline_tag="audio-classification",
)
TRANSCRIBE = Task(
    "transcribe",
    N_("Transcription"),
    TRANSCRIPTION,
    "wer",
    N_("Turns speech into text."),
    Settings,
    f"{__name__}.transcription",
    baselines=(UNTOUCHED,),
    shares=MOVED,
    pipeline_tag="automatic-speech-recognition",
    unspaced="cer",
    strict=True,
)


def _read(
    parts: Sequence[UploadedFile],
    place: WorkDirs,
    digest: str,
    report: ProgressReporter,
    columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:
    return reader.read(parts, place.folder, digest, report, columns, place.cache / "models", before, place.decoders)


def _content(dataset: Dataset, row: int) -> Path:
    return dataset.file(dataset.samples.at[row, "file"])


def _batch(part: UploadedFile, folder: Path) -> Unpacked:
    return unpack(part.path, folder, suffixes=reader.WANTED.files, limits=reader.WANTED.limits())


def _written(dataset: Dataset) -> Sequence[str]:
    return () if dataset.task_type.has_classes else dataset.kept["label"].fillna("").tolist()


def _findings(dataset: Dataset) -> list[Finding]:
    return [*checks.findings(dataset), *groups.findings(dataset), *labels.findings(dataset)]


CASE = Case(
    name="speech",
    title=N_("Speech"),
    icon="graphic_eq",
    summary=N_("Classifies recordings (commands, voices, machines, animals) or transcribes speech. You need recordings "
               "with classes or transcripts, or a microphone."),
    invitation=N_("Open speech"),
    modality="audio",
    reader=reader.READER,
    tasks=(LABEL, TRANSCRIBE),
    samples=(*COMMANDS, VOWELS),
    read=_read,
    thumbnail=reader.picture,
    exported=reader.exported,
    pictured=reader.pictured,
    content=_content,
    batch=_batch,
    single=reader.WANTED.files,
    measures=(Measure("seconds", N_("Length in seconds"), checks.LONG),),
    near_copies=N_(
        "Other formats or volumes, or surrounding silence. Listen before excluding any."
    ),
    findings=_findings,
    audio=reader.playable,
    lent=reader.playable,
    written=_written,
    columns={"file": N_("File"), "label": N_("Class"), "transcript": N_("Transcript"), "part": N_("Split"),
             "speaker": N_("Speaker")},
    optional=frozenset({"transcript", "part", "speaker"}),
    preview=preview.preview,
    traits=traits.TRAITS,
    traits_of=traits.traits_of,
)  # fmt: skip
