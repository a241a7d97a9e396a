"""Texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cases.dataset import Dataset
from cases.ingest import tables
from models.errors import N_
from pages.components import text_list
from pages.components.items import PREVIEW, Entry, Pairs, Several, bounded, told
from pages.components.items import text as text_of
from pages.components.prediction_form import text
from pages.modalities.base import Modality
from pages.shared.upload_options import ARCHIVES


def listed(
    dataset: Dataset,
    entries: Sequence[Entry],
    *,
    key: str,
    chosen: int | None = None,
    size: int = 112,
    on_picked: Callable[[], None] | None = None,
    several: Several | None = None,
) -> None:
    """See `pages.modalities.base.Listed`."""
    drawn = [{**told(entry), "text": text_of(dataset, entry.row)[:PREVIEW], **_marked(entry)} for entry in entries]
    text_list.show(drawn, key=key, chosen=None if chosen is None else str(chosen), on_picked=on_picked,
                   several=several)  # fmt: skip


def _marked(entry: Entry) -> dict[str, str]:
    return {"marks": entry.marks} if entry.marks else {}


def large(dataset: Dataset, row: int, *, key: str, pairs: Pairs | None = None) -> None:
    """See `pages.modalities.base.Large`."""
    text_list.show([{"id": str(row), "text": bounded(text_of(dataset, row))}], key=key, whole=True)


def original(dataset: Dataset, row: int) -> dict[str, Any]:
    """The text itself, of a long one its beginning and its end."""
    return {"text": bounded(text_of(dataset, row))}


MODALITY = Modality(
    listed=listed,
    large=large,
    original=original,
    form=text,
    wide=True,
    few_tested=N_("Too few test texts for a precise metric. Test on more."),
    no_mistake=N_("No mistakes on these texts. Only more test texts can show what would improve the model."),
    promised=N_(
        "About **{right:.0f}** of 100 new texts like the training data are predicted correctly (95% interval: "
        "{low:.0f} to {high:.0f}). Measured once, on {items:,} texts not used in training. Expect less on texts of "
        "another kind."
    ),
    fits=N_("It fits such texts only: any other text gets one of these classes, too."),
    recognises=N_("Classifies texts: {classes}"),
    recognised=N_("Of the test texts of this class, the share predicted correctly."),
    one=N_("One text"),
    many=N_("Batch prediction"),
    batch=",".join((*sorted(tables.ALL), ARCHIVES)),
    drop=N_("Drop a table, a .txt with one text per line, or several .txt files of one text each"),
    table=N_("Result: a table of text, your other columns, prediction, probability and the next two classes."),
    looked=N_("Show key words"),
    layout="words",
    looked_at_once=True,
    explained_whole=True,
    marked=N_(
        "In the first text of each confusion, coloured words support the prediction, dotted ones contradict it "
        "(integrated gradients)."
    ),
    asking=N_("Computing the influence of each word …"),
    explained=N_("Coloured words change the score of this model most. They do not prove that the prediction is right."),
    lent=N_("Share test texts"),
    lent_help=N_("Visitors can then see up to twelve test texts, but never training data."),
    with_lent=N_("with test texts"),
    portable=N_("Model from tokens to probabilities, for any ONNX runtime; weights in body/"),
    input=N_("up to {n:,} tokens"),
    model="intfloat/multilingual-e5-base",
)
