"""A model is tried while it trains: its best epoch so far answers, and nothing of the test part is looked at."""

from __future__ import annotations

import multiprocessing

import pytest
from compared_runs import measured
from opened_pages import create, dataset, image_page, open_page, said, sound  # noqa: F401  fixtures of the pages
from workshop import FORKS, done, killed, queued

from cases.dataset import Dataset
from runs import paths
from runs.inference import predict
from runs.inference.predict import Question
from runs.language import say
from runs.store import queue, records


def snapshot(run):
    return records.create_run("local", "snapshot", run.case, run.name, subject=run.id, dataset=run.dataset,
                              settings=run.settings, edits=run.edits)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_the_best_epoch_so_far_answers_while_the_training_goes_on(home, materials):
    identity = queued(materials, "image_recognition")
    killed(identity, "training", "training", share=0.7)  # its checkpoints are those of a training that goes on
    run = records.run(identity, "local")
    before = sorted(path.name for path in paths.run(identity).iterdir())
    made = done(snapshot(run))
    assert made.status == "done", made.error
    assert made.result["epoch"] in (0, 1, 2)  # 0: its start, if that is the best
    assert sorted(path.name for path in paths.run(identity).iterdir()) == before  # it is not touched
    assert not [*paths.run(made.id).glob("checkpoint-*")]
    data = Dataset.open(paths.datasets() / str(run.dataset))
    given = next(path for path in sorted((data.folder / "files").rglob("*")) if path.is_file())
    question = Question("image_recognition", made.id, str(run.dataset))
    with multiprocessing.get_context("spawn").Pool(1) as pool:  # whoever answers limits the memory of its process
        [answer] = pool.apply(predict.reply, (question, [given], 0))["answers"]
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert set(answer["labels"]) <= set(data.classes)


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_offers_it_says_which_epoch_it_is_and_offers_a_newer_one(open_page, dataset, locale):  # noqa: F811
    run = create()
    queue.claim_here(run)
    spoken = locale[:2]
    app = sound(image_page(open_page, run=run, locale=locale))
    assert say(spoken, "The model can be tried here after its first epoch, while training goes on.") in [
        one.value for one in app.caption
    ]
    losses = [("validation", n, {"epoch": float(n), "loss": loss}) for n, loss in ((1, 1.0), (2, 0.8), (3, 0.9))]
    measured(run, losses)
    app = sound(image_page(open_page, run=run, locale=locale))
    button = app.button(key=f"snapshot_{run}")
    assert button.label == say(spoken, "Try the model so far (epoch {n})", n=2)
    sound(button.click().run())
    job = records.latest("snapshot", run, "local")
    queue.claim_here(job.id)
    queue.end(job.id, "done", result={"epoch": 1})
    app = sound(image_page(open_page, run=run, locale=locale))
    told = say(spoken, "This is the model after epoch {n}. It is still learning and was not evaluated yet.", n=1)
    assert told in [one.value for one in app.info]
    sound(app.button(key=f"snapshot_{run}").click().run())
    assert records.run(job.id, "local") is None  # the earlier one is discarded
    assert records.latest("snapshot", run, "local").status == "queued"
