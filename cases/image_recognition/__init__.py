"""Image recognition: one label per picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cases import groups, labels
from cases.base import Baseline, Case, Finding, Measure, Task, UploadedFile, WorkDirs
from cases.classification.baselines import MAJORITY, PROBE
from cases.classification.conditions import MOVED
from cases.dataset import Dataset
from cases.image_recognition import checks, decoder, reader, traits
from cases.image_recognition.file_types import SUFFIXES
from cases.image_recognition.places import VIEWS
from cases.image_recognition.sample import DIGITS
from cases.image_recognition.settings import Settings
from cases.ingest.archives import Unpacked, unpack
from cases.task_types import CLASSIFICATION
from models.errors import N_
from models.progress import ProgressReporter

COLOR_STATISTICS = Baseline(
    "colors",
    N_("Colour statistics"),
    N_("colour statistics"),
    N_("Colour statistics: logistic regression on how much of a picture has each colour, without a neural network."),
    dash="dashdot",
    lay=N_("Colour statistics know only how much of a picture has each colour, not where it is."),
)
LABEL = Task(
    "label",
    N_("Classification"),
    CLASSIFICATION,
    "accuracy",
    N_("Predicts which of {n} classes a picture belongs to: {classes}."),
    Settings,
    __name__,
    baselines=(PROBE, COLOR_STATISTICS, MAJORITY),
    shares=MOVED,
    pipeline_tag="image-classification",
)


def _read(
    parts: Sequence[UploadedFile],
    place: WorkDirs,
    digest: str,
    report: ProgressReporter,
    columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:
    return reader.read(parts, place.folder, digest, report, columns, before, place.decoders)


def _findings(dataset: Dataset) -> list[Finding]:
    return [*checks.findings(dataset), *groups.findings(dataset), *labels.findings(dataset)]


def _content(dataset: Dataset, row: int) -> Path:
    return dataset.file(dataset.samples.at[row, "file"])


def _batch(part: UploadedFile, folder: Path) -> Unpacked:
    return unpack(part.path, folder, suffixes=SUFFIXES)


CASE = Case(
    name="image_recognition",
    title=N_("Image recognition"),
    icon="image",
    summary=N_("Classifies pictures of products, plants, defects or handwriting. You need labelled pictures, in "
               "folders or one by one."),
    invitation=N_("Open image recognition"),
    modality="image",
    reader=reader.READER,
    tasks=(LABEL,),
    samples=(VIEWS, DIGITS),
    read=_read,
    thumbnail=reader.thumbnail,
    original=reader.original,
    lent=reader.lent,
    pictured=reader.pictured,
    content=_content,
    batch=_batch,
    single=SUFFIXES,
    measures=(Measure("width", N_("Width in pixels")), Measure("height", N_("Height in pixels"))),
    near_copies=N_("Re-saved, resized, cropped or brightened copies. Check them before excluding any."),
    findings=_findings,
    too_much_for_a_demo=decoder.too_many_pixels,
    traits=traits.TRAITS,
    traits_of=traits.traits_of,
)  # fmt: skip
