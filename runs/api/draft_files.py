"""GET /api/piece: a recording of a collection, as it came, for its owner to hear."""

from __future__ import annotations

from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from models.errors import N_
from runs import paths, tokens
from runs.api.responses import refusal
from runs.uploads import draft_files, drafts

TYPES = {
    ".wav": "audio/wav", ".wave": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg",
    ".oga": "audio/ogg", ".opus": "audio/ogg",
}  # fmt: skip


def piece(request: Request) -> Response:
    """The `upload` of the collection that the token names; its bytes are not looked at, and sent as sound only."""
    facts = tokens.read("pieces", request.query_params.get("token", ""))
    there = draft_files.of(facts["draft"]) if facts and drafts.find(facts["owner"], facts["draft"]) else []
    asked = request.query_params.get("upload", "")
    found = next((one for one in there if one.upload == asked), None)
    kind = TYPES.get(PurePosixPath(found.name).suffix.lower()) if found else None
    if kind is None:
        return refusal(request, 404, N_("There is no such item."))
    return FileResponse(paths.uploads() / asked, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})


ROUTES = [Route("/api/piece", piece)]
