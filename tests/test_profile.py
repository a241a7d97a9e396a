"""A profile is short, keeps nothing but its figures, and says about what the run then takes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import asdict, replace
from functools import cache

import made_items
import made_sounds
import made_texts
import numpy as np
import pytest
from conftest import ROOT
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.recommendation import CASE
from cases.recommendation.profile import Reading
from cases.settings import as_json
from cases.speech.profile import AudioProfileInputs
from cases.splits import asked, divide
from cases.text_analysis.profile import TextProfileInputs
from cases.training.context import TrainingContext
from models.pretrained.registry import BackboneSpec
from models.progress import QUIET, NullReporter
from models.text import encoder, tokenizer
from models.training import step_costs
from models.training.cost_estimate import CostEstimate
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import data_import, profile
from runs.store import dataset_rows, queue, records
from runs.worker import worker

pytestmark = pytest.mark.slow

PACE = CostEstimate(
    build=1, prepare=0.1, choose=3, start=2, step=0.5, item=0.01, look=0.002, epoch=3, judge=0.4, evaluate=0.02, pack=6,
    packed=0.05, base_mb=100, state_mb=30, item_mb=4, looking_mb=70, copy_mb=20, pack_mb=200, mapped_mb=70,
    sample_mb=0.5,
)  # fmt: skip
COUNTS = {"train": 100, "validation": 20, "test": 10}


@pytest.fixture(scope="module")
def case():
    return cases.get("image_recognition")


@pytest.fixture
def dataset(pictures, zip_of, tmp_path):
    archive = zip_of(tmp_path / "noise.zip", pictures(12))
    dataset_rows.add("local", "0123456789abcdef", "image_recognition", "noise", sample=False)
    return data_import.into_dataset(
        "image_recognition", [UploadedFile(archive, "noise.zip")], "0123456789abcdef", NullReporter()
    )


@pytest.fixture
def measure(case, dataset, body):
    """The profile of some settings, done by the worker."""

    def doing(**chosen):
        settings = as_json(case.Settings(**{"model": str(body), "precision": "fp32", **chosen}))
        subject = profile.subject(case, dataset, settings, prepared=False)
        identity = profile.ask("local", case, dataset, settings, subject)
        worker.work(queue.claim(["profile"], 0))
        run = records.latest("profile", subject, "local")
        assert (run.id, run.status, run.error) == (identity, "done", None)
        return run

    return doing


def test_seconds_and_memory_add_up():
    seconds = PACE.seconds(COUNTS, epochs=5, batch_size=32)
    assert seconds == {
        "prepare": pytest.approx(1 + 13 + 3),
        "train": pytest.approx(2 + 5 * (4 * 0.5 + 100 * 0.01 + 20 * 0.002 + 3)),
        "evaluate": pytest.approx(0.4 + 0.2),
        "export": pytest.approx(6 + 0.5),
    }
    assert PACE.memory_mb(COUNTS, batch_size=32) == pytest.approx(70 + 65 + (100 + 30 + 128 + (70 - 64) + 20))
    assert PACE.memory_mb(COUNTS, batch_size=2) == pytest.approx(70 + 65 + (100 + 30 + 8 + (70 - 4) + 20))
    assert PACE.memory_mb({}, batch_size=2) == replace(PACE, pack_mb=300).memory_mb({}, batch_size=2) - (300 - 224)


def complete(result, learning):
    """Assert that a profile has all that a run's time and memory follow from."""
    pace = CostEstimate(**result["pace"])
    assert json.loads(json.dumps(result)) == result and all(value >= 0 for value in asdict(pace).values())
    assert pace.build > 0 and pace.base_mb > 0 and result["per_second"] > 0
    assert min(pace.choose, pace.evaluate, pace.pack, pace.packed, pace.pack_mb) > 0
    assert (pace.look > 0) == learning


