"""What the catalogue knows of a model."""

from __future__ import annotations

from dataclasses import dataclass

from models.pretrained.carriers import Carrier


@dataclass(frozen=True)
class BackboneSpec:
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
    """A model the form offers; without `carrier`, `id` is a hub id. `good_for` is a message id.

    One that begins `from_scratch` has no weights to fetch; how large it is depends on the data, so that it has no
    `body` either.
    """

    id: str
    title: str
    modality: str  # that of the cases it is for: image, text, audio, or one of a case's own
    source: str
    licence: str
    size_mb: float  # to download
    parameters: float  # millions, with the classes it was pretrained on
    languages: tuple[str, ...]  # ISO 639-1; none where words do not matter
    good_for: str
    speed: float  # items a frozen body takes in while the first of its modality takes in one
    body: BackboneSpec | None
    carrier: Carrier | None = None
    from_scratch: bool = False


def untrained(id: str, title: str, modality: str, good_for: str) -> Pretrained:
    """A network that is not pretrained, as an entry beside those that are."""
    return Pretrained(
        id, title, modality, source="", licence="", size_mb=0.0, parameters=0.0, languages=(), good_for=good_for,
        speed=1.0, body=None, from_scratch=True,
    )  # fmt: skip
