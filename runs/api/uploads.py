"""PUT /api/upload: the bytes of one file go straight to disk."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from cases import limits
from cases.ingest.archives.names import plain
from models.errors import N_, InputError
from runs import paths
from runs.api import arrivals, numbers
from runs.api.granted import granted
from runs.api.numbers import whole
from runs.api.responses import language, refusal
from runs.language import say_error
from runs.language import size as written
from runs.limits import allowances, storage
from runs.store import records, upload_rows
from runs.uploads import drafts
from runs.uploads.class_names import cleaned
from runs.uploads.draft_files import DraftFile

_MOST_FOLDER = 1000  # characters


async def upload(request: Request) -> Response:
    """A file alone is queued to be read: the answer is {"run": id}.

    With `draft` in the address, the id of a collection or “new”, it joins that, with its class `label`, the part
    `split` it is for and the `folder` it lay in: {"draft": id}.
    """
    facts = await anyio.to_thread.run_sync(granted, request, "upload", request.headers.get("x-upload-token", ""))
    if facts is None:
        return refusal(request, 403, N_("This page has been open too long. Reload it and upload again."))
    declared = whole(request.headers.get("content-length"), numbers.MOST_BYTES)
    identity, asked, arrived = secrets.token_hex(8), request.query_params.get("draft", ""), False
    try:
        most = await anyio.to_thread.run_sync(allowances.reserve, facts["owner"], identity, declared)
        with arrivals.arriving(facts["owner"], asked):
            if asked not in ("", "new") and not await anyio.to_thread.run_sync(drafts.find, facts["owner"], asked):
                return _closed(request)
            kept = await _take(request, facts, asked, identity, most)
            arrived = kept is not None
            return JSONResponse(kept) if kept else _closed(request)
    except InputError as error:
        return JSONResponse({"message": say_error(language(request), error.as_json())}, 413)
    except ClientDisconnect:
        return Response(status_code=499)
    finally:
        if not arrived:
            await anyio.to_thread.run_sync(_leave_no_trace, identity)


async def _take(
    request: Request, facts: dict[str, str], draft: str, identity: str, allowed: int
) -> dict[str, str] | None:
    """What the answer says; None where the collection was closed meanwhile.

    Raises:
        InputError: the file is larger than allowed.
    """
    most = limits.upload_bytes()
    size, digest = await _receive(request, paths.uploads() / identity, min(most, allowed))
    if size > most:
        raise InputError(
            found=N_("The file is larger than {most}."),
            expected=N_("The server takes no larger file."),
            remedy=N_("Split it, or ask the administrator to raise {setting}."),
            most=written(most), setting=limits.UPLOAD,
        )  # fmt: skip
    if size > allowed:  # its size was not told before
        raise await anyio.to_thread.run_sync(allowances.refuse, facts["owner"], size)
    return await anyio.to_thread.run_sync(_keep, facts, draft, _piece(request, identity, size), digest)


def _leave_no_trace(identity: str) -> None:
    (paths.uploads() / identity).unlink(missing_ok=True)
    storage.release(identity)


def _closed(request: Request) -> Response:
    return refusal(request, 409, N_("These files are already being imported, or no longer exist."))


def _piece(request: Request, identity: str, size: int) -> DraftFile:
    name = Path(request.query_params.get("name", "")).name[:200] or "upload"
    split = request.query_params.get("split", "")
    label = cleaned(request.query_params.get("label", ""))
    folder = "/".join(map(cleaned, plain(request.query_params.get("folder", "")).split("/")))[:_MOST_FOLDER]
    return DraftFile(identity, name, size, label, split if split in ("train", "test") else "", folder)


async def _receive(request: Request, path: Path, most: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                break
            digest.update(chunk)
            await file.write(chunk)
    return size, digest.hexdigest()


def _keep(facts: dict[str, str], draft: str, piece: DraftFile, digest: str) -> dict[str, str] | None:
    """What the answer says; None where the collection was closed meanwhile."""
    owner, case = facts["owner"], facts["case"]
    if draft:
        identity = drafts.begin(owner, case) if draft == "new" else draft
        return {"draft": identity} if drafts.add(owner, identity, piece, digest) else None
    upload_rows.add(owner, piece.upload, piece.name, piece.bytes, digest)
    parts = [{"upload": piece.upload, "split": piece.split}]
    kind, subject = facts.get("kind", "read"), facts.get("subject")  # the page may want more than a reading
    return {"run": records.create_run(owner, kind, case, piece.name, parts=parts, subject=subject)}
