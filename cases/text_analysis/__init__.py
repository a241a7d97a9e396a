"""Text analysis: one label per text, Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cases import groups, labels
from cases.base import Baseline, Case, Finding, Measure, Task, UploadedFile, WorkDirs
from cases.classification.baselines import MAJORITY, PROBE
from cases.classification.conditions import MOVED
from cases.dataset import Dataset
from cases.task_types import CLASSIFICATION
from cases.text_analysis import checks, preview, reader, text_stats, traits
from cases.text_analysis.sample import SAMPLES
from cases.text_analysis.settings import WORDS_TOLD, Settings
from models.errors import N_
from models.progress import ProgressReporter

WORD_COUNTS = Baseline(
    "word_counts",
    N_("Word counts (TF-IDF)"),
    N_("TF-IDF word counts"),
    N_("Word counts: logistic regression on TF-IDF features, without a neural network."),
    dash="dashdot",
    lay=N_("TF-IDF word counts know only which words occur and how often, not their order or meaning."),
)
LABEL = Task(
    "label",
    N_("Classification"),
    CLASSIFICATION,
    "accuracy",
    N_("Predicts which of {n} classes a text belongs to: {classes}."),
    Settings,
    __name__,
    baselines=(PROBE, WORD_COUNTS, MAJORITY),
    ensemble=WORDS_TOLD,
    shares=MOVED,
    pipeline_tag="text-classification",
)


def _read(
    parts: Sequence[UploadedFile],
    place: WorkDirs,
    digest: str,
    report: ProgressReporter,
    columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:
    count = reader.counting(place.cache / "models")
    return reader.read(parts, place.folder, digest, report, count=count, columns=columns, before=before)


def _content(dataset: Dataset, row: int) -> bytes:
    return dataset.samples.at[row, "text"].encode()


def _lent(dataset: Dataset, row: int) -> str:
    return str(dataset.samples.at[row, "text"])


def _written(dataset: Dataset) -> Sequence[str]:
    return dataset.kept["text"].array  # some are looked at; a list of a million takes longer than all else


def _findings(dataset: Dataset) -> list[Finding]:
    return [*checks.findings(dataset), *groups.findings(dataset), *labels.findings(dataset)]


CASE = Case(
    name="text_analysis",
    title=N_("Text analysis"),
    icon="article",
    summary=N_("Classifies Chinese and English texts by sentiment, topic or intent. You need a table of texts and "
               "classes, or folders."),
    invitation=N_("Open text analysis"),
    modality="text",
    reader=reader.READER,
    tasks=(LABEL,),
    samples=SAMPLES,
    read=_read,
    thumbnail=reader.shown,
    exported=reader.exported,
    content=_content,
    batch=reader.batch,
    measures=(Measure("tokens", N_("Length in tokens"), checks.LIMIT),),
    near_copies=N_("Texts that differ in a few words or characters. Check them before excluding any."),
    findings=_findings,
    takes_content=True,
    lent=_lent,
    written=_written,
    mix={"language": (N_("Language"), text_stats.LANGUAGES)},
    columns={"text": N_("Text"), "label": N_("Class"), "part": N_("Split")},
    optional=frozenset({"part"}),
    preview=preview.preview,
    grouping=f"{__name__}.clustering",
    traits=traits.TRAITS,
    traits_of=traits.traits_of,
)  # fmt: skip
