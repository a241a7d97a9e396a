"""What a webhook is told of a training: as figures for a program, and as one sentence for people."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import cases
from cases import tasks
from models.errors import N_
from models.evaluation.metrics import NAMES, is_share
from runs.language import say, say_error
from runs.search.journal import KIND as SEARCH
from runs.store.notices import DIVERGED, DONE, FAILED, OVERFIT, STOPPED
from runs.store.records import Run
from runs.store.webhooks import Webhook

TEST = "test"  # a kind that only asks whether notices arrive
SENTENCES = {
    DONE: N_("“{name}” is done: {_metric} {figure}."),
    FAILED: N_("“{name}” failed."),
    STOPPED: N_("“{name}” was stopped."),
    DIVERGED: N_("“{name}” diverged."),
    OVERFIT: N_("“{name}” overfits: the training loss still falls, the validation loss rises."),
}


def headline(run: Run) -> dict[str, Any] | None:
    """The metric that is told first of a run, its value with its interval, and how it is written."""
    if not run.result:
        return None
    metric = tasks.of(cases.get(run.case), run.settings, run.facts).metric
    measured = run.result["test"][metric]
    text = f"{measured['value']:.1%}" if is_share(metric) else f"{measured['value']:.3f}"
    return {"metric": metric, "text": text, **{name: measured[name] for name in ("value", "low", "high")}}


def of(run: Run, kind: str, hook: Webhook) -> bytes:
    """The body for one of `runs.store.notices`' kinds, in the language of who gave the address."""
    figure = headline(run)
    told = {"_metric": _named(figure["metric"]), "figure": figure["text"]} if figure else {"_metric": "", "figure": ""}
    name = say(hook.language, N_("Search: {name}"), name=run.name) if run.kind == SEARCH else run.name
    sentences = [say(hook.language, SENTENCES[kind], name=name, **told)]
    if kind in (FAILED, DIVERGED) and run.error:
        sentences.append(say_error(hook.language, run.error))
    link = f"{hook.page.rstrip('/')}/{run.case}?run={quote(run.id)}" if hook.page else ""
    return _body(kind, "".join(sentences) if hook.language == "zh" else " ".join(sentences), {
        "run": {"id": run.id, "name": run.name, "case": run.case, "status": run.status}, "figure": figure,
        "link": link,
    })  # fmt: skip


def _named(metric: str) -> str:
    """A message id; lists of ten are not told apart from others in a sentence."""
    kind = metric.partition("@")[0]
    return NAMES.get(kind, kind)


def trial(hook: Webhook) -> bytes:
    """The body that is sent when a person asks whether notices arrive."""
    return _body(TEST, say(hook.language, N_("A test: notices of Casebook arrive here.")), {})


def _body(kind: str, text: str, more: dict[str, Any]) -> bytes:
    told = {"event": kind, "text": text, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **more}
    return json.dumps(told, ensure_ascii=False).encode()
