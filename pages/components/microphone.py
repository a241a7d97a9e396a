"""What is said wherever a person can record."""

from __future__ import annotations

from pages.shared.i18n import _


def microphone() -> dict[str, str]:
    """What is said wherever one can record."""
    return {
        "record": _("Record with the microphone"),
        "record_stop": _("Stop recording"),
        "microphone_denied": _("Microphone access is blocked. Allow it in the address bar."),
        "microphone_none": _("No microphone found, or another program is using it."),
        "microphone_unsafe": _("Browsers allow the microphone only over https or on this computer."),
        "microphone_short": _("The recording is too short. Press once to start and again to stop."),
        "microphone_silent": _("No sound recorded. Check that the right microphone is switched on."),
    }
