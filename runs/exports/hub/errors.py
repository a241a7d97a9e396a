"""Why a hub takes no model, said to a person. Each takes what was asked for: repo, endpoint."""

from __future__ import annotations

from models.errors import N_, InputError


def bad_name(repo: str) -> InputError:
    return InputError(
        found=N_("“{repo}” cannot be the name of a repository."),
        expected=N_("It is name or owner/name: Latin letters, digits, and - _ . between them, at most 96 characters."),
        remedy=N_("Correct the name and try again."),
        repo=repo[:200],
    )


def no_token() -> InputError:
    return InputError(
        found=N_("No access token was given."),
        expected=N_("The hub needs a token of yours that may write."),
        remedy=N_("Create a token with write access in the settings of your account and paste it."),
    )


def offline(endpoint: str) -> InputError:
    return InputError(
        found=N_("HF_HUB_OFFLINE forbids contacting {endpoint}."),
        expected=N_("An upload needs the network."),
        remedy=N_("Ask the host of this server to unset HF_HUB_OFFLINE."),
        endpoint=endpoint,
    )


def unreachable(endpoint: str) -> InputError:
    return InputError(
        found=N_("{endpoint} cannot be reached, or the connection was lost."),
        expected=N_("An upload needs the network until its end."),
        remedy=N_("Check the network and try again. Nothing was published by halves."),
        endpoint=endpoint,
    )


def not_a_hub(endpoint: str) -> InputError:
    return InputError(
        found=N_("{endpoint} does not respond like a model hub."),
        expected=N_("HF_ENDPOINT must be the address of the Hugging Face Hub or a mirror."),
        remedy=N_("Ask the host of this server to correct HF_ENDPOINT."),
        endpoint=endpoint,
    )


def card_refused(cause: str, endpoint: str) -> InputError:
    return InputError(
        found=N_("{endpoint} does not accept the model card: {cause}"),
        expected=N_("The first lines of the card must follow the rules of the hub."),
        remedy=N_("Download the model, correct README.md and upload the files by hand."),
        cause=cause,
        endpoint=endpoint,
    )


def disk_full() -> InputError:
    return InputError(
        found=N_("The server's disk is full."),
        expected=N_("An upload needs a little room for temporary files."),
        remedy=N_("Ask the administrator to free some space."),
    )


def ended() -> InputError:
    return InputError(
        found=N_("The upload ended unexpectedly."),
        expected=N_("It runs until the hub has confirmed every file."),
        remedy=N_("Try again. Nothing was published by halves."),
    )


def refused(status: int, repo: str, endpoint: str) -> InputError:
    """By the status of the hub's answer."""
    named = {"repo": repo, "endpoint": endpoint}
    if status == 401:
        return InputError(
            found=N_("{endpoint} does not accept this access token."),
            expected=N_("The token must be valid and may not have expired."),
            remedy=N_("Create a new token with write access and paste the whole of it."),
            **named,
        )
    if status == 403:
        return InputError(
            found=N_("This access token may not write to “{repo}”."),
            expected=N_("The token needs write access, and you must belong to the owner of the repository."),
            remedy=N_("Choose another owner, or create a token with write access."),
            **named,
        )
    if status == 409:
        return InputError(
            found=N_("“{repo}” exists already."),
            expected=N_("A new repository needs a free name."),
            remedy=N_("Choose another name, or allow that the existing repository is updated."),
            **named,
        )
    if status in (402, 413, 507):
        return InputError(
            found=N_("{endpoint} has no room for “{repo}” (error {status})."),
            expected=N_("The account needs enough free storage on the hub."),
            remedy=N_("Free some storage there, or choose another owner."),
            status=status,
            **named,
        )
    if status == 429:
        return InputError(
            found=N_("{endpoint} refuses further requests for now."),
            expected=N_("A hub limits how many requests an account makes."),
            remedy=N_("Wait a few minutes and try again."),
            **named,
        )
    return InputError(
        found=N_("{endpoint} answered with the error {status}."),
        expected=N_("The hub must take the files of “{repo}”."),
        remedy=N_("Try again later."),
        status=status,
        **named,
    )
