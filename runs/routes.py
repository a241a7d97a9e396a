"""HTTP beside the pages: uploads in, live metrics and bundles out. Each route checks a signed token."""

from __future__ import annotations

import errno
import hashlib
import secrets
from functools import lru_cache
from gzip import compress
from importlib.util import find_spec
from pathlib import Path

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

import cases
from cases.dataset import Dataset
from models.errors import N_
from runs import files, store, tokens
from runs.language import LANGUAGES, say
from runs.live import news

MOST_BYTES = 20 * 2**30


async def upload(request: Request) -> Response:
    """PUT the bytes of one file; it goes straight to disk and then waits to be read. Answers with the run's id."""
    facts = tokens.read("upload", request.headers.get("x-upload-token", ""))
    if facts is None:
        return _refusal(request, 403, N_("This page has been open too long. Reload it and upload again."))
    name = Path(request.query_params.get("name", "")).name[:200] or "upload"
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
        return _refusal(request, 507, N_("The server's disk is full. Ask whoever runs it to free some space."))
    if size > MOST_BYTES:
        path.unlink()
        return _refusal(request, 413, N_("The file is larger than 20 GB. Split it, or reduce the pictures first."))
    return JSONResponse({"run": await anyio.to_thread.run_sync(_queue, facts, identity, name, size, digest)})


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


def _queue(facts: dict[str, str], identity: str, name: str, size: int, digest: str) -> str:
    store.add_upload(facts["owner"], identity, name, size, digest)
    parts = [{"upload": identity, "split": ""}]
    return store.create_run(facts["owner"], "read", facts["case"], name, parts=parts)


def metrics(request: Request) -> Response:
    """What is new about a run since `after`; asked once a second by every page that shows it."""
    facts = tokens.read("run", request.query_params.get("token", ""))
    run = store.run(facts["run"], facts["owner"]) if facts else None
    if run is None:
        return _refusal(request, 404, N_("There is no such run."))
    after = request.query_params.get("after", "")
    return JSONResponse(news(run, int(after) if after.isdecimal() else 0, _language(request)))


def bundle(request: Request) -> Response:
    facts = tokens.read("run", request.query_params.get("token", ""))
    run = store.run(facts["run"], facts["owner"]) if facts else None
    path = files.run(run.id) / "bundle.zip" if run else None
    if path is None or not path.exists():
        return _refusal(request, 404, N_("There is no such run."))
    return FileResponse(path, filename=f"{Path(run.name).stem}-{run.id}.zip", media_type="application/zip")


def item(request: Request) -> Response:
    """What a sample looks (or sounds) like, small: `row` of the data set that the token names."""
    facts = tokens.read("dataset", request.query_params.get("token", ""))
    row = request.query_params.get("row", "")
    folder = files.datasets() / facts["dataset"] if facts else None
    if folder is None or not row.isdecimal() or not (folder / "facts.json").exists():
        return _refusal(request, 404, N_("There is no such item."))
    shown = cases.get(facts["case"]).show(Dataset.open(folder), int(row))
    if shown is None:
        return _refusal(request, 404, N_("There is no such item."))
    content, media_type = shown
    return Response(content, media_type=media_type, headers={"Cache-Control": "private, max-age=86400"})


def plotly(request: Request) -> Response:
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"}
    return Response(_plotly(), media_type="text/javascript", headers=headers)


@lru_cache(maxsize=1)
def _plotly() -> bytes:
    """The library that Python's plotly carries, a third of the size."""
    return compress((Path(find_spec("plotly").origin).parent / "package_data/plotly.min.js").read_bytes(), 6)


def _refusal(request: Request, status: int, message: str) -> Response:
    return JSONResponse({"message": say(_language(request), message)}, status)


def _language(request: Request) -> str:
    asked = request.query_params.get("lang", "en")
    return asked if asked in LANGUAGES else "en"


ROUTES = [
    Route("/api/upload", upload, methods=["PUT"]),
    Route("/api/metrics", metrics),
    Route("/api/bundle", bundle),
    Route("/api/item", item),
    Route("/assets/plotly.js", plotly),
]