def test_learning_on_pictures_is_measured_and_its_views_are_given_to_whoever_has_the_token(measure):
    run = measure(mode="lora", batch_size=4)
    complete(run.result, learning=True)
    assert [len(names) for names in run.result["views"]] == [6] * 3
    one, other = (Image.open(paths.run(run.id) / name) for name in run.result["views"][0][:2])
    assert one.size == (160, 160) and not np.array_equal(one, other)  # each is another
    assert not list(paths.run(run.id).glob("checkpoint*")) and not list(paths.run(run.id).glob("*.safetensors"))
    assert not list((paths.cache() / "features").glob("**/*.rows"))
    client = TestClient(Starlette(routes=ROUTES))
    token, name = tokens.sign("run", run=run.id, owner="local"), run.result["views"][0][0]
    answer = client.get("/api/view", params={"token": token, "name": name})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.content)).format == "WEBP"
    for wrong in ({"token": token, "name": "../../casebook.db"}, {"token": token, "name": "view-9-9.webp"},
                  {"token": "forged", "name": name}, {"name": name}):  # fmt: skip
        assert client.get("/api/view", params=wrong).status_code == 404


def test_the_most_that_is_held_is_seen_also_where_it_is_freed_at_once():
    with step_costs.Peak() as peak:
        held = np.ones(2**24)  # 128 MB
        del held
    if not peak.exact:
        pytest.skip("This system does not note the most that a process held.")
    assert 120 < peak.own_mb - peak.before_mb < 160


WEIGHED = """
import json, numpy as np, torch
from models.progress import NullReporter
from models.training import step_costs
from models.training.batches import Batches

class Wide(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.ones(2**20))

    def forward(self, features, labels):
        return {"loss": (features * self.weights).tanh().tanh().mean() + 0 * labels.sum()}

items = Batches("features", np.ones((step_costs.WEIGHED, 2**20), np.float32), np.zeros(8, np.int64), np.arange(8))
print(json.dumps(step_costs.weigh(Wide(), items, NullReporter(), bf16=False, together=10, learning=True)))
"""  # holds 8 MB for each item until the gradient is known, and learns 4 MB of weights


def test_a_step_is_weighed_by_what_an_item_adds_to_it():
    """In a process of its own: this one keeps what other tests have freed."""
    found = json.loads(subprocess.check_output([sys.executable, "-c", WEIGHED], cwd=ROOT))
    assert 12 < found["item_mb"] < 32 and 40 < found["looking_mb"] < 200
    assert found["state_mb"] == 16 and found["copy_mb"] == 4


def test_a_speed_is_told_once_it_was_measured_undisturbed_and_what_is_kept_already_takes_no_time(
    case, measure, dataset, body
):
    assert profile.speeds("local", case) == {}
    run = measure()
    complete(run.result, learning=False)
    assert run.result["views"] == [] and run.result["pace"]["prepare"] > 0
    assert profile.speeds("local", case) == {str(body): run.result["per_second"]}
    assert profile.speeds("someone else", case) == {}
    described(BackboneSpec(**run.result["body"]))
    settings = case.Settings(model=str(body), precision="fp32")
    case.tasks[0].build(settings, dataset, WorkDirs(paths.home(), paths.cache()), NullReporter())
    records.create_run("local", "fine_tune", case.name, "noise")
    queue.claim(["fine_tune"], 0)  # another training is at work
    again = measure(batch_size=5)
    assert again.result["busy"] and again.result["pace"]["prepare"] == 0
    assert profile.speeds("local", case) == {str(body): run.result["per_second"]}


def described(body):
    """For the drawing."""
    assert (body.size, body.width, len(body.blocks)) == (32, 96, 5)
    assert all(parameters > 0 for parameters, _adapter in body.blocks)
    # the first block is three convolutions; the one that looks at the raw picture gets no adapter
    assert body.blocks[0][1] == (16 + 16 * 9) + (32 + 16 * 9)


