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
    few_tested=N_(
        "It was tested on {items} texts only and got **{right}** of them right. That tells little: with a confidence "
        "of 95% it gets between {low:.0f} and {high:.0f} of 100 new texts right. Test on more."
    ),
    expected=N_(
        "Of 100 new texts like these the model gets about **{right:.0f}** right. Measured once, on {items} test texts "
        "kept out of training; with a confidence of 95% the true figure lies between {low:.0f} and {high:.0f}."
    ),
    no_mistake=N_(
        "It made no mistake on these texts, so they cannot tell what would be better; more test texts could."
    ),
    promised=N_(
        "Of 100 new texts like those it learnt from it gets about **{right:.0f}** right; with a confidence of 95% the "
        "true figure lies between {low:.0f} and {high:.0f}. Measured once, on {items:,} texts it had never seen. On "
        "texts of another kind it will do worse, and it always names one of its classes."
    ),
    recognised=N_("Of the test texts that are so, the share the model finds."),
    one=N_("One text"),
    many=N_("Many texts"),
    batch=",".join((*sorted(tables.ALL), ARCHIVES)),
    drop=N_("Drop a table of texts, a .txt with a text a line, or a zip of .txt files"),
    table=N_("You get a table: each text with the prediction, its probability and the next two."),
    looked=N_("Colour the telling words"),
    layout="words",
    looked_at_once=True,
    explained_whole=True,
    marked=N_("Coloured words spoke for the prediction, dotted ones against it (integrated gradients)."),
    asking=N_("Asking the model which words mattered …"),
    explained=N_(
        "It shows which words moved the score and how far, as this model reads them; it does not show why, nor whether "
        "the answer is right."
    ),
    lent=N_("Let visitors try some texts of the test part"),
    lent_help=N_("Off: nothing of your data can be seen. On: up to twelve test texts can, never training data."),
    with_lent=N_("with test texts"),
    portable=N_("The model from tokens to probabilities, for any language that runs ONNX; its weights lie in body/"),
    input=N_("up to {n:,} tokens"),
    model="intfloat/multilingual-e5-base",
)
