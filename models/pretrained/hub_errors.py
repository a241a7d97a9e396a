"""Why a hub gives no model, said to a person. Each takes the names of what was asked: repo, revision, endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import N_, InputError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError


def offline(**names: str) -> InputError:
    return InputError(
        found=N_("“{repo}” ({revision}) is not on this machine, and HF_HUB_OFFLINE forbids downloading it."),
        expected=N_("A Hub model is downloaded once, over the network."),
        remedy=N_("Unset HF_HUB_OFFLINE, or choose a local model."),
        **names,
    )


def no_network(**names: str) -> InputError:
    return InputError(
        found=N_("“{repo}” ({revision}) is not on this machine, and {endpoint} cannot be reached."),
        expected=N_("A Hub model is downloaded once, over the network."),
        remedy=N_("Check the network, set HF_ENDPOINT to a reachable mirror, or choose a local model."),
        **names,
    )


def damaged(file: str, **names: str) -> InputError:
    return InputError(
        found=N_(
            "“{file}” of the downloaded model “{repo}” is missing or damaged, and {endpoint} cannot provide it now."
        ),
        expected=N_("Model files must be exactly as downloaded."),
        remedy=N_("Try again when the Hub can be reached, or choose another model."),
        file=file,
        **names,
    )


def another_file(file: str, **names: str) -> InputError:
    return InputError(
        found=N_("“{file}” of “{repo}” from {endpoint} does not match its published SHA-256."),
        expected=N_("Model files must be exactly as downloaded."),
        remedy=N_("Try again later, or set HF_ENDPOINT to a mirror of the Hub."),
        file=file,
        **names,
    )


def no_hub(**names: str) -> InputError:
    return InputError(
        found=N_("{endpoint} does not respond like a model hub."),
        expected=N_("HF_ENDPOINT must be the address of the Hugging Face Hub or a mirror."),
        remedy=N_("Correct HF_ENDPOINT, or log in to the network, then try again."),
        **names,
    )


def answered(error: HfHubHTTPError, **names: str) -> InputError:
    """The hub answered, but with an error."""
    from huggingface_hub.errors import GatedRepoError, RevisionNotFoundError

    if isinstance(error, GatedRepoError):
        return _gated(**names)
    if isinstance(error, RevisionNotFoundError):
        return _no_revision(**names)
    if error.response.status_code in (401, 404):  # the hub says 401 for what it does not know, too
        return _unknown(**names)
    return InputError(
        found=N_("{endpoint} answered with the error {status}."),
        expected=N_("The Hub must list the files of “{repo}”."),
        remedy=N_("Try again later, or set HF_ENDPOINT to a mirror of the Hub."),
        status=error.response.status_code,
        **names,
    )


def broke_off(error: Exception, **names: str) -> InputError:
    """The hub named the files, but they did not arrive; files of a model with terms are refused only now."""
    from huggingface_hub.errors import GatedRepoError

    if isinstance(error, GatedRepoError):
        return _gated(**names)
    return InputError(
        found=N_("The download of “{repo}” from {endpoint} was interrupted ({cause})."),
        expected=N_("All files of the model must be downloaded."),
        remedy=N_(
            "Try again: downloaded files are kept. With a mirror, set HF_HUB_DISABLE_XET=1, or large files may bypass "
            "it."
        ),
        cause=" ".join(str(error).split()) or type(error).__name__,
        **names,
    )


def _unknown(**names: str) -> InputError:
    return InputError(
        found=N_("{endpoint} has no public model “{repo}”."),
        expected=N_("A Hub ID is owner/name, as on the model’s page."),
        remedy=N_("Check the spelling; for a private model, set HF_TOKEN to a token with read access."),
        **names,
    )


def _no_revision(**names: str) -> InputError:
    return InputError(
        found=N_("“{repo}” has no revision “{revision}”."),
        expected=N_("A revision is a branch, a tag or a commit of the model."),
        remedy=N_("Take one from the model’s page, or omit it to use the newest."),
        **names,
    )


def _gated(**names: str) -> InputError:
    return InputError(
        found=N_("“{repo}” requires accepting its terms."),
        expected=N_("The Hub needs the token of an account that accepted them."),
        remedy=N_("Accept the terms on {endpoint}/{repo} and set HF_TOKEN to your token."),
        **names,
    )
