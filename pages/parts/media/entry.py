"""What a page needs to know of a medium."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import N_


@dataclass(frozen=True)
class Medium:
    """Whole sentences, as message ids: a noun put into a gap would be wrong in one language or the other."""

    wide: bool  # one item closely takes the whole width of its place
    few_tested: str  # {items}, {right}, {low}, {high}
    expected: str  # {right}, {items}, {low}, {high}
    no_mistake: str
    promised: str  # to a visitor of a demo: {right}, {low}, {high}, {items}
    recognised: str
    one: str  # what is tried
    many: str
    batch: str  # endings of files that hold many, with commas
    drop: str  # the title over the place for them
    table: str  # what comes of them
    looked: str  # asks what an answer goes back to
    looked_at_once: bool  # and is on from the start
    asking: str  # while that is found out
    explained: str  # how to read what it goes back to
    lent: str  # asks whether visitors may try items of the test part; "" where there is nothing to ask
    lent_help: str
    with_lent: str
    portable: str  # what the ONNX file of a run holds
    input: str  # {n}: the size of what the network takes in
    model: str  # a hub id, as an example
    views: str = N_("**What the network would see** of a few items, each time a little different")
    wide_views: bool = False  # the pictures of these are wide
