"""What a check shows depends on what the labels are: one module for each kind of target."""

from __future__ import annotations

from typing import Protocol

from pages.parts.checking import classes, texts
from pages.parts.checking.facts import Checked


class Kind(Protocol):
    def title(self) -> str:
        """What the labels are, in the plural."""

    def figures(self, checked: Checked) -> dict[str, int]:
        """What is counted besides the examples."""

    def table(self, checked: Checked) -> None:
        """How much of them is in each part."""

    def show(self, checked: Checked) -> None:
        """The labels, so that a click opens the items that have one."""


KINDS: dict[str, Kind] = {"classes": classes, "texts": texts}


def kind_of(checked: Checked) -> Kind:
    return KINDS[checked.dataset.targets]