@pytest.fixture(scope="module")
def measured(text_body, sound_bodies, tmp_path_factory):
    """The profile of a way to learn from texts or sounds, done once, and the folder in which that was."""

    @cache
    def once(name, mode):
        place, case = tmp_path_factory.mktemp("measured"), cases.get(name)
        folder, texts = place / "profile", name == "text_analysis"
        folder.mkdir()
        dataset = (made_texts if texts else made_sounds).write(place / "data")
        body = text_body if texts else sound_bodies["whisper"]
        settings = case.Settings(model=str(body), precision="fp32", batch_size=8, mode=mode)
        return case.tasks[0].profile(settings, dataset, WorkDirs(folder, place / "cache"), QUIET), place

    return once


@pytest.mark.parametrize(("name", "mode", "drawn"), [
    ("text_analysis", "head", 0), ("text_analysis", "lora", 0),
    ("speech", "full", 18),  # three sounds, six views of each
])  # fmt: skip
def test_every_way_of_learning_is_measured_and_leaves_nothing_but_views_behind(measured, name, mode, drawn):
    result, place = measured(name, mode)
    complete(result, learning=mode != "head")
    assert result["pace"]["prepare"] > 0 and result["pace"]["judge"] < 300 * result["pace"]["choose"]
    views = [view for some in result["views"] for view in some]
    assert sorted(path.name for path in (place / "profile").iterdir()) == sorted(views)
    assert len(views) == drawn and not list((place / "cache").glob("**/*.rows"))


def trial(inputs, dataset, folder, body, **chosen):
    settings = cases.get(dataset.case).Settings(model=str(body), mode="full", precision="fp32", **chosen)
    return inputs(
        TrainingContext(settings, dataset, WorkDirs(folder, folder), divide(dataset, **asked(settings))), body
    )


def test_memory_is_that_of_the_longest_texts_and_time_that_of_usual_ones(texts, text_body, tmp_path):
    some = trial(TextProfileInputs, texts, tmp_path, text_body)
    assert some.largest(2).lengths.min() == np.sort(some.sizes)[-2]
    assert abs(some.batches(4).lengths - some.sizes.mean()).max() < some.sizes.std()


def test_how_many_texts_are_cut_is_counted_in_the_tokens_of_the_model(measured, texts, text_body):
    tokeniser = tokenizer.load(text_body)
    counted = tokeniser.lengths(texts.samples["text"].tolist())
    assert measured("text_analysis", "head")[0]["cut"] == np.mean([count > tokeniser.most for count in counted])


def test_each_view_of_a_sound_is_another_and_the_same_again(measured, sound_bodies, tmp_path):
    result, place = measured("speech", "full")
    views, body = result["views"], sound_bodies["whisper"]
    drawn = [(place / "profile" / name).read_bytes() for name in views[0]]
    assert len(set(drawn)) == 6
    assert all(Image.open(place / "profile" / name).size == (320, 80) for name in views[0])
    dataset = Dataset.open(place / "data")
    assert trial(AudioProfileInputs, dataset, tmp_path, body, batch_size=8).views() == views
    assert drawn == [(tmp_path / name).read_bytes() for name in views[0]]
    plain = trial(AudioProfileInputs, dataset, tmp_path, body, augmentation="none").views()
    assert [len(some) for some in plain] == [1, 1, 1]


def test_everything_that_a_run_does_is_measured(text_body, tmp_path):
    books, folder = made_items.write(tmp_path / "books"), tmp_path / "profile"
    folder.mkdir()
    settings = CASE.Settings(**{**made_items.QUICK, "model": str(text_body), "network": "automatic"})
    result = CASE.tasks[0].profile(settings, books, WorkDirs(folder, tmp_path / "cache"), QUIET)
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in vars(pace).values()) and json.loads(json.dumps(result)) == result
    assert min(pace.choose, pace.item + pace.step, pace.evaluate, pace.pack, pace.packed) > 0
    assert pace.tried > 1 and not list(folder.iterdir())
    read = Reading(settings, books, WorkDirs(folder, tmp_path / "cache"))
    look = lambda: encoder.vectors(read.body, read.tokeniser, read.texts, bf16=False, report=QUIET)  # noqa: E731
    truly = min(step_costs.seconds_each(look, len(read.texts)) for _ in range(5))
    assert truly / 10 < min(read.seconds() for _ in range(5)) < truly * 10
