"""HTTP beside the pages: uploads in, live metrics and bundles out. Each route checks a signed token."""

from __future__ import annotations

from functools import lru_cache
from gzip import compress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from cases.dataset import Dataset
from models.errors import N_
from runs import (
    answer_routes,
    explanations,
    files,
    items,
    piece_routes,
    predicting,
    rehearsal_routes,
    store,
    tokens,
    zipping,
)
from runs.language import say_error
from runs.live import news
from runs.receiving import upload
from runs.refusing import language, refusal


def metrics(request: Request) -> Response:
    """What is new about a run since `after`; asked once a second by every page that shows it.

    Who watched a run that was then discarded is told so, and asks no more.
    """
    facts = tokens.read("run", request.query_params.get("token", ""))
    if facts is None:
        return refusal(request, 404, N_("There is no such run."))
    run = store.run(facts["run"], facts["owner"])
    if run is None:
        return JSONResponse({"gone": True})
    after = request.query_params.get("after", "")
    return JSONResponse(news(run, int(after) if after.isdecimal() else 0, language(request)))


def bundle(request: Request) -> Response:
    facts = tokens.read("run", request.query_params.get("token", ""))
    run = store.run(facts["run"], facts["owner"]) if facts else None
    path = zipping.of(files.run(run.id)) if run else None
    if path is None:
        return refusal(request, 404, N_("There is no such run."))
    return FileResponse(path, filename=f"{Path(run.name).stem}-{run.id}.zip", media_type="application/zip")


def predictions(request: Request) -> Response:
    """The table that predicting many things at once came to; the token names that job."""
    facts = tokens.read("run", request.query_params.get("token", ""))
    job = store.run(facts["run"], facts["owner"]) if facts else None
    path = files.run(job.id) / predicting.FILE if job and job.kind == "predict" else None
    if path is None or not path.exists():
        return refusal(request, 404, N_("There is no such run."))
    name = quote(f"{Path(job.name).stem}-predictions.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(predicting.table(path, language(request)), media_type="text/csv", headers=headers)


def item(request: Request) -> Response:
    """What a sample looks like, small, or with `heard` how it sounds: `row` of the data set that the token names."""
    facts = tokens.read("dataset", request.query_params.get("token", ""))
    row = request.query_params.get("row", "")
    folder = files.datasets() / facts["dataset"] if facts else None
    if folder is None or not row.isdecimal() or not (folder / "facts.json").exists():
        return refusal(request, 404, N_("There is no such item."))
    return items.answer(request, Dataset.open(folder), int(row), seconds=86400)


def explanation(request: Request) -> Response:
    """How the explanation `key` of a run's item stands; with `file`, a picture or a sound that it came to."""
    facts = tokens.read("run", request.query_params.get("token", ""))
    run = store.run(facts["run"], facts["owner"]) if facts else None
    key, name = request.query_params.get("key", ""), request.query_params.get("file")
    if run is None or not explanations.KEY.fullmatch(key):
        return refusal(request, 404, N_("There is no such run."))
    if name is None:
        known = explanations.known(run, key)
        error = known.pop("error", None)
        return JSONResponse({**known, "message": say_error(language(request), error) if error else ""})
    path = explanations.file(run, key, name)
    if path is None:
        return refusal(request, 404, N_("There is no such item."))
    kind = {".webp": "image/webp", ".wav": "audio/wav"}[path.suffix]
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "private, no-cache"})


def plotly(request: Request) -> Response:
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"}
    return Response(_plotly(), media_type="text/javascript", headers=headers)


@lru_cache(maxsize=1)
def _plotly() -> bytes:
    """The library that Python's plotly carries, a third of the size."""
    return compress((Path(find_spec("plotly").origin).parent / "package_data/plotly.min.js").read_bytes(), 6)


ROUTES = [
    Route("/api/upload", upload, methods=["PUT"]),
    Route("/api/metrics", metrics),
    Route("/api/bundle", bundle),
    Route("/api/item", item),
    Route("/api/predictions", predictions),
    Route("/api/explanation", explanation),
    Route("/assets/plotly.js", plotly),
    *answer_routes.ROUTES,
    *piece_routes.ROUTES,
    *rehearsal_routes.ROUTES,
]
