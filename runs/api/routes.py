"""HTTP beside the pages: uploads in, live metrics and bundles out. Each route checks a signed token."""

from __future__ import annotations

import re
from functools import lru_cache
from gzip import compress
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from cases.dataset import Dataset
from models.errors import N_, InputError
from models.storage import checksums
from runs import machine, paths
from runs.api import bundle_zip, dataset_download, health, items, thumbnails
from runs.api import predictions as api_predictions
from runs.api.granted import granted
from runs.api.numbers import whole
from runs.api.responses import guarded, language, refusal
from runs.api.uploads import upload
from runs.backup import kept
from runs.exports.report import kept as kept_reports
from runs.exports.static_demo import archive
from runs.identity import login
from runs.jobs import batch_prediction
from runs.language import say, say_error
from runs.notices import message
from runs.results import explanations
from runs.store import dataset_rows, datasets, edits, folders, metric_rows, notices, records, shares, turns
from runs.store.records import Run
from runs.uploads import draft_files, drafts

MOST_ROWS = 5000  # of metrics in one answer
VIEW = re.compile(r"view-\d+-\d+\.webp", re.ASCII)
SOUNDS = {
    ".wav": "audio/wav", ".wave": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg",
    ".oga": "audio/ogg", ".opus": "audio/ogg",
}  # fmt: skip
PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
    ".bmp": "image/bmp",
}  # fmt: skip


def metrics(request: Request) -> Response:
    """GET /api/metrics: what is new about a run since `after`; asked once a second by every page that shows it.

    Who watched a run that was then discarded is told so, and asks no more.
    """
    facts = granted(request, "run")
    if facts is None:
        return refusal(request, 404, N_("There is no such run."))
    run = records.run(facts["run"], facts["owner"])
    return JSONResponse(_news(request, run) if run else {"gone": True})


def watched(request: Request) -> Response:
    """GET /api/watch: the same for who has a link to watch the run, and sees none of its data."""
    facts = granted(request, "watch")
    share = shares.by_id(facts["share"]) if facts else None
    run = shares.watched(share) if share else None
    if run is None:
        return JSONResponse({"gone": True})
    news = _news(request, run)
    return JSONResponse({**news, "rows": [row for row in news["rows"] if row["split"] != "probes"]})


def _news(request: Request, run: Run) -> dict[str, Any]:
    """The state of the run and the rows of metrics written since the request's `after`."""
    after, spoken = whole(request.query_params.get("after")) or 0, language(request)
    rows = metric_rows.after(run, after, MOST_ROWS)
    facts = run.facts or {}
    return {
        "rows": [{key: row[key] for key in ("split", "step", "values")} for row in rows],
        "after": rows[-1]["written"] if rows else after,
        "status": run.status,
        "phase": run.phase,
        "attempt": run.attempt,
        "ended": run.ended,
        "trained": run.past_training,
        "evaluated": bool(run.result),
        "outcome": notices.kind_of(run.status, run.error),
        "figure": (message.headline(run) or {}).get("value"),
        **_turn(run),
        "progress": run.progress,
        "references": facts.get("live_references"),
        "notes": [say(spoken, note["message"], **note["args"]) for note in run.notes or []],
        "finished": run.ended_already and len(rows) < MOST_ROWS,
    }


def _turn(run: Run) -> dict[str, Any]:
    """How many runs come first, and in how many seconds this one begins; nothing of one that has begun."""
    turn = turns.of(run, max(1, len(machine.gpus()))) if run.status == "queued" else None
    return {"queue_position": turn.before if turn else None, "begins_in": turn.seconds if turn else None}


def bundle(request: Request) -> Response:
    """GET /api/bundle: download a run's bundle as one zip."""
    facts = granted(request, "run")
    run = records.run(facts["run"], facts["owner"]) if facts else None
    try:
        path = bundle_zip.of(folders.run(run.id)) if run else None
    except InputError as error:
        return JSONResponse({"message": say_error(language(request), error.as_json())}, 410)
    if run is None or path is None:
        return refusal(request, 404, N_("There is no such run."))
    return FileResponse(path, filename=f"{Path(run.name).stem}-{run.id}.zip", media_type="application/zip")


