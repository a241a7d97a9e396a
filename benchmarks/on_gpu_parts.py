"""The parts of `benchmarks.on_gpu`: each a case, a way to train it, and how much of the time it may take."""

from __future__ import annotations

from dataclasses import dataclass

CAP_GB = 16.0  # of a card that is larger; what trains within it trains on the cards that people have


@dataclass(frozen=True)
class Part:
    """`case` names the module `on_gpu_CASE`, `way` is head, LoRA or full, and `size` one of several networks of a case.

    `share`: of the time, beside the others. `cap_gb`: the memory of the card that it may take; it is not run where the
    card is smaller.
    """

    case: str
    way: str
    size: str = ""
    share: float = 1.0
    cap_gb: float | None = None

    @property
    def name(self) -> str:
        return f"{self.case}/{self.way}" + (f"/{self.size}" if self.size else "")


PARTS = (
    Part("pictures", "full"), Part("pictures", "LoRA"), Part("pictures", "head"),
    Part("texts", "full"), Part("texts", "LoRA"), Part("texts", "head"),
    Part("sounds", "full"), Part("sounds", "LoRA"), Part("sounds", "head"),
    Part("transcripts", "full"), Part("transcripts", "LoRA"),
    Part("lists", "full", "towers"), Part("lists", "full", "attention"),
    Part("pictures", "full", "ViT-B", 1.5, CAP_GB),
    Part("texts", "full", "300M", 2.5, CAP_GB), Part("texts", "LoRA", "300M", 1.5, CAP_GB),
)  # fmt: skip


def find(name: str) -> Part:
    return next(part for part in PARTS if part.name == name)


def chosen(names: list[str] | None) -> list[Part]:
    """Those whose names are, or begin with, one of `names`; all without it."""
    return [part for part in PARTS if not names or any(f"{part.name}/".startswith(f"{name}/") for name in names)]
