"""What a person may set for sounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import knobs, settings
from cases.settings import Matters, choice
from cases.tasks import AUTOMATIC
from models import languages
from models.catalog import models_for
from models.errors import N_

DEAF_TO_WORDS = tuple(model.id for model in models_for("sound") if "whisper" not in model.id)  # only that one writes
CLASSES = Matters("task", N_("Acts only where kinds are told apart."), (AUTOMATIC, "label"))
TEXTS = Matters("task", N_("Acts only where speech is transcribed."), (AUTOMATIC, "transcribe"))
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
class Settings:
    """See `cases.knobs`."""

    task: str = choice(
        N_("What is learnt"),
        N_("Tell kinds apart: one of your classes for each recording. Transcribe speech: what is said in it, in words. "
           "There the pretrained network goes on to learn as a whole, for it needs no new head."),
        default=AUTOMATIC, group="task",
        options={AUTOMATIC: N_("As the data tell"), "label": N_("Tell kinds apart"),
                 "transcribe": N_("Transcribe speech")},
    )  # fmt: skip
    language: str = choice(
        N_("Language of the transcripts"),
        N_("What a model that knows several languages is told to write. It is found from the script of the transcripts "
           "and their commonest words; where these leave several, the model finds out by listening. Whether Chinese is "
           "written in simplified or traditional characters follows the transcripts."),
        default=AUTOMATIC, group="task", matters=TEXTS,
        options={AUTOMATIC: N_("As the data tell"), **languages.NAMES},
    )  # fmt: skip
    model: str = choice(
        N_("Pretrained model"),
        N_("Pretraining: the network has already listened to many thousand hours of speech. Fine-tuning builds on it. "
           "For what is said or heard choose Whisper, for whose voice it is the speaker encoder; to transcribe another "
           "language than English the multilingual Whisper, which is chosen where the transcripts call for it. You may "
           "also type the name of a Whisper, wav2vec2, HuBERT or AST model on the Hugging Face Hub, or a folder of "
           "this machine."),
        default=AUTOMATIC, options={model.id: model.title for model in models_for("sound")},
        group="model", free=True, unfit={"transcribe": DEAF_TO_WORDS},
    )  # fmt: skip
    mode: str = knobs.mode(unfit={"transcribe": ("head",)})
    epochs: int | None = knobs.epochs()
    blocks: int = knobs.blocks()
    rank: int = knobs.rank()
    alpha: float = knobs.alpha()
    lora_dropout: float = knobs.lora_dropout()
    batch_size: int | None = knobs.batch_size(None)
    learning_rate: float | None = knobs.learning_rate()
    schedule: str = knobs.schedule()
    optimizer: str = knobs.optimizer()
    weight_decay: float = knobs.weight_decay()
    loss: str = knobs.loss(CLASSES)
    focus: float = knobs.focus()
    label_smoothing: float = knobs.label_smoothing()
    patience: int = knobs.patience()
    augmentation: str = choice(
        N_("Augmentation"),
        N_("Lets the network hear each training recording a little differently every time: with noise, beginning "
           "later, with bands of pitch and moments blotted out (SpecAugment)."),
        default="all",
        matters=Matters(
            "mode",
            N_("Acts only when more than the head learns: the head learns from features that are computed once."),
            ("last_blocks", "lora", "full"),
        ),
        options={"all": N_("Noise, later beginning, blots"), "noise_shift": N_("Noise, later beginning"),
                 "masks": N_("Blots only"), "none": N_("None")},
    )  # fmt: skip
    refit: str = knobs.refit()
    hidden: int = knobs.hidden(CLASSES)
    activation: str = knobs.activation()
    dropout: float = knobs.dropout(CLASSES)
    validation: float = knobs.validation()
    test: float = knobs.test()
    together: str = choice(
        N_("Kept together"),
        N_("What may not be divided between training and test. With “All of a speaker” the test tells how the model "
           "does with voices it has never heard; without, how it does with these. It takes three speakers or more."),
        default="copies", group="data",
        options={"copies": N_("Copies only"), "speaker": N_("All of a speaker")},
    )  # fmt: skip
    seed: int = knobs.seed()
    precision: str = knobs.precision()
    probes: tuple[int, ...] = ()  # rows watched while training; none: chosen for the person

    def __post_init__(self) -> None:
        object.__setattr__(self, "probes", tuple(self.probes))  # JSON knows lists only
        if self.task == "transcribe" and self.mode == "head":
            object.__setattr__(self, "mode", "full")  # what writes is no new head: the pretrained network goes on
        settings.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        usual = USUAL_OF_WRITING if values["task"] == "transcribe" else USUAL
        return usual[values["mode"]]
