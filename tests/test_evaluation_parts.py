"""Every part of an evaluation is computed whatever the sizes of the data are, and a fault in one costs nothing else."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import made_items
import made_sounds
import made_speech
import made_texts
import numpy as np
import pytest
import workshop

import cases
from cases.base import UploadedFile, WorkDirs
from cases.classification import ensemble, out_of_fold
from cases.classification import evaluation as of_classes
from cases.ranking import split
from cases.ranking.networks import LIST
from cases.recommendation import evaluation as of_lists
from cases.recommendation import item_knn, item_weights
from cases.speech.transcription import label_losses
from cases.speech.transcription import trainer as of_transcripts
from cases.text_analysis import tfidf
from cases.text_analysis.tfidf import WordCounts
from cases.training import proof
from models.evaluation import projection, slices
from models.heads import linear_probe, statistics_probe
from models.progress import QUIET
from runs import kinds, paths
from runs.jobs import data_import
from runs.results import evaluation_parts, label_doubts
from runs.results.evaluation_parts import FAILED
from runs.store import lifecycle, metric_rows, queue, records, shares
from runs.worker import worker
from runs.worker.reporter import StoreReporter

pytestmark = pytest.mark.slow

QUICK = {"epochs": 1, "batch_size": 8, "precision": "fp32"}
LARGER = {"validation": 0.2, "test": 0.5}  # a test part larger than the training part
ITEMS = 60
AROUND = (0, 1)  # how far a bound lies below the count that it bounds; above it lies in every other test
FULL = (("test",), ("test", "validation"), ("test", "validation", "train"))  # parts that fill the map
OTHERS = (("text_analysis", "full", 1), ("image_recognition", "head", 1), ("speech", "head", 0))
TEXT_FAULTS = {
    "labels": (out_of_fold, "predictions", "evaluation/out_of_fold/probabilities.npy"),
    "second_model": (ensemble, "judge", "evaluation/probabilities.npy"),
}
FAULTS = {  # a case or a task, and of each part that fails: what fails in it, and the file that it leaves
    "pictures": ("image_recognition", {"map": (of_classes, "with_map", "evaluation/vectors.npy")}),
    "texts": ("text_analysis", TEXT_FAULTS),
    "transcripts": ("speech: transcribe", {"labels": (label_losses, "losses", "losses.parquet")}),
    "items": ("recommendation", {"map": (of_lists, "item_map", "catalogue.parquet")}),
}
SETTINGS = {"epochs": 1, "words": "with"}  # of texts; the others learn for an epoch, too


@pytest.fixture(scope="module")
def material(tmp_path_factory, body, text_body, sound_bodies, pictures, zip_of):
    """The small body and some data of each case of classes, and a cache."""
    folder = tmp_path_factory.mktemp("material")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(folder / "home"))
        part = UploadedFile(zip_of(folder / "noise.zip", pictures(ITEMS // 3)), "noise.zip")
        noise = data_import.into_dataset("image_recognition", [part], "noise", QUIET)
    return {
        "image_recognition": (body, noise, folder / "images"),
        "text_analysis": (text_body, made_texts.write(folder / "texts", ITEMS), folder / "reading"),
        "speech": (sound_bodies["whisper"], made_sounds.write(folder / "tones", count=ITEMS), folder / "hearing"),
    }


@pytest.fixture
def evaluated(material, tmp_path):
    """Train on the data of a case and evaluate, with the bounds that `limits` sets by the counts of its parts."""

    def evaluating(name, limits, **chosen):
        body, dataset, kept = material[name]
        case = cases.get(name)
        (tmp_path / "run").mkdir()
        settings = case.Settings(**{"model": str(body), **QUICK, **LARGER, **chosen})
        trainer = case.tasks[0].build(settings, dataset, WorkDirs(tmp_path / "run", kept), QUIET)
        limits(trainer.counts)
        trainer.fit(QUIET)
        evaluation = trainer.evaluate(QUIET)
        places = proof.drawn(trainer.counts["test"], seed=0)
        assert len(np.unique(places)) == min(proof.MOST, trainer.counts["test"])
        return trainer.counts, evaluation

    return evaluating


@pytest.mark.parametrize(
    ("name", "mode", "full", "beyond"),
    [*(("text_analysis", "head", full, beyond) for full in FULL for beyond in AROUND),
     *((name, mode, FULL[1], beyond) for name, mode, beyond in OTHERS)],
)  # fmt: skip
def test_the_parts_of_an_evaluation_are_there_around_every_bound(evaluated, monkeypatch, name, mode, full, beyond):
    """`full`: the parts whose items fill the map, to `beyond` its bound; every other bound lies as near to the part
    that it bounds."""

    def limits(counts):
        learnt = counts["train"] + counts["validation"]
        room = sum(counts[part] for part in full)
        for module, constant, items in (
            (projection, "MOST", room), (proof, "MOST", counts["test"]), (of_classes, "MOST_COMPARED", ITEMS),
            (linear_probe, "MOST", learnt), (tfidf, "MOST_TEXTS", counts["train"]),
            (statistics_probe, "MOST", counts["train"]),
        ):  # fmt: skip
            monkeypatch.setattr(module, constant, items - beyond)

    counts, found = evaluated(name, limits, mode=mode, **({"words": "with"} if name == "text_analysis" else {}))
    outcome = found.outcome
    assert counts["test"] > counts["train"] and found.failures == {}
    assert sorted(outcome.out_of_fold.rows.tolist()) == sorted(set(range(ITEMS)) - set(outcome.of("test").rows))
    learnt = len(outcome.of("train").rows)
    held_out = counts["test"] + counts["validation"]
    assert learnt == (min(max(0, projection.MOST - held_out), counts["train"]) if mode == "head" else 0)
    assert len(outcome.vectors) == len(outcome.rows) == held_out + learnt
    drawn = projection.chosen(outcome.items["part"].to_numpy(), projection.MOST)
    assert len(projection.flatten(outcome.vectors[drawn])) == min(projection.MOST, held_out + learnt)
    assert len(slices.clusters(outcome.vectors, (outcome.items["part"] == "test").to_numpy())) == len(outcome.rows)
    assert isinstance(label_doubts.of(outcome), list)


def test_word_counts_say_nothing_of_no_text():
    words = WordCounts(["good", "bad", "bad day"], np.array([0, 1, 1]))
    assert words.probabilities([], 3).shape == (0, 3) and words.guesses([]).shape == (0,)


@pytest.mark.parametrize("beyond", AROUND)
def test_transcripts_are_evaluated_around_every_bound(tmp_path, monkeypatch, beyond):
    part = tmp_path / "speech.zip"
    part.write_bytes(made_speech.archive(30))
    dataset = data_import.into_dataset("speech", [UploadedFile(part, part.name)], "speech", QUIET)
    body = made_speech.write_body(tmp_path / "body")
    trainer = made_speech.begin(dataset, tmp_path, body, epochs=1, **LARGER)
    assert trainer.counts["test"] > trainer.counts["train"]
    monkeypatch.setattr(proof, "MOST", trainer.counts["test"] - beyond)
    monkeypatch.setattr(of_transcripts, "WATCHED", trainer.counts["validation"] - beyond)
    trainer = made_speech.learn(dataset, tmp_path, body, epochs=1, **LARGER)
    found = trainer.evaluate(QUIET)
    assert found.failures == {} and len(found.losses) == sum(trainer.counts.values())
    trainer.written_of_test = trainer.scribe.written(trainer.context.rows["test"], QUIET, "test")
    assert len(trainer.tested.names) == min(proof.MOST, trainer.counts["test"])


@pytest.mark.parametrize("beyond", AROUND)
@pytest.mark.parametrize("network", ["towers", LIST])
def test_lists_are_evaluated_around_every_bound(text_body, tmp_path, monkeypatch, network, beyond):
    items = len(made_items.GENRES) * made_items.BOOKS
    for module, constant, most in (
        (split, "MOST_VALIDATED", made_items.READERS), (split, "MOST_TESTED", made_items.READERS),
        (of_lists, "MOST_KEPT", made_items.READERS), (of_lists, "MOST_MAPPED", items), (of_lists, "MOST_BESIDE", items),
        (item_knn, "MOST", items), (item_weights, "MOST", items), (proof, "MOST", made_items.READERS),
    ):  # fmt: skip
        monkeypatch.setattr(module, constant, most - beyond)
    dataset = made_items.write(tmp_path / "data")
    (tmp_path / "run").mkdir()
    trainer = made_items.learn(dataset, tmp_path, QUIET, model=str(text_body), epochs=1, network=network, begin="text")
    found = trainer.evaluate(QUIET)
    assert found.failures == {} and len(found.item_map) == min(of_lists.MOST_MAPPED, items)
    told = {"data": trainer.counts, "test": found.metrics, "references": trainer.references, **found.more}
    assert trainer.save(tmp_path / "bundle", told, QUIET)["onnx"]["items"]


# A fault in one part


def fails(*_given, **_named):
    raise RuntimeError("Found array with 0 sample(s)")


class Watching(StoreReporter):
    """Keeps what the run's row told when packing began."""

    def phase(self, name):
        super().phase(name)
        if name == "exporting":
            Watching.then = records.run(self.run.id, "local")


