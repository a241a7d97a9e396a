"""A file from an address that Casebook names itself, never one that a person typed."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from models.errors import N_, InputError

PATIENCE = 15  # seconds without a byte
BLOCK = 2**16


def fetch(address: str, path: Path, most: int) -> None:
    """Write what is at `address` to `path`; it may have at most so many bytes.

    Raises:
        InputError: it cannot be reached, breaks off, or has more.
    """
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer, path.open("wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                if file.tell() > most:
                    raise _refused(address, f"> {most:,} B")
            if answer.length:  # what was promised and did not come
                raise _refused(address, f"- {answer.length:,} B")
    except urllib.error.HTTPError as error:
        raise _refused(address, f"{error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _refused(address, str(error.reason)) from error
    except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
        raise _refused(address, type(error).__name__) from error


def _refused(address: str, reason: str) -> InputError:
    return InputError(
        found=N_("The file could not be downloaded from {host} ({reason})."),
        expected=N_("This machine needs to reach {host}."),
        remedy=N_("Try again later, or download `{address}` elsewhere and upload the file."),
        host=urlsplit(address).hostname,
        reason=reason,
        address=address,
    )
