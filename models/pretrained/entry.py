"""What the catalogue knows of a model."""

from __future__ import annotations

from dataclasses import dataclass

from models.packaged import Carrier


@dataclass(frozen=True)
class Body:
    """What a drawing shows: the size of the input (side in pixels, most tokens or most seconds), width of the features,
    and of each block from the input on its parameters and those that adapters of rank 1 would add. `fixed` parameters
    of the first block learn in no mode: the vectors of the words."""

    size: int
    width: int
    blocks: tuple[tuple[int, int], ...]
    fixed: int = 0

    @property
    def parameters(self) -> int:
        return sum(parameters for parameters, _ in self.blocks)


@dataclass(frozen=True)
class Pretrained:
    """A model the form offers; without `carrier`, `id` is a hub id. `good_for` is a message id."""

    id: str
    title: str
    modality: str  # picture, text, sound
    source: str
    licence: str
    size_mb: float  # to download
    parameters: float  # millions, with the classes it was pretrained on
    languages: tuple[str, ...]  # ISO 639-1; none where words do not matter
    good_for: str
    speed: float  # items a frozen body takes in while the first of its modality takes in one
    body: Body
    carrier: Carrier | None = None
