"""Pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cases.dataset import Dataset
from models.errors import N_
from pages.components import gallery, viewer
from pages.components.items import Entry, Pairs, Several, address, told
from pages.components.prediction_form import image
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
    drawn = [{**told(entry), "src": address(dataset, entry.row)} for entry in entries]
    gallery.show(drawn, key=key, chosen=None if chosen is None else str(chosen), size=size, on_picked=on_picked,
                 several=several)  # fmt: skip


def large(dataset: Dataset, row: int, *, key: str, pairs: Pairs | None = None) -> None:
    """See `pages.modalities.base.Large`."""
    small = address(dataset, row)
    viewer.show(f"{small}&whole=1", small, name=str(dataset.as_read.at[row, "name"]), key=key)


def original(dataset: Dataset, row: int) -> dict[str, Any]:
    """Its address."""
    return {"picture": address(dataset, row)}


MODALITY = Modality(
    listed=listed,
    large=large,
    original=original,
    form=image,
    wide=False,
    few_tested=N_(
        "It was tested on {items} pictures only and got **{right}** of them right. That tells little: with a "
        "confidence of 95% it gets between {low:.0f} and {high:.0f} of 100 new pictures right. Test on more."
    ),
    expected=N_(
        "Of 100 new pictures like these the model gets about **{right:.0f}** right. Measured once, on {items} test "
        "pictures kept out of training; with a confidence of 95% the true figure lies between {low:.0f} and "
        "{high:.0f}."
    ),
    no_mistake=N_(
        "It made no mistake on these pictures, so they cannot tell what would be better; more test pictures could."
    ),
    promised=N_(
        "Of 100 new pictures like those it learnt from it gets about **{right:.0f}** right; with a confidence of "
        "95% the true figure lies between {low:.0f} and {high:.0f}. Measured once, on {items:,} pictures it had "
        "never seen. On pictures of another kind it will do worse, and it always names one of its classes."
    ),
    recognised=N_("Of the test pictures that are so, the share the model finds."),
    one=N_("One picture"),
    many=N_("Many pictures"),
    batch=ARCHIVES,
    drop=N_("Drop a zip or tar of pictures"),
    table=N_("You get a table: name, prediction, probability and the next two."),
    looked=N_("Show heat map (Grad-CAM)"),
    layout="",
    looked_at_once=True,
    explained_whole=False,
    asking=N_("Asking the model what it looked at …"),
    explained=N_(
        "Bright places spoke for the class, dark ones did not count. It shows where the network looked, in coarse "
        "fields; it does not show why, nor whether the answer is right."
    ),
    lent=N_("Let visitors try some pictures of the test part"),
    lent_help=N_("Off: nothing of your data can be seen. On: up to twelve test pictures can, never training data."),
    with_lent=N_("with test pictures"),
    portable=N_("The whole model with its preprocessing, for any language that runs ONNX"),
    input=N_("{n} × {n} pixels"),
    examples=24,
    model="timm/resnet18.a1_in1k",
)
