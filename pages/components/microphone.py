"""What is said wherever a person can record."""

from __future__ import annotations

from pages.shared.i18n import _


def microphone() -> dict[str, str]:
    """What is said wherever one can record."""
    return {
        "record": _("Record with the microphone"),
        "record_stop": _("Stop recording"),
        "microphone_denied": _("The browser may not use the microphone. Allow it beside the address of this page."),
        "microphone_none": _("No microphone was found, or another program is using it."),
        "microphone_unsafe": _(
            "Browsers give the microphone only to pages that come over https, or from this computer."
        ),
        "microphone_short": _("That was too short to hear anything. Press once to begin and once more to end."),
        "microphone_silent": _("Nothing was heard. Is the microphone switched on, and the right one chosen?"),
    }
