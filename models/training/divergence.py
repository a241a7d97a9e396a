"""A training whose loss is no longer a number: what is told of it, also to who looks for it in a stored error."""

from __future__ import annotations

from models.errors import N_, InputError

FOUND = N_("The loss became NaN or infinite at step {step}.")


def error(step: int, learning_rate: float) -> InputError:
    return InputError(
        found=FOUND,
        expected=N_("The learning rate must keep the loss finite; it is {learning_rate:g}."),
        remedy=N_("Start again with a learning rate ten times smaller."),
        step=step,
        learning_rate=learning_rate,
    ).mended_by(settings={"learning_rate": float(f"{learning_rate / 10:.3g}")})
