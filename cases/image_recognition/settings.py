"""What a person may set for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.classification.hyperparameters import UPDATES, augmented_views, item_augmentation, pretrained
from cases.classification.settings import ClassifierSettings
from cases.hyperparameters import STEPS
from models.errors import N_

AUTOMATIC = {  # what empty fields mean
    "head": {"epochs": 30, "learning_rate": 5e-4},
    "last_blocks": {"epochs": 8, "learning_rate": 1e-4, STEPS: UPDATES},
    "lora": {"epochs": 8, "learning_rate": 1e-3, STEPS: UPDATES},
    "full": {"epochs": 8, "learning_rate": 1e-4, STEPS: UPDATES},
}


@dataclass(frozen=True)
class Settings(ClassifierSettings):
    """See `cases.classification.settings`."""

    model: str = pretrained(
        "image",
        N_("Pretrained backbone to fine-tune: a model from the list, a Hugging Face Hub ID or a local folder."),
        default="efficientnet_lite0",
    )  # fmt: skip
    augmentation: str = item_augmentation(
        N_("Random changes to the training pictures, new in every epoch."),
        N_(
            "Regularisation: the network never sees exactly the same picture twice, so it overfits less. Do not mirror "
            "where left and right matter, as in digits or text."
        ),
        default="crop_flip",
        options={"crop_flip": N_("Crop and mirror"), "crop": N_("Crop"), "none": N_("None")},
    )
    augmented_views: int = augmented_views(tried=(0, 4))

    def __post_init__(self) -> None:
        hyperparameters.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        return AUTOMATIC[values["mode"]]
