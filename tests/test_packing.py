"""A run has its result once it is evaluated; its model is packed behind that. How it ended is written in one place."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from opened_pages import sound
from station import SHORT, case_of

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import QUIET, NullReporter
from runs import kinds, paths
from runs.jobs import data_import
from runs.store import dataset_rows, lifecycle, queue, records, shares
from runs.worker import worker
from runs.worker.reporter import StoreReporter


class Watching(NullReporter):
    """Keeps what the run's row told when packing began, and bars the place of the bundle where it is to fail."""

    def __init__(self, identity, *, barred):
        self.identity, self.barred = identity, barred

    def phase(self, name):
        if name == "exporting":
            self.then = records.run(self.identity, "local")
            if self.barred:
                (paths.run(self.identity) / "bundle.partial").write_text("in the way")


def trained(materials, case, *, barred):
    body, archive = materials[case]
    digest = data_import.sha256_of(archive)[:16]
    read = data_import.into_dataset(case_of(case), [UploadedFile(archive, archive.name)], digest, QUIET)
    dataset_rows.add_version("local", digest, case_of(case), read.name, None)
    settings = as_json(cases.get(case_of(case)).Settings(**{"model": str(body), **SHORT[case], "epochs": 1}))
    identity = records.create_run("local", "fine_tune", case_of(case), "noise", dataset=digest, settings=settings)
    run, watching = queue.claim_here(identity), Watching(identity, barred=barred)
    worker.work(run, StoreReporter(run, watching))
    return records.run(identity, "local"), watching.then


@pytest.mark.parametrize("case", ["image_recognition", "recommendation", "speech: transcribe"])
def test_a_run_has_its_result_before_its_model_is_packed(materials, tokens_at_hand, case):
    run, then = trained(materials, case, barred=False)
    assert (run.status, run.error, run.packed) == ("done", None, True)
    assert (then.status, then.packed) == ("running", False)
    assert then.result["test"] == run.result["test"] and then.result["references"] == run.result["references"]
    assert set(run.result) - set(then.result) <= {"onnx", "script", "shipped", "bundle"}
    assert then.result["seconds"]["train"] and "export" in run.result["seconds"]
    assert not list(paths.run(run.id).glob("checkpoint-*"))


def test_where_packing_fails_the_figures_stay_and_the_page_says_what_is_missing(materials, home, open_run):
    run, _ = trained(materials, "image_recognition", barred=True)
    assert run.status == "failed" and not run.packed
    token = shares.create(run, days=1)
    assert shares.run_of(shares.by_token(token)) is None
    app = sound(open_run(run.id))
    assert "Exporting the model failed. The metrics above remain valid. Resume the run to try again." in [
        one.value for one in app.info
    ]
    assert "See result" in [button.label for button in app.button]
    assert not any("7 · Keep" in one.value for one in app.header)
    (paths.run(run.id) / "bundle.partial").unlink()
    lifecycle.resume(run.id, "local")
    worker.work(queue.claim_here(run.id))
    assert records.run(run.id, "local").packed


def test_work_that_returns_nothing_ends_as_failed_with_the_cause(monkeypatch, home):
    monkeypatch.setitem(sys.modules, "runs.forgetful", SimpleNamespace(work=lambda run, report: None))
    monkeypatch.setitem(kinds.KINDS, "map", kinds.Kind("map", "interactive", "forgetful.work"))
    identity = records.create_run("local", "map", "image_recognition", "noise")
    worker.work(queue.claim_here(identity))
    run = records.run(identity, "local")
    assert run.status == "failed" and "returned None in place of a JobResult" in run.error["args"]["cause"]
