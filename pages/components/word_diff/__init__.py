"""Words that were said beside words that were heard: how differences are marked, in whichever component they stand."""

from __future__ import annotations

from pages.shared.i18n import _

SCRIPT, STYLE = "../word_diff/marking.js", "../word_diff/marking.css"


def words() -> dict[str, str]:
    """What is said of a mark when it is pointed at; places in braces are filled in the browser."""
    return {
        "exchanged": _("“{heard}” in place of “{said}”"),
        "missed": _("“{said}” was missed"),
        "invented": _("“{heard}” was invented"),
        "nothing": _("(nothing)"),
    }


def explained() -> str:
    return _("− missed: it was said and not written. + invented: it was written and not said. One word → another: it "
             "was written in place of what was said.")  # fmt: skip