def left(run, file):
    """The content of a file that a run left, or None where it left none."""
    path = paths.run(run.id) / file
    return path.read_bytes() if path.exists() else None


def begun_again(run, name):
    """The run, once the part was computed again as its button does it."""
    evaluation_parts.ask(run, name)
    [work] = [one for one in records.run_list("local", kind=evaluation_parts.KIND) if not one.ended_already]
    done = workshop.done(work.id)
    assert (done.status, done.error) == ("done", None)
    return records.run(run.id, "local")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_part_costs_that_part_alone_which_can_be_tried_again_and_the_figures_come_before_the_model(
    materials, tokens_at_hand, monkeypatch, caplog, name
):
    case, parts = FAULTS[name]
    chosen = SETTINGS if name == "texts" else {"epochs": 1}
    with monkeypatch.context() as patch:
        for module, function, _file in parts.values():
            patch.setattr(module, function, fails)
        run = workshop.done(workshop.queued(materials, case, **chosen), Watching)
        assert (run.status, run.error, run.packed) == ("done", None, True)
        assert sorted(run.result[FAILED]) == sorted(parts)
        assert all("0 sample(s)" in str(told["args"]) for told in run.result[FAILED].values())
        assert any(one.exc_info and "0 sample(s)" in str(one.exc_info[1]) for one in caplog.records)
        assert (paths.run(run.id) / "bundle/metrics.json").exists()
        faulty = {part: left(run, file) for part, (_module, _function, file) in parts.items()}
        if "second_model" in parts:
            assert sorted(begun_again(run, "labels").result[FAILED]) == sorted(parts)

    then = Watching.then
    assert (then.status, then.packed) == ("running", False)
    assert then.result["test"] == run.result["test"] and then.result["references"] == run.result["references"]
    assert set(run.result) - set(then.result) <= {"onnx", "script", "shipped", "bundle"}
    assert then.result["seconds"]["train"] and "export" in run.result["seconds"]

    mended = run
    for part, (_module, _function, file) in parts.items():
        mended = begun_again(run, part)
        assert part not in mended.result.get(FAILED, {}) and mended.packed and left(mended, file) != faulty[part]
        assert mended.result["test"] == run.result["test"] or part == "second_model"
    assert FAILED not in mended.result
    assert mended.result["trained"] == {**mended.result["trained"], **run.result["trained"]}  # and the second model
    assert not list(paths.run(run.id).glob("checkpoint-*"))
    if name == "texts":
        whole = workshop.done(workshop.queued(materials, case, **chosen))
        assert (mended.result["test"], mended.result["trained"]) == (whole.result["test"], whole.result["trained"])
        for _module, _function, file in parts.values():  # sums of another order differ in their last digit
            two = [np.load(paths.run(one.id) / file) for one in (mended, whole)]
            np.testing.assert_allclose(*two, rtol=1e-4, atol=1e-6)


