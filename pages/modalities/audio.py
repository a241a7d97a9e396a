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
    drawn = [{**told(entry), **heard(dataset, entry.row), **_marked(entry.pairs)} for entry in entries]
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
    few_tested=N_(
        "It was tested on {items} recordings only and got **{right}** of them right. That tells little: with a "
        "confidence of 95% it gets between {low:.0f} and {high:.0f} of 100 new recordings right. Test on more."
    ),
    expected=N_(
        "Of 100 new recordings like these the model gets about **{right:.0f}** right. Measured once, on {items} test "
        "recordings kept out of training; with a confidence of 95% the true figure lies between {low:.0f} and "
        "{high:.0f}."
    ),
    no_mistake=N_(
        "It made no mistake on these recordings, so they cannot tell what would be better; more test recordings could."
    ),
    promised=N_(
        "Of 100 new recordings like those it learnt from it gets about **{right:.0f}** right; with a confidence of "
        "95% the true figure lies between {low:.0f} and {high:.0f}. Measured once, on {items:,} recordings it had "
        "never heard. With other voices, rooms or microphones it may do worse, and it always names one of its classes."
    ),
    recognised=N_("Of the test recordings that are so, the share the model finds."),
    one=N_("One recording"),
    many=N_("Many recordings"),
    batch=ARCHIVES,
    drop=N_("Drop a zip or tar of recordings"),
    table=N_("You get a table: name, prediction, probability and the next two."),
    looked=N_("Show which moments mattered"),
    layout="sounds",
    looked_at_once=True,
    explained_whole=True,
    asking=N_("Asking the model which moments mattered …"),
    explained=N_(
        "It shows which moments moved the score and lets you hear them; it does not show why, nor whether the answer "
        "is right."
    ),
    lent=N_("Let visitors try some recordings of the test part"),
    lent_help=N_(
        "Off: nothing of your data can be heard or seen. On: up to twelve test recordings can, never training data."
    ),
    with_lent=N_("with test recordings"),
    portable=N_("The whole model from sound to probabilities, for any language that runs ONNX"),
    input=N_("up to {n:,} seconds at 16 kHz"),
    model="openai/whisper-base.en",
    views=N_("**What the network would hear** of a few recordings, each time a little different"),
    wide_views=True,
    player=audio_list.words,
)
