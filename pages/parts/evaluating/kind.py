"""What an evaluation shows depends on what the items were to be taken for: one module for each kind of target."""

from __future__ import annotations

from typing import Any, Protocol

from cases.dataset import Dataset
from runs.store import Run


class Viewed(Protocol):
    """What every view of an evaluation needs; a kind adds its own."""

    run: Run
    dataset: Dataset  # with the edits as they are now


class Kind(Protocol):
    def headline(self, run: Run) -> None:
        """How good it is, in plain words."""

    def tested(self, run: Run) -> str:
        """On how many of what it was measured, as in “180 test examples”."""

    def figures(self, run: Run) -> None:
        """What the result alone tells, where single answers or the data are no longer there."""

    def open_for(self, run: Run) -> Any | None:
        """A `Viewed`; None where the run's single answers or its data are no longer there."""

    def views(self) -> dict[str, str]:
        """Name in the address → what it is called; the first is shown first."""

    def wait(self, run: Run, seen: str) -> bool:
        """Draw what must be waited for before the view can be seen; False: nothing."""

    def show(self, viewed: Any, seen: str) -> None:
        """Draw one view. Called in a fragment."""

    def opened(self, run: Run) -> None:
        """The item that the address names, in a dialog."""

    def promised(self, run: Run) -> None:
        """How good it is, for visitors of a demo."""
