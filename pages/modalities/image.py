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
    few_tested=N_("Too few test pictures for a precise metric. Test on more."),
    no_mistake=N_("No mistakes on these pictures. Only more test pictures can show what would improve the model."),
    promised=N_(
        "About **{right:.0f}** of 100 new pictures like the training data are predicted correctly (95% interval: "
        "{low:.0f} to {high:.0f}). Measured once, on {items:,} pictures not used in training. Expect less on pictures "
        "of another kind."
    ),
    fits=N_("It fits such pictures only: any other picture gets one of these classes, too."),
    recognises=N_("Recognises pictures: {classes}"),
    recognised=N_("Of the test pictures of this class, the share predicted correctly."),
    one=N_("One picture"),
    many=N_("Batch prediction"),
    batch=ARCHIVES,
    drop=N_("Drop pictures, or a zip or tar of them"),
    table=N_("Result: a table of file name, prediction, probability and the next two classes."),
    looked=N_("Show heat map (Grad-CAM)"),
    layout="",
    looked_at_once=True,
    explained_whole=False,
    asking=N_("Computing the heat map …"),
    explained=N_(
        "Bright areas support the class, dark areas do not. The map is coarse and does not prove that the "
        "prediction is right."
    ),
    lent=N_("Share test pictures"),
    lent_help=N_("Visitors can then see up to twelve test pictures, but never training data."),
    with_lent=N_("with test pictures"),
    portable=N_("Complete model with preprocessing, for any ONNX runtime"),
    input=N_("{n} × {n} pixels"),
    examples=24,
    model="timm/resnet18.a1_in1k",
)
