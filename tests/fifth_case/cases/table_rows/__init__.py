"""Table rows: one class per row of numbers and words."""

from __future__ import annotations

from cases import labels
from cases.base import Baseline, Case, Measure, Task
from cases.classification.baselines import MAJORITY
from cases.dataset import Dataset
from cases.table_rows import reader
from cases.table_rows.sample import WINE
from cases.table_rows.settings import Settings
from cases.task_types import CLASSIFICATION
from models.errors import N_

PROBE = Baseline(
    "frozen_features",
    N_("Linear probe"),
    N_("the linear probe"),
    N_("Linear probe: logistic regression on what the network is given, without a hidden layer."),
    dash="dash",
)
LABEL = Task(
    "label",
    N_("Classification"),
    CLASSIFICATION,
    "accuracy",
    N_("Give it a row of a table, and it predicts which of {n} classes it is: {classes}."),
    Settings,
    __name__,
    baselines=(PROBE, MAJORITY),
)


def _content(dataset: Dataset, row: int) -> bytes:
    return dataset.samples.at[row, "text"].encode()


CASE = Case(
    name="table_rows",
    title=N_("Table rows"),
    icon="table_rows",
    summary=N_("One class per row of a table: measurements, answers, features of a product. You need a table with a "
               "column of classes."),
    invitation=N_("Open table rows"),
    modality="row",
    reader=reader.READER,
    tasks=(LABEL,),
    samples=(WINE,),
    read=reader.read,
    thumbnail=reader.shown,
    content=_content,
    exported=reader.exported,
    batch=reader.batch,
    measures=(Measure("distance", N_("Distance from the average row")),),
    near_copies=N_("Rows with the same values in every column."),
    findings=labels.findings,
    takes_content=True,
)  # fmt: skip