def report(request: Request) -> Response:
    """GET /api/report: the report of a run that the token names, as its page made it."""
    facts = granted(request, "report")
    run = records.run(facts["run"], facts["owner"]) if facts else None
    path = kept_reports.find(run, facts["report"]) if facts and run else None
    if facts is None or run is None or path is None:
        return refusal(request, 404, N_("There is no such report. Create it again."))
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    name = "-".join(filter(None, [Path(run.name).stem, run.id, facts.get("language", "")]))
    return FileResponse(path, filename=f"{name}.html", media_type="text/html", headers=headers)


def static_demo(request: Request) -> Response:
    """GET /api/static_demo: download a demo that needs no server; the token names the job that wrote it."""
    facts = granted(request, "run")
    job = records.run(facts["run"], facts["owner"]) if facts else None
    path = folders.run(job.id) / archive.FILE if job and job.kind == "static_demo" else None
    if job is None or path is None or not path.exists():
        return refusal(request, 404, N_("There is no such run."))
    if not checksums.intact(path):
        return refusal(request, 410, N_("The demo is missing or damaged. Create it again."))
    return FileResponse(path, filename=f"{archive.named(job.name)}.zip", media_type="application/zip")


def predictions(request: Request) -> Response:
    """The table that predicting many things at once came to; the token names that job."""
    facts = granted(request, "run")
    job = records.run(facts["run"], facts["owner"]) if facts else None
    path = folders.run(job.id) / batch_prediction.FILE if job and job.kind == "predict" else None
    if job is None or path is None or not path.exists():
        return refusal(request, 404, N_("There is no such run."))
    if checksums.beside(path).exists() and not checksums.intact(path):
        return refusal(
            request, 410, N_("The table of predictions is missing or damaged. Predict the same files again.")
        )
    name = quote(f"{Path(job.name).stem}-predictions.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    subject = records.subject(job)
    least = batch_prediction.threshold(subject, job) if subject else None
    content = batch_prediction.table(path, language(request), least)
    return Response(content, media_type="text/csv", headers=headers)


def item(request: Request) -> Response:
    """What a sample looks like, small, with `heard` how it sounds, with `whole` the picture as it came: `row` of the
    data set that the token names."""
    facts = granted(request, "dataset")
    row = whole(request.query_params.get("row"))
    if facts is None or row is None or not datasets.is_there(facts["dataset"], facts.get("owner", "")):
        return refusal(request, 404, N_("Example not found."))
    answer = items.whole if "whole" in request.query_params else items.answer
    return answer(request, Dataset.open(paths.datasets() / facts["dataset"]), row, seconds=86400)


def thumbnail(request: Request) -> Response:
    """What the data set that the token names looks like, as one small picture."""
    facts = granted(request, "dataset")
    if facts is None or not datasets.is_there(facts["dataset"], facts.get("owner", "")):
        return refusal(request, 404, N_("Example not found."))
    return thumbnails.answer(Dataset.open(paths.datasets() / facts["dataset"]))


def dataset(request: Request) -> Response:
    """GET /api/dataset: the data set that the token names as it came, with the corrections of its owner; where it names
    `settings` too, a notebook of a training by them, with what that needs."""
    facts = granted(request, "export")
    row = dataset_rows.by_id(facts["dataset"], facts["owner"]) if facts else None
    run = records.run(facts["run"], facts["owner"]) if facts and facts.get("run") else None
    changed = datasets.edits_of(run) if run else edits.current(row.owner, row.id) if row else None
    opened = datasets.opened(row, changed) if row else None
    if facts is None or opened is None:
        return refusal(request, 404, N_("This data set is not on the server. Upload the file again."))
    try:
        if "settings" in facts:
            return dataset_download.with_notebook(opened, facts["settings"], language(request), run)
        return dataset_download.answer(opened)
    except InputError as error:  # the data cannot be divided by these settings
        return JSONResponse({"message": say_error(language(request), error.as_json())}, 422)
    except FileNotFoundError:
        return refusal(request, 410, N_("Some of the files are missing. Upload the data again."))


def backup(request: Request) -> Response:
    """GET /api/backup: the backup that the token names, as it lies there, in parts where the browser asks for parts.

    Whoever is no host, or no longer, is answered as if there were none; so is everyone where nobody logs in.
    """
    facts, session = granted(request, "backup"), login.session(request.headers)
    found = kept.find(facts["backup"]) if facts and session and session.person.host else None
    if found is None:
        return refusal(request, 404, N_("There is no such backup."))
    headers = {"Cache-Control": "no-store"}
    return FileResponse(found.path, filename=found.name, media_type="application/x-tar", headers=headers)


def explanation(request: Request) -> Response:
    """How the explanation `key` of a run's item stands; with `file`, a picture or a sound that it came to."""
    facts = granted(request, "run")
    run = records.run(facts["run"], facts["owner"]) if facts else None
    key, name = request.query_params.get("key", ""), request.query_params.get("file")
    if run is None or not explanations.KEY.fullmatch(key):
        return refusal(request, 404, N_("There is no such run."))
    if name is None:
        known = explanations.known(run, key)
        error = known.pop("error", None)
        return JSONResponse({**known, "message": say_error(language(request), error) if error else ""})
    path = explanations.file(run, key, name)
    if path is None:
        return refusal(request, 404, N_("Example not found."))
    kind = {".webp": "image/webp", ".wav": "audio/wav"}[path.suffix]
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "private, no-cache"})


