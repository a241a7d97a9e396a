"""Uploads to a hub that are under way in this app, one for each run; they and their tokens live in memory only."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import InputError
from models.pretrained import hub
from runs import integrity, paths
from runs.exports.hub import card, errors
from runs.store import folders
from runs.store.records import Run

NAME = re.compile(r"(?:[\w.-]+/)?[\w.-]+", re.ASCII)
SECRET = ("HF_", "HUGGING_FACE_")  # variables of the server: a token of its own, or that headers are logged
SWITCHES = ("IMPLICIT_TOKEN", "PROGRESS_BARS", "TELEMETRY", "XET")  # off: only the token that was given, and HTTP

log = logging.getLogger(__name__)


@dataclass
class Push:
    """An upload: bytes `done` of `total`, then the addresses of what was made, or why there is none."""

    repo: str
    done: int = 0
    total: int = 0
    urls: list[str] = field(default_factory=list)
    error: InputError | None = None
    stopped: bool = False
    process: subprocess.Popen[str] | None = None

    @property
    def ended(self) -> bool:
        return bool(self.urls or self.error or self.stopped)

    def stop(self) -> None:
        """End it at once. What was sent is in no commit; an empty repository may stay."""
        self.stopped = not self.ended or self.stopped
        if self.process is not None:
            self.process.kill()


_pushes: dict[tuple[Path, str, str], Push] = {}  # home, owner, run


def of(run: Run) -> Push | None:
    """The newest upload of a run since the app started."""
    return _pushes.get(_key(run))


def forget(run: Run) -> None:
    if (known := of(run)) and known.ended:
        _pushes.pop(_key(run), None)


def start(
    run: Run, *, repo: str, token: str, private: bool = True, update: bool = False, demo: Path | None = None
) -> Push:
    """Upload the bundle of a run, and its static demo where a folder is given.

    Args:
        repo: name or owner/name; without an owner, that of the token.
        update: the repository may exist; files of the same names are replaced.

    Raises:
        InputError: the name, the token or the bundle will not do; nothing was sent.
    """
    if (known := of(run)) and not known.ended:
        return known
    repo, token = repo.strip(), token.strip()
    _check(repo, token)
    integrity.require_model(run.id)
    name = repo.rpartition("/")[2]
    repositories = [_repository("model", folders.run(run.id) / "bundle", card.of_model(run, name))]
    if demo is not None:
        repositories.append(_repository("space", demo, card.of_space(run, repo, run.name)))
    asked = {"token": token, "endpoint": hub.endpoint(), "repo": repo, "private": private, "update": update,
             "repositories": repositories}  # fmt: skip
    push = Push(repo, process=(process := _begun(asked)))
    _pushes[_key(run)] = push
    threading.Thread(target=_follow, args=(push, process), daemon=True).start()
    return push


def _check(repo: str, token: str) -> None:
    if not NAME.fullmatch(repo) or not hub.is_id(repo if "/" in repo else f"owner/{repo}"):
        raise errors.bad_name(repo)
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise errors.no_token()
    if hub.is_offline():
        raise errors.offline(hub.endpoint())


def _repository(kind: str, folder: Path, front: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "folder": str(folder), "front": front}


def _begun(asked: dict[str, Any]) -> subprocess.Popen[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(SECRET)}
    off = {f"HF_HUB_DISABLE_{name}": "1" for name in SWITCHES}
    process = subprocess.Popen(
        [sys.executable, "-m", "runs.exports.hub.upload"], cwd=paths.CODE, env={**known, **off}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()  # it stays open: the process ends with it
    return process


def _follow(push: Push, process: subprocess.Popen[str]) -> None:
    """Take what the process tells until it has ended."""
    assert process.stdout is not None and process.stdin is not None
    for line in process.stdout:
        told = json.loads(line)
        push.done, push.total = told.get("done", push.done), told.get("total", push.total)
        push.urls = told.get("urls", push.urls)
        push.error = InputError.from_json(told["error"]) if "error" in told else push.error
        if "fault" in told:
            log.error("An upload to a hub failed: %s", told["fault"])
    process.wait()
    process.stdin.close()
    if not push.ended:
        push.error = errors.ended()


def _key(run: Run) -> tuple[Path, str, str]:
    return paths.place(), run.owner, run.id
