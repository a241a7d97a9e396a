"""What is worked out from a model's answers: certainty, doubtful labels, the map, and how it is kept."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
import torch

import cases
from cases.base import UploadedFile, WorkDirs
from cases.classification import evaluation as classification_evaluation
from cases.classification import network_scores
from cases.dataset import Dataset
from cases.splits import asked, divide
from models.evaluation import projection
from models.evaluation.calibration import reliability
from models.evaluation.label_errors import neighbours, suspects
from models.evaluation.predictions import Predictions
from models.progress import QUIET, NullReporter, Stopped
from runs import paths
from runs.jobs import data_import
from runs.results import predictions
from runs.store import lifecycle, queue, records
from runs.worker import worker


def outcome(count=60, classes=3, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    shares = random.dirichlet(np.ones(classes), count)
    parts = np.array(["test", "validation", "train"])[np.arange(count) % 3]
    items = pd.DataFrame({"id": np.arange(count) * 2, "part": parts, "label": labels})
    names = tuple(f"class {n}" for n in range(classes))
    return Predictions(names, items, shares.astype(np.float32), random.normal(size=(count, 5)).astype(np.float32))


def test_an_outcome_comes_back_as_it_was_kept(tmp_path):
    kept = outcome()
    kept.save(tmp_path / "evaluation")
    again = Predictions.open(tmp_path / "evaluation")
    assert again.classes == kept.classes
    pd.testing.assert_frame_equal(again.items, kept.items)
    assert np.array_equal(again.probabilities, kept.probabilities) and np.array_equal(again.vectors, kept.vectors)
    assert {path.suffix for path in (tmp_path / "evaluation").iterdir()} == {".json", ".npy", ".parquet"}


def test_a_part_of_an_outcome_keeps_each_items_answers():
    whole = outcome()
    test = whole.of("test")
    assert set(test.items["part"]) == {"test"} and len(test.rows) == 20
    for place, row in enumerate(test.rows):
        assert np.array_equal(test.probabilities[place], whole.probabilities[row // 2])
    assert len(whole.of("test", "validation").rows) == 40


def test_a_model_that_is_right_as_often_as_it_is_sure_has_no_calibration_error():
    confidence, right = np.repeat([0.55, 0.85], 20), np.repeat([True, False, True, False], [11, 9, 17, 3])
    found = reliability(confidence, right)
    assert found.counts.tolist() == [20, 20]
    assert found.error == pytest.approx(0, abs=1e-12) and found.lean == pytest.approx(0, abs=1e-12)


def test_a_model_surer_than_right_leans_up_by_the_mean_distance():
    found = reliability(np.repeat([0.95, 0.65], [30, 10]), np.repeat([True, False, True, False], [24, 6, 5, 5]))
    expected = (30 * (0.95 - 24 / 30) + 10 * (0.65 - 5 / 10)) / 40
    assert found.error == pytest.approx(expected) and found.lean == pytest.approx(expected)


def test_labels_that_were_swapped_are_suspected_and_no_others():
    truth = np.repeat([0, 1, 2], 40)
    shares = 0.05 + 0.85 * np.eye(3)[truth]
    labels = truth.copy()
    labels[[3, 50, 100]] = [2, 0, 1]
    found, likely = suspects(shares, labels)
    assert sorted(found.tolist()) == [3, 50, 100]
    assert np.array_equal(likely, truth[found])


def test_a_hard_item_is_not_taken_for_a_wrong_label_where_no_other_class_is_much_likelier():
    shares = np.array([[0.08, 0.32, 0.3, 0.3], [0.02, 0.36, 0.32, 0.3], [0.08, 0.9, 0.01, 0.01], [0, 0, 1, 0]])
    found, likely = suspects(np.concatenate([shares, np.eye(4)]), np.array([0, 0, 0, 2, 0, 1, 2, 3]))
    assert (found.tolist(), likely.tolist()) == ([1, 2], [1, 1])


def test_each_others_nearest_with_different_labels_are_found_the_nearest_first_and_only_where_they_stand_out():
    random = np.random.default_rng(0)
    vectors = random.normal(size=(60, 8))
    vectors[[10, 20]] = vectors[[11, 21]] + random.normal(size=(2, 8)) * np.array([[0.2], [0.05]])
    vectors[31] = vectors[30] + 0.01
    labels = np.zeros(60, int)
    labels[[10, 20]] = 1
    assert neighbours(vectors, labels, QUIET).tolist() == [[20, 21], [10, 11]]
    assert len(neighbours(random.normal(size=(60, 30)), np.arange(60) % 2, QUIET)) < 4
    assert neighbours(vectors[:3], labels[:3], QUIET).shape == (0, 2)


@pytest.fixture
def dataset(pictures, zip_of, tmp_path):
    part = UploadedFile(zip_of(tmp_path / "noise.zip", pictures(12)), "noise.zip")
    return data_import.into_dataset("image_recognition", [part], "d1", NullReporter())


@pytest.mark.parametrize("mode", ["head", "full"])
def test_an_evaluation_keeps_what_the_model_said_of_every_item_it_did_not_learn_from(dataset, body, tmp_path, mode):
    case = cases.get("image_recognition")
    settings = case.Settings(model=str(body), mode=mode, epochs=1, batch_size=8, precision="fp32")
    trainer = case.tasks[0].build(settings, dataset, WorkDirs(tmp_path / "run", tmp_path / "cache"), NullReporter())
    trainer.fit(NullReporter())
    evaluation = trainer.evaluate(NullReporter())
    kept = evaluation.outcome
    parts = kept.items["part"].value_counts().to_dict()
    assert parts.pop("train", None) == (trainer.counts["train"] if mode == "head" else None)
    assert parts == {part: trainer.counts[part] for part in ("test", "validation")}
    assert kept.probabilities.sum(1) == pytest.approx(np.ones(len(kept.rows)))
    assert kept.vectors.shape == (len(kept.rows), min(projection.WIDTH, len(kept.rows)))
    test = kept.of("test")
    assert test.rows.tolist() == evaluation.predictions["id"].tolist()
    assert [kept.classes[n] for n in test.predicted] == evaluation.predictions["predicted"].tolist()
    assert test.right.mean() == pytest.approx(evaluation.metrics["accuracy"]["value"])
    labels = dataset.samples["label"].to_numpy()
    assert [kept.classes[n] for n in kept.labels] == labels[kept.rows].tolist()


def test_where_memory_runs_out_features_and_answers_are_computed_in_smaller_batches(dataset, body, tmp_path):
    case, sizes = cases.get("image_recognition"), []
    settings = case.Settings(model=str(body), epochs=1, precision="fp32")

    def narrow(_module, given):
        sizes.append(len(given[0]))
        if len(given[0]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    wide = case.tasks[0].build(settings, dataset, WorkDirs(tmp_path / "run", tmp_path / "cache"), NullReporter())
    wide.fit(NullReporter())
    rows = np.concatenate([wide.context.rows[part] for part in ("validation", "test")])
    ask = lambda: network_scores.forward(wide.items, rows, wide.context.device, NullReporter())  # noqa: E731
    expected = ask()
    hook = wide.network.body.register_forward_pre_hook(narrow)
    answered = ask()
    hook.remove()
    assert max(sizes) > 3 and sizes[-1] <= 3
    for one, other in zip(answered, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_the_map_of_a_run_is_drawn_by_a_job_and_drawn_anew_after_a_new_evaluation():
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="d1", settings={})
    folder = paths.run(run) / predictions.FOLDER
    outcome().save(folder)
    queue.claim_here(run)
    queue.end(run, "done", result={"test": {}})
    subject = records.run(run, "local")
    assert predictions.map_of(subject) is None
    job = records.create_run("local", "map", "image_recognition", "noise", subject=run)
    worker.work(queue.claim_here(job))
    assert records.run(job, "local").status == "done"
    drawn = predictions.map_of(subject)
    assert sorted(drawn["place"]) == list(range(60))
    assert np.isfinite(drawn[["x", "y"]].to_numpy()).all()
    later = (folder / predictions.MAP).stat().st_mtime_ns + 10**9
    os.utime(folder / "classes.json", ns=(later, later))
    assert predictions.map_of(subject) is None


@pytest.mark.parametrize("kind", ["map", "keep"])
def test_work_about_a_run_that_was_discarded_meanwhile_says_so(kind):
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="d1", settings={})
    outcome().save(paths.run(run) / predictions.FOLDER)
    job = records.create_run("local", kind, "image_recognition", "noise", subject=run, dataset="d1")
    lifecycle.discard(run, "local")
    worker.work(queue.claim_here(job))
    ended = records.run(job, "local")
    assert (ended.status, ended.error["found"]) == ("failed", "The model of this run no longer exists.")


def test_a_changed_test_label_is_counted_and_the_figure_by_the_labels_as_they_came_is_kept(dataset, body, tmp_path):
    case = cases.get("image_recognition")
    settings = case.Settings(model=str(body), epochs=1, batch_size=8, precision="fp32")
    test = divide(dataset, **asked(settings))["test"]
    came, others = dataset.samples["label"][test[0]], list(dataset.classes)
    changed = Dataset.open(dataset.folder, {int(test[0]): next(name for name in others if name != came)})
    trainer = case.tasks[0].build(settings, changed, WorkDirs(tmp_path / "run", tmp_path / "cache"), NullReporter())
    trainer.fit(NullReporter())
    evaluation = trainer.evaluate(NullReporter())
    assert trainer.edited == {"test": {"relabelled": 1, "left_out": 0}}
    labels, told = dataset.samples["label"], evaluation.predictions
    assert evaluation.as_read == {"accuracy": (labels.loc[told["id"]].to_numpy() == told["predicted"]).mean()}
    doubts = evaluation.outcome.out_of_fold
    assert sorted(doubts.rows.tolist()) == sorted(set(range(len(labels))) - set(test.tolist()))


def test_where_the_body_moved_its_features_judge_the_labels_beside_the_frozen_ones(dataset, body, tmp_path):
    case = cases.get("image_recognition")
    settings = case.Settings(model=str(body), mode="full", epochs=1, batch_size=8, precision="fp32")
    trainer = case.tasks[0].build(settings, dataset, WorkDirs(tmp_path / "run", tmp_path / "cache"), NullReporter())
    with torch.no_grad():  # an end far from the start: what the body makes of a picture tells other classes apart
        for weights in trainer.network.body.parameters():
            weights.add_(0.5 * torch.randn(weights.shape, generator=torch.Generator().manual_seed(0)) * weights.std())
    given = trainer.context, trainer.items, trainer.features, trainer.simple.hold
    known, answers = classification_evaluation.predict(trainer.context, trainer.items, NullReporter())
    tuned = answers.seen[len(trainer.context.rows["test"]) :]
    frozen, both = (
        classification_evaluation.with_labels(*given, known, NullReporter(), tuned=seen) for seen in (None, tuned)
    )
    assert frozen.out_of_fold.rows.tolist() == both.out_of_fold.rows.tolist()
    told = both.out_of_fold.probabilities
    assert np.allclose(told.sum(1), 1, atol=1e-5) and not np.allclose(frozen.out_of_fold.probabilities, told, atol=1e-3)

    class Stopping(NullReporter):
        judging = False

        def progress(self, what, done, total, **more):
            self.judging = what == "labels" and done < total

        def check(self):
            if self.judging:
                raise Stopped

    with pytest.raises(Stopped):
        classification_evaluation.with_labels(*given, known, Stopping(), tuned=tuned)
