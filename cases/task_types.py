"""Task types: what a label is, and what follows from that for data, splits and tables of predictions; one object each.

What pages draw for each of them is in `pages.task_types`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import N_
from models.lessons.heads import HEADS
from models.lessons.kind import LessonKind
from models.lessons.rankings import RANKINGS


@dataclass(frozen=True)
class TaskType:
    """`smallest`, `columns` and `given` are message ids."""

    name: str
    has_classes: bool  # a label is one of a few that many items share; else each item has a label of its own
    smallest: str  # the least that can be divided into three parts
    columns: tuple[str, ...]  # of the table of a batch of predictions: name, up to three answers, problem
    given: str  # the further column, behind the name, of what was asked about, where it is short enough to be read
    reviews_labels: bool  # a label is what somebody says of an item and can be wrong; the title of an item is none
    snapshots: bool = False  # what was learnt so far can be tried while training goes on
    decodes: bool = False  # an answer is written by the decoder of the pretrained model, which leaves with it
    lessons: LessonKind | None = None  # those that train on data of this type; None where there are none


CLASSIFICATION = TaskType(
    "classification", True,
    smallest=N_("At least one class needs three examples, one each for training, validation and test."),
    columns=(N_("Name"), N_("Prediction"), N_("Probability"), N_("Second prediction"), N_("Second probability"),
             N_("Third prediction"), N_("Third probability"), N_("Problem")),
    given=N_("Text"),
    reviews_labels=True,
    snapshots=True,
    lessons=HEADS,
)  # fmt: skip
TRANSCRIPTION = TaskType(
    "transcription", False,
    smallest=N_("At least three different recordings are needed, one each for training, validation and test."),
    columns=(N_("Name"), N_("Transcript"), N_("Probability"), N_("Problem")),
    given=N_("Text"),
    reviews_labels=True,
    decodes=True,
)  # fmt: skip
RANKING = TaskType(
    "ranking", False,
    smallest=N_("At least one class needs three examples, one each for training, validation and test."),
    columns=(N_("User"), N_("First item"), N_("Score"), N_("Second item"), N_("Second score"), N_("Third item"),
             N_("Third score"), N_("Problem")),
    given=N_("Interactions"),
    reviews_labels=False,
    lessons=RANKINGS,
)  # fmt: skip
ALL = (CLASSIFICATION, TRANSCRIPTION, RANKING)


FORMER = {"classes": CLASSIFICATION, "texts": TRANSCRIPTION, "items": RANKING}  # by their names under `targets`


def stored(facts: Mapping[str, Any]) -> TaskType:
    """The type in facts.json of a data set, under `task_type`; before that under `targets`, and at first not at all.

    Raises:
        KeyError: no such type.
    """
    if "task_type" in facts:
        return {one.name: one for one in ALL}[facts["task_type"]]
    return FORMER[facts.get("targets", "classes")]
