"""Words that were said beside words that were heard: how differences are marked, in whichever component they stand."""

from __future__ import annotations

from pages.shared.i18n import _

SCRIPT, STYLE = "../word_diff/marking.js", "../word_diff/marking.css"


def words() -> dict[str, str]:
    """What is said of a mark when it is pointed at; places in braces are filled in the browser."""
    return {
        "exchanged": _("“{said}” replaced by “{heard}”"),
        "missed": _("“{said}” deleted"),
        "invented": _("“{heard}” inserted"),
        "nothing": _("(nothing)"),
    }


def explained() -> str:
    return _("− deletion: spoken, not transcribed. + insertion: transcribed, not spoken. One word → another: "
             "substitution.")  # fmt: skip
