"""What a person may set for sounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.classification.settings import (
    TRAINED,
    ClassifierSettings,
    head_dropout,
    hidden_layer,
    item_augmentation,
    items_at_once,
    loss_function,
    pretrained,
    what_learns,
)
from cases.conditions import ActiveWhen, Each
from cases.settings import TASK, choice
from cases.tasks import AUTOMATIC
from models.errors import N_
from models.pretrained.catalog import models_for
from models.text import languages

DEAF_TO_WORDS = tuple(model.id for model in models_for("audio") if "whisper" not in model.id)  # only that one writes
CLASSES = ActiveWhen("task", N_("Acts only where kinds are told apart."), (AUTOMATIC, "label"))
TEXTS = ActiveWhen("task", N_("Acts only where speech is transcribed."), (AUTOMATIC, "transcribe"))
USUAL = {  # what empty fields mean
    "head": {"epochs": 20, "learning_rate": 2e-3, "batch_size": 32},
    "last_blocks": {"epochs": 4, "learning_rate": 1e-4, "batch_size": 32},
    "lora": {"epochs": 4, "learning_rate": 1e-3, "batch_size": 32},
    "full": {"epochs": 4, "learning_rate": 1e-4, "batch_size": 32},
}
USUAL_OF_WRITING = {  # small batches, for two hundred sentences are few steps otherwise
    "last_blocks": {"epochs": 4, "learning_rate": 1e-4, "batch_size": 8},
    "lora": {"epochs": 4, "learning_rate": 1e-3, "batch_size": 8},
    "full": {"epochs": 3, "learning_rate": 3e-5, "batch_size": 8},
}


@dataclass(frozen=True)
class Settings(ClassifierSettings):
    """See `cases.classification.settings`."""

    task: str = choice(
        N_("What is learnt"),
        N_("Tell kinds apart: one of your classes for each recording. Transcribe speech: what is said in it, in words. "
           "There the pretrained network goes on to learn as a whole, for it needs no new head."),
        default=AUTOMATIC, group="task", role=TASK, before="model",
        options={AUTOMATIC: N_("As the data tell"), "label": N_("Tell kinds apart"),
                 "transcribe": N_("Transcribe speech")},
    )  # fmt: skip
    language: str = choice(
        N_("Language of the transcripts"),
        N_("What a model that knows several languages is told to write. It is found from the script of the transcripts "
           "and their most common words; where these leave several, the model finds out by listening. Whether Chinese "
           "is written in simplified or traditional characters follows the transcripts."),
        default=AUTOMATIC, group="task", matters=TEXTS, costs=False, before="model",
        options={AUTOMATIC: N_("As the data tell"), **languages.NAMES},
    )  # fmt: skip
    model: str = pretrained(
        "audio",
        N_("Pretraining: the network has already listened to many thousand hours of speech. Fine-tuning builds on it. "
           "For what is said or heard choose Whisper, for whose voice it is the speaker encoder; to transcribe another "
           "language than English the multilingual Whisper, which is chosen where the transcripts call for it. You may "
           "also type the name of a Whisper, wav2vec2, HuBERT or AST model on the Hugging Face Hub, or a folder of "
           "this machine."),
        default=AUTOMATIC, unfit={"transcribe": DEAF_TO_WORDS},
    )  # fmt: skip
    mode: str = what_learns(unfit={"transcribe": ("head",)})
    batch_size: int | None = items_at_once(None)  # type: ignore[assignment]  # empty is what `automatic` says
    loss: str = loss_function(CLASSES)
    augmentation: str = item_augmentation(
        N_("Lets the network hear each training recording a little differently every time: with noise, beginning "
           "later, with bands of pitch and moments blotted out (SpecAugment)."),
        default="all",
        options={"all": N_("Noise, later beginning, blots"), "noise_shift": N_("Noise, later beginning"),
                 "masks": N_("Blots only"), "none": N_("None")},
    )  # fmt: skip
    hidden: int = hidden_layer(CLASSES)
    dropout: float = head_dropout(Each((CLASSES, TRAINED)))
    group_by: str = choice(
        N_("Kept together"),
        N_("What may not be divided between training and test. With “All of a speaker” the test tells how the model "
           "does with voices it has never heard; without, how it does with these. It takes three speakers or more."),
        default="copies", group="data", divides=True, before="seed",
        options={"copies": N_("Copies only"), "speaker": N_("All of a speaker")},
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.task == "transcribe" and self.mode == "head":
            object.__setattr__(self, "mode", "full")  # what writes is no new head: the pretrained network goes on
        hyperparameters.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        usual = USUAL_OF_WRITING if values["task"] == "transcribe" else USUAL
        return usual[values["mode"]]
