"""What a training would see of a few items, as a profile wrote it."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from models.errors import N_
from runs import paths, tokens
from runs.api.responses import refusal
from runs.store import records

NAME = re.compile(r"view-\d+-\d+\.webp", re.ASCII)


def view(request: Request) -> Response:
    """One file of the profile that the token names."""
    facts = tokens.read("run", request.query_params.get("token", ""))
    run = records.run(facts["run"], facts["owner"]) if facts else None
    name = request.query_params.get("name", "")
    path = paths.run(run.id) / name if run and run.kind == "profile" and NAME.fullmatch(name) else None
    if path is None or not path.exists():
        return refusal(request, 404, N_("There is no such item."))
    return FileResponse(path, media_type="image/webp", headers={"Cache-Control": "private, max-age=86400"})


ROUTES = [Route("/api/view", view)]
