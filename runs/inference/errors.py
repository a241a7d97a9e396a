"""Why a model could not be asked, or did not answer."""

from __future__ import annotations

from models.errors import N_, InputError

MOST_BYTES = 20 * 10**6  # of one file that is tried
MOST_CONTENT = 10**6  # bytes of what is tried without ever being a file: a text, a list of items


def broken() -> InputError:
    return InputError(
        found=N_("The model could not answer."),
        expected=N_("It answers files that it can read."),
        remedy=N_("Try again, or try another file."),
    )


def gone() -> InputError:
    return InputError(
        found=N_("The model of this run is no longer there."),
        expected=N_("An answer needs the model that the run saved."),
        remedy=N_("Start the training again with the same settings."),
    )


def too_large(most: int = MOST_BYTES) -> InputError:
    return InputError(
        found=N_("The file has more than {limit} MB."),
        expected=N_("Larger ones are not tried one by one."),
        remedy=N_("Reduce it and try again."),
        limit=most // 10**6,
    )
