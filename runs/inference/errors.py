"""Why a model could not be asked, or did not answer."""

from __future__ import annotations

from models.errors import N_, InputError

MOST_BYTES = 20 * 10**6  # of one file that is tried
MOST_CONTENT = 10**6  # bytes of what is tried without ever being a file: a text, a list of items


def broken() -> InputError:
    return InputError(
        found=N_("The model could not make a prediction."),
        expected=N_("The file must be readable."),
        remedy=N_("Try again, or try another file."),
    )


def late() -> InputError:
    """What was given is not at fault: it was not looked at yet."""
    return InputError(
        found=N_("The model did not start in time."),
        expected=N_("It starts when it is first asked, which takes long on a busy machine."),
        remedy=N_("Try again in a moment."),
    )


def is_late(error: InputError) -> bool:
    return error.found == late().found


def gone() -> InputError:
    return InputError(
        found=N_("The model of this run no longer exists."),
        expected=N_("A prediction needs the saved model of the run."),
        remedy=N_("Start the training again with the same settings."),
    )


def too_large(most: int = MOST_BYTES) -> InputError:
    return InputError(
        found=N_("The file is larger than {limit} MB."),
        expected=N_("Larger files are not accepted here."),
        remedy=N_("Reduce it and try again."),
        limit=most // 10**6,
    )
