"""What the cards of a model and of its demo say to a hub: the front matter of their README.md."""

from __future__ import annotations

import re
from typing import Any

import cases
from cases import tasks
from cases.dataset import Dataset
from models.evaluation.metrics import FORMER_NAMES, NORMALISATION
from models.pretrained import catalog, hub
from runs import paths
from runs.exports import licence
from runs.store import dataset_rows, datasets, folders
from runs.store.records import Run

LICENCES = frozenset({  # as hubs call them; others go under "other", with their name
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd-2-clause", "bsd-3-clause", "bsd", "bsl-1.0", "cc",
    "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "ecl-2.0", "epl-2.0", "gemma", "gpl", "gpl-2.0",
    "gpl-3.0", "isc", "lgpl-2.1", "lgpl-3.0", "mit", "mpl-2.0", "ms-pl", "odbl", "openrail", "openrail++", "osl-3.0",
    "unlicense", "wtfpl", "zlib",
})  # fmt: skip
METRICS = {"macro_f1": "f1"}  # as hubs call them, where they have another name for it
_ISO = re.compile(r"[a-z]{2,3}")


def of_model(run: Run, name: str) -> dict[str, Any]:
    """The front matter of a run's model card.

    Args:
        name: of the repository, without its owner.
    """
    task, model = tasks.of(cases.get(run.case), run.settings, run.facts), licence.model_of(run)
    portable = any((folders.run(run.id) / "bundle").glob("*.onnx"))
    base = model.partition("@")[0]
    known = {
        **_licence(run),
        "library_name": "onnx" if portable else "",
        "pipeline_tag": task.pipeline_tag,
        "language": _languages(run),
        "base_model": base if catalog.find(model) is None and hub.ID.fullmatch(model) else "",
        "tags": ["casebook", *(["onnx"] if portable else []), run.case.replace("_", "-")],
        "metrics": list(dict.fromkeys(METRICS.get(one, one) for one in _tested(run))),
        "model-index": [{"name": name, "results": [_results(run, task.pipeline_tag or task.name)]}],
    }
    return {field: value for field, value in known.items() if value}


def of_space(run: Run, repo: str, title: str) -> dict[str, Any]:
    """The front matter of a static demo.

    Args:
        repo: of the model, with its owner.
    """
    return {
        "title": title[:100] or repo, "emoji": "\N{OPEN BOOK}", "colorFrom": "green", "colorTo": "gray",
        "sdk": "static", "app_file": "index.html", "pinned": False, "models": [repo], **_licence(run),
    }  # fmt: skip


def _licence(run: Run) -> dict[str, str]:
    """That of the pretrained weights, which holds for what was made of them; nothing where it is not known."""
    stated = licence.of(run)
    known = stated.lower().replace(" ", "-")
    if not stated or known in LICENCES:
        return {"license": known} if stated else {}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.-]+", "-", known).strip("-")[:64]}


def _languages(run: Run) -> list[str]:
    """ISO 639 codes: that of the transcripts, or those that the texts of the data are in."""
    told = [str((run.facts or {}).get("language") or "")]
    case = cases.get(run.case)
    if "language" in case.mix and datasets.is_there(str(run.dataset), run.owner):
        samples = Dataset.open(paths.datasets() / str(run.dataset)).as_read
        told += sorted(samples["language"].dropna().astype(str).unique()) if "language" in samples else []
    return [code for code in told if _ISO.fullmatch(code)]


def _tested(run: Run) -> dict[str, dict[str, float]]:
    return (run.result or {}).get("test", {})


def _rules(run: Run, metric: str) -> str:
    """By which its texts were compared, where it is an error rate."""
    return f" ({(run.result or {}).get(NORMALISATION) or 'whisper'})" if metric in FORMER_NAMES else ""


def _results(run: Run, kind: str) -> dict[str, Any]:
    row = dataset_rows.by_id(str(run.dataset), run.owner)
    data = row.name if row else run.name
    metrics = [
        {"type": METRICS.get(name, name), "value": round(one["value"], 6), "name": f"Test {name}{_rules(run, name)}"}
        for name, one in _tested(run).items()
    ]
    return {"task": {"type": kind}, "dataset": {"name": data, "type": "private", "split": "test"}, "metrics": metrics}
