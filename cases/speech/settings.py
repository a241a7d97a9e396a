"""What a person may set for sounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.classification.conditions import LAYERED, MOVED, TRAINED
from cases.classification.hyperparameters import (
    UPDATES,
    augmented_views,
    contrastive_loss,
    group_by,
    head_dropout,
    hidden_layer,
    item_augmentation,
    items_at_once,
    layerwise_decay,
    loss_function,
    pretrained,
    what_learns,
)
from cases.classification.settings import ClassifierSettings
from cases.conditions import ActiveWhen, Each
from cases.groups import SPEAKER
from cases.hyperparameters import STEPS
from cases.repeats import TRANSCRIPT
from cases.settings import TASK, choice
from cases.tasks import AUTOMATIC
from models.errors import N_
from models.pretrained.catalog import models_for
from models.text import languages

DEAF_TO_WORDS = tuple(model.id for model in models_for("audio") if "whisper" not in model.id)  # only that one writes
CLASSES = ActiveWhen("task", N_("Only for classification."), (AUTOMATIC, "label"))
TEXTS = ActiveWhen("task", N_("Only for transcription."), (AUTOMATIC, "transcribe"))
USUAL = {  # what empty fields mean
    "head": {"epochs": 20, "learning_rate": 2e-3, "batch_size": 32},
    "last_blocks": {"epochs": 4, "learning_rate": 1e-4, "batch_size": 32, STEPS: UPDATES},
    "lora": {"epochs": 4, "learning_rate": 1e-3, "batch_size": 32, STEPS: UPDATES},
    "full": {"epochs": 4, "learning_rate": 1e-4, "batch_size": 32, STEPS: UPDATES},
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
        N_("Task"),
        N_("What the model predicts for a recording."),
        N_("Classification: one of your classes. Transcription: the spoken words; the pretrained decoder is "
           "fine-tuned, without a new head."),
        default=AUTOMATIC, group="task", role=TASK, before="model",
        options={AUTOMATIC: N_("From the data"), "label": N_("Classification"),
                 "transcribe": N_("Transcription")},
    )  # fmt: skip
    language: str = choice(
        N_("Transcript language"),
        N_("Language that a multilingual model writes."),
        N_("From the data: detected from the script and the common words of the transcripts. If several languages "
           "remain, the model detects the language from the audio. Simplified or traditional Chinese follows the "
           "transcripts."),
        default=AUTOMATIC, group="task", matters=TEXTS, costs=False, before="model",
        options={AUTOMATIC: N_("From the data"), **languages.NAMES},
    )  # fmt: skip
    model: str = pretrained(
        "audio",
        N_("Pretrained encoder to fine-tune: a model from the list, a Hugging Face Hub ID or a local folder."),
        default=AUTOMATIC, unfit={"transcribe": DEAF_TO_WORDS},
    )  # fmt: skip
    mode: str = what_learns(unfit={"transcribe": ("head",)})
    layer_decay: float = layerwise_decay(Each((CLASSES, LAYERED)))
    batch_size: int | None = items_at_once(None)  # type: ignore[assignment]  # empty is what `automatic` says
    loss: str = loss_function(CLASSES)
    augmentation: str = item_augmentation(
        N_("Random changes to the training recordings, new in every epoch."),
        N_("Regularisation: the network never sees exactly the same recording twice, so it overfits less. Noise: "
           "random noise is added. Time shift: the sound starts later. Masking: frequency bands and time spans are "
           "blanked (SpecAugment)."),
        default="all",
        options={"all": N_("Noise, time shift, masking"), "noise_shift": N_("Noise, time shift"),
                 "masks": N_("Masking (SpecAugment)"), "none": N_("None")},
    )  # fmt: skip
    augmented_views: int = augmented_views()
    contrastive: str = contrastive_loss(Each((CLASSES, MOVED)))
    hidden: int = hidden_layer(CLASSES)
    dropout: float = head_dropout(Each((CLASSES, TRAINED)))
    group_by: str = group_by({SPEAKER: N_("Speaker"), TRANSCRIPT: N_("Sentence")}, unfit={"label": (TRANSCRIPT,)})

    def __post_init__(self) -> None:
        if self.task == "transcribe" and self.mode == "head":
            object.__setattr__(self, "mode", "full")  # what writes is no new head: the pretrained network goes on
        hyperparameters.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        usual = USUAL_OF_WRITING if values["task"] == "transcribe" else USUAL
        return usual[values["mode"]]
