"""PUT /api/upload: the bytes of one file go straight to disk."""

from __future__ import annotations

import errno
import hashlib
import secrets
import unicodedata
from pathlib import Path

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from cases.archive_names import plain
from models.errors import N_
from runs import drafts, files, pieces, store, tokens
from runs.pieces import Piece
from runs.refusing import refusal

MOST_BYTES = 20 * 2**30
_MOST_LABEL, _MOST_FOLDER = 300, 1000  # characters; a label may be what is said in half a minute


async def upload(request: Request) -> Response:
    """A file alone is queued to be read: the answer is {"run": id}.

    With `draft` in the address, the id of a collection or “new”, it joins that, with its class `label`, the part
    `split` it is for and the `folder` it lay in: {"draft": id}.
    """
    facts = tokens.read("upload", request.headers.get("x-upload-token", ""))
    if facts is None:
        return refusal(request, 403, N_("This page has been open too long. Reload it and upload again."))
    asked = request.query_params.get("draft", "")
    if asked not in ("", "new") and not await anyio.to_thread.run_sync(drafts.find, facts["owner"], asked):
        return refusal(request, 409, N_("This collection is being read already, or is no longer there."))
    identity = secrets.token_hex(8)
    path = files.uploads() / identity
    try:
        size, digest = await _receive(request, path)
    except ClientDisconnect:
        path.unlink(missing_ok=True)
        return Response(status_code=499)
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno != errno.ENOSPC:
            raise
        return refusal(request, 507, N_("The server's disk is full. Ask whoever runs it to free some space."))
    if size > MOST_BYTES:
        path.unlink()
        return refusal(request, 413, N_("The file is larger than 20 GB. Split it, or reduce what it holds."))
    name = Path(request.query_params.get("name", "")).name[:200] or "upload"
    split = request.query_params.get("split", "")
    label = cleaned(request.query_params.get("label", ""))
    folder = "/".join(map(cleaned, plain(request.query_params.get("folder", "")).split("/")))[:_MOST_FOLDER]
    piece = Piece(identity, name, size, label, split if split in ("train", "test") else "", folder)
    return JSONResponse(await anyio.to_thread.run_sync(_keep, facts, asked, piece, digest))


async def _receive(request: Request, path: Path) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                break
            digest.update(chunk)
            await file.write(chunk)
    return size, digest.hexdigest()


def _keep(facts: dict[str, str], draft: str, piece: Piece, digest: str) -> dict[str, str]:
    owner, case = facts["owner"], facts["case"]
    store.add_upload(owner, piece.upload, piece.name, piece.bytes, digest)
    if not draft:
        parts = [{"upload": piece.upload, "split": piece.split}]
        kind, subject = facts.get("kind", "read"), facts.get("subject")  # the page may want more than a reading
        return {"run": store.create_run(owner, kind, case, piece.name, parts=parts, subject=subject)}
    identity = drafts.begin(owner, case) if draft == "new" else draft
    pieces.add(identity, piece)
    return {"draft": identity}


def cleaned(label: str) -> str:
    """A class as typed or as a folder is called: one line, composed, without what cannot be seen."""
    visible = "".join(c for c in unicodedata.normalize("NFC", label) if c.isprintable() or c.isspace())
    return " ".join(visible.split())[:_MOST_LABEL]
