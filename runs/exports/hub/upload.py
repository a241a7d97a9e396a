"""Upload folders to a hub: `python -m runs.exports.hub.upload`, a process of its own beside the app.

It reads one JSON object from standard input and tells on standard output how it goes, one JSON object a line. So the
token is in no file, no address, no environment and no list of processes; it ends with this process. When standard input
is closed, because the app ended, it ends too.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import InputError
from runs.exports.hub import errors

CONNECT, ANSWER = 10.0, 120.0  # seconds for a connection, and between two signs of life
README = "README.md"
FRONT = re.compile(r"\A---\n.*?\n---\n\s*", re.DOTALL)  # of a README.md
Tell = Callable[..., None]


class Counted(io.BufferedReader):
    """A file that tells how far it was read, once it `counts`: it is read first for its checksum, then to be sent.

    It is given to the library open, so that large files go to the hub itself by the protocol that mirrors speak too.
    """

    def __init__(self, path: Path, tell: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path))
        self._told, self.counts, self._furthest = tell, False, 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if self.counts and (at := self.tell()) > self._furthest:
            self._told(at - self._furthest)
            self._furthest = at
        return piece


@dataclass
class Progress:
    """Bytes of all folders that were sent; files are read by several threads."""

    tell: Tell
    total: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, more: int) -> None:
        with self.lock:
            self.done = min(self.total, self.done + more)
            self.tell(done=self.done, total=self.total)


def upload(asked: dict[str, Any], tell: Tell) -> list[str]:
    """Create the repositories and commit each folder at once.

    Args:
        asked: token, endpoint, repo (name or owner/name), private, update (what exists is added to) and repositories:
            for each its kind ("model" or "space"), folder and front (the front matter of its README.md).
        tell: takes done and total, in bytes.

    Returns:
        The addresses of the repositories.

    Raises:
        InputError: the hub refuses, or cannot be reached.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import get_session

    get_session().timeout = httpx2.Timeout(ANSWER, connect=CONNECT)
    repo, endpoint = asked["repo"], asked["endpoint"]
    try:
        hub = HfApi(endpoint=endpoint, token=asked["token"])
        repo = repo if "/" in repo else f"{hub.whoami()['name']}/{repo}"
        return _upload(hub, asked, repo, tell)
    except HfHubHTTPError as error:
        raise errors.refused(error.response.status_code, repo, endpoint) from error
    except httpx2.HTTPError as error:
        raise errors.unreachable(endpoint) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise errors.disk_full() from error
        raise
    except (ValueError, KeyError, TypeError) as error:  # what was answered is no JSON, or another
        if "Invalid metadata" in str(error):
            raise errors.card_refused(" ".join(str(error).split())[:500], endpoint) from error
        raise errors.not_a_hub(endpoint) from error


def _upload(hub: Any, asked: dict[str, Any], repo: str, tell: Tell) -> list[str]:
    folders = [Path(one["folder"]) for one in asked["repositories"]]
    progress = Progress(tell, sum(path.stat().st_size for folder in folders for path in _files(folder)))
    tell(done=0, total=progress.total)
    made = []
    for one, folder in zip(asked["repositories"], folders, strict=True):
        sdk = {"space_sdk": "static"} if one["kind"] == "space" else {}
        created = hub.create_repo(
            repo, repo_type=one["kind"], private=asked["private"], exist_ok=asked["update"], **sdk
        )
        front = {**one["front"], **({"models": [repo]} if "models" in one["front"] else {})}
        hub.create_commit(
            repo, _operations(folder, front, progress), repo_type=one["kind"],
            commit_message="Upload from Casebook", num_threads=2,
        )  # fmt: skip
        made.append(str(created))
    tell(done=progress.total, total=progress.total)
    return made


def _operations(folder: Path, front: dict[str, Any], progress: Progress) -> list[Any]:
    from huggingface_hub import CommitOperationAdd

    readme = folder / README
    text = readme.read_text("utf-8") if readme.exists() else ""
    made = [CommitOperationAdd(README, with_front(front, text).encode())]
    for path in _files(folder):
        if path != readme:
            file = Counted(path, progress.add)
            made.append(CommitOperationAdd(path.relative_to(folder).as_posix(), file))
            file.counts = True
    return made


def with_front(front: Mapping[str, Any], text: str) -> str:
    """The README.md with this front matter in place of its own."""
    from huggingface_hub.utils import yaml_dump

    return f"---\n{yaml_dump(dict(front), sort_keys=False)}---\n\n{FRONT.sub('', text)}"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _tell(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def _end_with_the_app() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_app, daemon=True).start()
    try:
        _tell(urls=upload(asked, _tell))
    except InputError as error:
        _tell(error=error.as_json())
    except Exception as error:  # its message may hold what was sent
        _tell(fault=type(error).__name__)


if __name__ == "__main__":
    main()
