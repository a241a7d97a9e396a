"""What pages ask of a modality: how its items are shown, listed, tried and explained, and the words for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cases.dataset import Dataset
from models.errors import N_
from pages.components import explanation
from pages.components.items import Entry, Pairs, Several
from pages.components.prediction_form import Form
from runs.store.records import Run


class Listed(Protocol):
    """Many items in one element."""

    def __call__(
        self,
        dataset: Dataset,
        entries: Sequence[Entry],
        *,
        key: str,
        chosen: int | None = None,
        size: int = 112,
        on_picked: Callable[[], None] | None = None,
        several: Several | None = None,
    ) -> None:
        """Draw many items in one element; after a click `picked(key)` says which. `size` is that of a picture."""


class Large(Protocol):
    """One item closely."""

    def __call__(self, dataset: Dataset, row: int, *, key: str, pairs: Pairs | None = None) -> None:
        """Draw one item, as large as its place allows; `pairs` as those of an `Entry`."""


@dataclass(frozen=True)
class Modality:
    """Whole sentences, as message ids: a noun put into a gap would be wrong in one language or the other."""

    listed: Listed
    large: Large
    original: Callable[[Dataset, int], dict[str, Any]]  # an item as the explanation takes it, until there is one
    form: Form | None  # how one is given to a model; None: it is described otherwise
    wide: bool  # one item closely takes the whole width of its place
    few_tested: str
    no_mistake: str
    promised: str  # to a visitor of a demo: {right}, {low}, {high}, {items}
    fits: str  # beside the place where one is given, below the names of the classes
    recognises: str  # a title for a model: {classes}
    recognised: str
    one: str  # what is tried
    many: str
    batch: str  # endings of files that hold many, with commas
    drop: str  # the title over the place for them
    table: str  # what comes of them
    looked: str  # asks what an answer goes back to
    layout: str  # of what it goes back to: "words", "sounds", or "" for pictures
    looked_at_once: bool  # and is on from the start
    explained_whole: bool  # what an answer goes back to is shown on the item itself, all of it
    asking: str  # while that is found out
    explained: str  # how to read what it goes back to
    lent: str  # asks whether visitors may try items of the test part; "" where there is nothing to ask
    lent_help: str
    with_lent: str
    portable: str  # what the ONNX file of a run holds
    input: str  # {n}: the size of what the network takes in
    model: str  # a hub id, as an example
    views: str = N_("**Augmented inputs**: examples as the network receives them, varied at random")
    marked: str = ""  # how telling words are read in the first of a list; "": none are marked
    examples: int = 6  # that stand for a data set before anything is counted
    wide_views: bool = False  # the pictures of these are wide
    player: Callable[[], Mapping[str, str]] | None = None  # the words of what plays one; None: there is nothing to hear

    def explain(self, run: Run, key: str, **asked: Any) -> None:
        """Draw what an answer goes back to; see `pages.components.explanation.show`."""
        explanation.show(run, key, layout=self.layout, asking=self.asking, explained=self.explained, **asked)