def test_what_failed_when_it_was_evaluated_or_packed_is_resumed_and_trained_once_and_the_page_says_what_is_missing(
    materials, monkeypatch, open_run
):
    curves = lambda one: [row for row in metric_rows.after(one, 0) if row["split"] in metric_rows.CURVES]  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(of_classes, "predict", fails)
        run = workshop.done(workshop.queued(materials, "image_recognition", epochs=1))
    assert run.status == "failed" and run.error["resumable"]
    before = curves(run)

    class Barred(StoreReporter):
        def phase(self, name):
            super().phase(name)
            if name == "exporting":
                (paths.run(run.id) / "bundle.partial").write_text("in the way")

    lifecycle.resume(run.id, "local")
    run = workshop.done(run.id, Barred)
    assert run.status == "failed" and not run.packed and before and curves(run) == before
    assert shares.run_of(shares.by_token(shares.create(run, days=1))) is None
    app = open_run(run.id)
    assert "Exporting the model failed. The metrics above remain valid. Resume the run to try again." in [
        one.value for one in app.info
    ]
    assert "See result" in [button.label for button in app.button]
    assert not any("7 · Keep" in one.value for one in app.header)
    (paths.run(run.id) / "bundle.partial").unlink()
    lifecycle.resume(run.id, "local")
    again, whole = workshop.done(run.id), workshop.done(workshop.queued(materials, "image_recognition", epochs=1))
    assert again.packed and again.result["test"] == run.result["test"] == whole.result["test"]
    assert curves(again) == before


def test_work_that_returns_nothing_ends_as_failed_with_the_cause(monkeypatch, home):
    monkeypatch.setitem(sys.modules, "runs.forgetful", SimpleNamespace(work=lambda run, report: None))
    monkeypatch.setitem(kinds.KINDS, "map", kinds.Kind("map", "interactive", "forgetful.work"))
    identity = records.create_run("local", "map", "image_recognition", "noise")
    worker.work(queue.claim_here(identity))
    run = records.run(identity, "local")
    assert run.status == "failed" and "returned None in place of a JobResult" in run.error["args"]["cause"]
