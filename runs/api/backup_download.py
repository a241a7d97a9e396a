"""GET /api/backup: a backup that lies in the home, for a host."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from models.errors import N_
from runs.api.granted import granted
from runs.api.responses import refusal
from runs.backup import kept
from runs.identity import login


def backup(request: Request) -> Response:
    """The file that the token names, as it lies there, in parts where the browser asks for parts.

    Whoever is no host, or no longer, is answered as if there were none; so is everyone where nobody logs in.
    """
    facts = granted(request, "backup")
    session = login.session(request.headers)
    found = kept.find(facts["backup"]) if facts and session and session.person.host else None
    if found is None:
        return refusal(request, 404, N_("There is no such backup."))
    return FileResponse(found.path, filename=found.name, media_type="application/x-tar",
                        headers={"Cache-Control": "no-store"})  # fmt: skip


ROUTE = Route("/api/backup", backup)
