"""A training that is stopped gives what it had learnt by then, says which model that is, and goes on exactly."""

from __future__ import annotations

import pytest
import workshop
from opened_pages import RESULT, create, dataset, image_page, open_page, said  # noqa: F401  fixtures

from models.progress import NullReporter, Stopped
from models.training.ranks.agreement import AgreedReporter
from runs import paths
from runs.store import lifecycle, queue, records
from runs.worker import worker
from runs.worker.reporter import StoreReporter

pytestmark = pytest.mark.slow

HEAD = {"mode": "head", "epochs": 3, "batch_size": 8, "precision": "fp32"}
ENGINES = {  # what trains, otherwise than in `SHORT` → after which step it is stopped, 0: after the epoch's last one
    "image_recognition": ({"epochs": 2}, 2),
    "text_analysis": (HEAD, 0),
    "speech: transcribe": ({"epochs": 2}, 2),
    "recommendation": ({"epochs": 2}, 2),
}


class Impatient(NullReporter):
    """Asks to stop once so many steps are done."""

    def __init__(self, run, after):
        self.run, self.after, self.steps, self.report = run, after, 0, None

    def progress(self, what, done, total, *, epochs=1, **more):
        if what == "training":
            self.steps = total // epochs
            if done == (self.after or self.steps):
                lifecycle.ask_to_stop(self.run.id, "local")
                self.report.flush()


def begin(engine, materials):
    return workshop.queued(materials, engine, **ENGINES[engine][0])


def go(identity):
    worker.work(queue.claim_here(identity))
    return records.run(identity, "local")


@pytest.mark.parametrize("engine", ENGINES)
def test_stopped_in_its_first_epoch_a_training_gives_the_model_of_the_steps_that_were_done(
    materials, tokens_at_hand, learnt, engine
):
    identity, after = begin(engine, materials), ENGINES[engine][1]
    run = queue.claim_here(identity)
    impatient = Impatient(run, after)
    impatient.report = StoreReporter(run, beside=impatient)
    worker.work(run, impatient.report)
    stopped, keeping = records.run(identity, "local"), records.latest("keep", identity, "local")
    assert stopped.status == "stopped"
    assert keeping.created <= stopped.ended  # a page opened just then does not say for good that nothing was kept
    assert go(keeping.id).status == "done", records.run(keeping.id, "local").error
    result = records.run(identity, "local").result
    told, steps = result["stopped"], impatient.steps
    assert (told["step"], told["steps"] // told["epochs"], told["epoch"]) == (after or steps, steps, None)
    assert result["test"] and (paths.run(identity) / "bundle").is_dir()

    if engine == "speech: transcribe":
        return  # its trainer is that of pictures
    lifecycle.resume(identity, "local")
    resumed = go(identity)
    assert resumed.status == "done" and "stopped" not in resumed.result
    assert learnt(resumed) == learnt(go(begin(engine, materials)))


class Asked(NullReporter):
    """Somebody wishes to stop."""

    def check(self):
        raise Stopped


def test_of_several_processes_the_first_stops_at_once_while_the_others_wait_and_else_with_them():
    report = AgreedReporter(Asked(), None)
    report.check()  # no process stops at a step before all have agreed
    with report.by_itself(), pytest.raises(Stopped):
        report.check()
    report.check()


def stopped_page(open_page, stopped=None, locale="en-GB"):  # noqa: F811
    run = create("stopped")
    if stopped:
        queue.keep_result(run, "stopped", result={**RESULT, "stopped": stopped})
    return said(image_page(open_page, run=run, locale=locale)), run


def test_the_page_says_which_model_a_stopped_run_gave(open_page, dataset):  # noqa: F811
    first = {"step": 34, "steps": 300, "epochs": 3, "epoch": None}
    told, _run = stopped_page(open_page, first)
    assert "Stopped at step 34 of 100 in the first epoch. This model was not validated." in told
    told, _run = stopped_page(open_page, first, "zh-CN")
    assert "训练在第 1 轮的第 34/100 步停止。这个模型尚未在验证集上评估。" in told
    told, _run = stopped_page(open_page, {"step": 234, "steps": 300, "epochs": 3, "epoch": 1})
    assert "Stopped in epoch 3 of 3. This is the best checkpoint, from epoch 1." in told
    assert any("Resume the run before changing its settings" in text for text in told)
    assert not any("More data usually helps" in text for text in told)


def test_where_nothing_could_be_kept_the_page_says_so_and_what_can_be_done(open_page, dataset):  # noqa: F811
    told, run = stopped_page(open_page)
    nothing = "Stopped before the first training step, so there is no model. Resume or delete the run."
    assert nothing in told
    keeping = records.create_run("local", "keep", "image_recognition", "x", subject=run, dataset="d1")
    assert nothing not in said(image_page(open_page, run=run))
    error = {"found": "The disk is full.", "expected": "It needs room.", "remedy": "Free some space.", "args": {}}
    queue.claim_here(keeping)
    queue.end(keeping, "failed", error=error)
    [told] = [text for text in said(image_page(open_page, run=run)) if "could not be evaluated" in text]
    assert told == "The stopped model could not be evaluated. The disk is full. It needs room. Free some space."