def view(request: Request) -> Response:
    """What a training would see of one item, as the profile that the token names drew it."""
    facts = granted(request, "run")
    run = records.run(facts["run"], facts["owner"]) if facts else None
    name = request.query_params.get("name", "")
    path = folders.run(run.id) / name if run and run.kind == "profile" and VIEW.fullmatch(name) else None
    if path is None or not path.exists():
        return refusal(request, 404, N_("Example not found."))
    return FileResponse(path, media_type="image/webp", headers={"Cache-Control": "private, max-age=86400"})


def piece(request: Request) -> Response:
    """A recording or picture of the collection that the token names, as it came, for its owner alone; its bytes are not
    looked at, and sent as nothing else."""
    facts = granted(request, "pieces")
    there = draft_files.of(facts["draft"]) if facts and drafts.find(facts["owner"], facts["draft"]) else []
    asked = request.query_params.get("upload", "")
    found = next((one for one in there if one.upload == asked), None)
    kind = (SOUNDS | PICTURES).get(PurePosixPath(found.name).suffix.lower()) if found else None
    if kind is None:
        return refusal(request, 404, N_("Example not found."))
    return FileResponse(paths.uploads() / asked, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})


def plotly(request: Request) -> Response:
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"}
    return Response(_plotly(), media_type="text/javascript", headers=headers)


@lru_cache(maxsize=1)
def _plotly() -> bytes:
    """The library that Python's plotly carries, a third of the size."""
    file = distribution("plotly").locate_file("plotly/package_data/plotly.min.js")
    return compress(Path(str(file)).read_bytes(), 6)


PLOTLY, WATCH = Route("/assets/plotly.js", plotly), Route("/api/watch", watched)
HEALTH = Route("/api/health", health.health)
ROUTES = guarded(
    Route("/api/upload", upload, methods=["PUT"]),
    Route("/api/metrics", metrics),
    WATCH,
    Route("/api/bundle", bundle),
    Route("/api/report", report),
    Route("/api/item", item),
    Route("/api/thumbnail", thumbnail),
    Route("/api/dataset", dataset),
    Route("/api/backup", backup),
    Route("/api/predictions", predictions),
    Route("/api/static_demo", static_demo),
    Route("/api/explanation", explanation),
    Route("/api/view", view),
    Route("/api/piece", piece),
    HEALTH,
    Route("/api/ready", health.ready),
    PLOTLY,
    *api_predictions.ROUTES,
)
