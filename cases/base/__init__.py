"""What pages and runs rely on: a case, the tasks that are learnt from its data, and what a model predicts."""

from __future__ import annotations

from cases.base.case import OF_ITEM, OF_USER, Case, Finding, Grouping, Measure, Read, Trait
from cases.base.lesson import ArmTraining, LessonArms, LessonTrainer
from cases.base.prediction import Item, Prediction, Predictor, Segment
from cases.base.task import Baseline, Task
from cases.base.trainer import (
    Evaluation,
    EvaluationPart,
    LabelCheckTrainer,
    LearningCurveTrainer,
    SnapshotTrainer,
    Trainer,
    Validation,
)
from cases.base.upload import Sample, UploadedFile, WorkDirs
from cases.settings import TABLE

__all__ = [
    "OF_ITEM", "OF_USER", "TABLE", "ArmTraining", "Baseline", "Case", "Evaluation", "EvaluationPart", "Finding",
    "Grouping", "Item", "LabelCheckTrainer", "LearningCurveTrainer", "LessonArms", "LessonTrainer", "Measure",
    "Prediction", "Predictor", "Read", "Sample", "Segment", "SnapshotTrainer", "Task", "Trainer", "Trait",
    "UploadedFile", "Validation", "WorkDirs",
]  # fmt: skip
