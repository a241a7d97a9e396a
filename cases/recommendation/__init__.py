"""Recommendation: from what people had to what they may want next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cases import examples
from cases.base import Baseline, Case, Measure, Task, UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.ranking.baselines import POPULARITY
from cases.recommendation import checks, pictures, preview, query_files, reader, traits
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
    N_("Time-decayed EASE: as EASE, but older interactions count less; decay chosen on validation."),
    dash="longdash",
    lay=N_("Time-decayed EASE learns how strongly each item speaks for each other one; recent choices count more."),
)
EASE = Baseline(
    "ease",
    "EASE",
    "EASE",
    N_("EASE: a linear item-to-item model in closed form; L2 penalty chosen on validation."),
    dash="longdashdot",
    lay=N_("EASE learns from past choices how strongly each item speaks for each other one."),
)
ITEM_KNN = Baseline(
    "item_knn",
    N_("Item-based CF"),
    N_("item-based collaborative filtering"),
    N_("Item-based collaborative filtering: items most often chosen together with yours; number of neighbours chosen "
       "on validation."),
    dash="dash",
    lay=N_("Item-based collaborative filtering recommends items that are often chosen together with yours."),
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
    drawn=False,
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
    summary=N_("Recommends items to each user, with reasons. You need a table of user–item interactions; item titles "
               "help."),
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
        "row": N_("Order or row ID"),
        "id": N_("Item ID"), "title": N_("Title"), "genres": N_("Genres"), "text": N_("Description"),
        "year": N_("Year"), "image": N_("Picture"),
    },
    optional=frozenset({"value", "time", "row", "id", "title", "genres", "text", "year", "image"}),
    preview=preview.preview,
    traits=traits.TRAITS,
    traits_of=traits.traits_of,
)  # fmt: skip
