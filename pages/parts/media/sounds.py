"""Sounds."""

from __future__ import annotations

from models.errors import N_
from pages.parts.bring.drop import ARCHIVES
from pages.parts.media.entry import Medium

MEDIUM = Medium(
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
    looked_at_once=False,
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
)
