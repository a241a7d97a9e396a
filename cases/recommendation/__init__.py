"""Recommendation: from what people had to what they may want next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cases import examples
from cases.base import Baseline, Case, Measure, Task, UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.ranking.baselines import POPULARITY
from cases.recommendation import checks, pictures, preview, query_files, reader
from cases.recommendation.chinese_films import CHINESE_FILMS
from cases.recommendation.sample import SAMPLES
from cases.recommendation.settings import Settings
from cases.task_types import RANKING
from models.errors import N_
from models.progress import ProgressReporter

EASE_DECAYED = Baseline(
    "ease_decayed",
    N_("Time-decayed EASE"),
    N_("time-decayed EASE"),
    N_("Time-decayed EASE: the same, but older interactions count less; validation chose how much."),
    dash="longdash",
)
EASE = Baseline(
    "ease",
    "EASE",
    "EASE",
    N_("EASE: a linear model that weighs every item for every other, in closed form; validation chose the penalty."),
    dash="longdashdot",
)
ITEM_KNN = Baseline(
    "item_knn",
    N_("Item-kNN"),
    N_("item-kNN"),
    N_("Item-kNN: item-based collaborative filtering, the items most often chosen together with yours; validation "
       "chose the number of neighbours."),
    dash="dash",
)  # fmt: skip
RECOMMEND = Task(
    "recommend",
    N_("Recommend"),
    RANKING,
    "ndcg@10",
    N_("Choose items you like and get recommendations."),
    Settings,
    __name__,
    baselines=(EASE_DECAYED, EASE, ITEM_KNN, POPULARITY),
    also=("recall@10",),
)


def _read(
    parts: Sequence[UploadedFile],
    place: WorkDirs,
    digest: str,
    report: ProgressReporter,
    columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:
    return reader.read(parts, place.folder, digest, report, columns, before)


def _content(dataset: Dataset, row: int) -> bytes:
    return query_files.question([dataset.samples.at[row, "name"]])


CASE = Case(
    name="recommendation",
    title=N_("Recommendation"),
    icon="recommend",
    summary=N_("From user–item interactions to what each user may like next, with reasons. You need a table of "
               "interactions; titles of the items help."),
    invitation=N_("Open recommendation"),
    modality="item",
    reader=reader.READER,
    tasks=(RECOMMEND,),
    samples=(*SAMPLES, CHINESE_FILMS),
    read=_read,
    thumbnail=reader.shown,
    exported=reader.exported,
    picture=pictures.of,
    content=_content,
    batch=query_files.batch,
    measures=(Measure("people", N_("Popularity (users)")),),
    near_copies=N_("Items with the same title and description under several IDs."),
    findings=checks.findings,
    examples=examples.most_popular,
    takes_content=True,
    columns={
        "user": N_("User"), "item": N_("Item"), "value": N_("Rating or count"), "time": N_("Date or time"),
        "id": N_("Item ID"), "title": N_("Title"), "genres": N_("Genres"), "text": N_("Description"),
        "year": N_("Year"), "image": N_("Picture"),
    },
    optional=frozenset({"value", "time", "id", "title", "genres", "text", "year", "image"}),
    preview=preview.preview,
)  # fmt: skip
