"""Sounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cases.dataset import Dataset
from models.errors import N_
from pages.components import audio_list
from pages.components.items import Entry, Pairs, Several, heard, told
from pages.components.prediction_form import audio
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
    drawn = [{**told(entry), **heard(dataset, entry.row), **_marked(entry.pairs),
              "versions": [{"name": name, "pairs": list(pairs)} for name, pairs in entry.versions]}
             for entry in entries]  # fmt: skip
    audio_list.show(drawn, key=key, chosen=None if chosen is None else str(chosen), on_picked=on_picked,
                    several=several)  # fmt: skip


def large(dataset: Dataset, row: int, *, key: str, pairs: Pairs | None = None) -> None:
    """See `pages.modalities.base.Large`."""
    audio_list.show([{"id": str(row), **heard(dataset, row), **_marked(pairs)}], key=key, large=True)


def _marked(pairs: Pairs | None) -> dict[str, Any]:
    return {} if pairs is None else {"pairs": list(pairs)}


MODALITY = Modality(
    listed=listed,
    large=large,
    original=heard,
    form=audio,
    wide=False,
    few_tested=N_("Too few test recordings for a precise metric. Test on more."),
    no_mistake=N_("No mistakes on these recordings. Only more test recordings can show what would improve the model."),
    promised=N_(
        "About **{right:.0f}** of 100 new recordings like the training data are predicted correctly (95% interval: "
        "{low:.0f} to {high:.0f}). Measured once, on {items:,} recordings not used in training. Other voices, rooms or "
        "microphones may lower the accuracy."
    ),
    fits=N_("It fits such recordings only: any other recording gets one of these classes, too."),
    recognises=N_("Recognises sounds: {classes}"),
    recognised=N_("Of the test recordings of this class, the share predicted correctly."),
    one=N_("One recording"),
    many=N_("Batch prediction"),
    batch=ARCHIVES,
    drop=N_("Drop recordings, or a zip or tar of them"),
    table=N_("Result: a table of file name, prediction, probability and the next two classes."),
    looked=N_("Show key moments"),
    layout="sounds",
    looked_at_once=True,
    explained_whole=True,
    asking=N_("Computing the influence of each moment …"),
    explained=N_(
        "Highlighted moments changed the score most; play them to check. They do not prove that the prediction is "
        "right."
    ),
    lent=N_("Share test recordings"),
    lent_help=N_("Visitors can then play up to twelve test recordings, but never training data."),
    with_lent=N_("with test recordings"),
    portable=N_("From waveform to probabilities, for any ONNX runtime; keep it beside the other files"),
    input=N_("up to {n:,} seconds at 16 kHz"),
    model="openai/whisper-base.en",
    views=N_("**Augmented inputs**: recordings as the network receives them, varied at random"),
    wide_views=True,
    player=audio_list.words,
)
