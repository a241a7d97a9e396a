"""The slices of an evaluation on the page: measured once, the worst first, and a filter over all views."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_page import answered, evaluated, said, sound, starting
from told import given, tell

import cases
from models.evaluation.predictions import Predictions
from models.progress import QUIET, Stopped
from runs import paths
from runs.jobs import slices as job
from runs.results import predictions, traits
from runs.store import queue, records

DARK, BRIGHT = 40, 80  # pictures of each kind


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A folder with pictures of two classes, of which a third are dark."""
    from PIL import Image

    folder, random = tmp_path_factory.mktemp("painted"), np.random.default_rng(0)
    for number in range(DARK + BRIGHT):
        light = 20 if number < DARK else 150
        pixels = random.integers(light, light + 60, (24, 24 + number % 3)).astype(np.uint8)
        place = folder / "cat" / f"{number:03}.png" if number % 2 else folder / "dog" / f"{number:03}.png"
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(place)
    return folder


@pytest.fixture
def dataset(painted, zip_of, read_zip, tmp_path):
    files = {path.relative_to(painted).as_posix(): path.read_bytes() for path in sorted(painted.rglob("*.png"))}
    return read_zip("image_recognition", zip_of(tmp_path / "painted.zip", files))


@pytest.fixture
def run(dataset):
    """The id of a run that is wrong about half of the dark pictures, and of few others."""
    labels = dataset.samples["label"].map({name: n for n, name in enumerate(dataset.classes)}).to_numpy()
    numbers = dataset.samples["name"].str.extract(r"(\d+)\.png")[0].astype(int).to_numpy()
    wrong = np.where(numbers < DARK, numbers % 4 < 2, numbers % 25 == 0)
    return evaluated(answered(dataset.classes, labels, np.where(wrong, 1 - labels, labels), 0.9))


def measure(run):
    """Do the work that the page asked for."""
    [work] = records.run_list("local", kind="slices")
    queue.claim_here(work.id)
    result = job.measure(records.run(work.id, "local"), QUIET)
    queue.end(work.id, "done", **result.values)
    return records.run(run, "local")


def rows(app):
    return given(app, "casebook_slices")["rows"]


def rows_in(run, name):
    """The rows of the examples in the slice that an address calls so."""
    table = traits.of(records.run(run, "local"))
    [one] = [one for one in traits.sliced(records.run(run, "local"), table.index.to_numpy()) if one.name == name]
    return set(table.index[one.inside].tolist())


def pressed(app, label):
    return next(one for one in app.button if one.label.startswith(label))


def test_the_examples_are_measured_once_when_somebody_looks_and_can_be_stopped(open_run, run):
    app = open_run(run, see="slices")
    [work] = records.run_list("local", kind="slices")
    assert work.subject == run and work.status == "queued"
    pressed(app, "Stop").click().run()
    assert records.run(work.id, "local").status == "stopped"
    app = open_run(run, see="slices")
    assert "Measuring was stopped." in said(app) and len(records.run_list("local", kind="slices")) == 1
    sound(pressed(app, "Measure again").click().run())
    assert len(records.run_list("local", kind="slices")) == 2


def test_work_that_is_stopped_while_it_measures_keeps_nothing(open_run, run):
    open_run(run, see="slices")

    class Stopping:
        def __getattr__(self, name):
            return lambda *args, **more: None

        def check(self):
            raise Stopped

    [work] = records.run_list("local", kind="slices")
    with pytest.raises(Stopped):
        job.measure(work, Stopping())
    assert traits.of(records.run(run, "local")) is None


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_worst_slice_comes_first_with_its_figures(open_run, run, locale):
    open_run(run, see="slices")
    measure(run)
    app = open_run(run, locale, see="slices")
    first, *others = rows(app)
    assert first["worse"] and first["id"].startswith("brightness.")
    words = {
        "en-GB": ("Brightness: ", " examples", "points against the rest"),
        "zh-CN": ("亮度：", "个样本", "个百分点"),
    }
    name, size, difference = words[locale]
    assert first["name"].startswith(name) and first["size"].endswith(size) and difference in first["difference"]
    assert first["low"] < first["at"] < first["high"] and first["chance"].startswith("p")
    assert [one["chance"] for one in others][-1] >= first["chance"]
    told = {"en-GB": "properties were compared with the rest.", "zh-CN": "种属性"}
    assert any(told[locale] in text for text in said(app))
    absent = {"en-GB": "Not shown: Height", "zh-CN": "未列出：高"}  # of all pictures the same
    assert any(absent[locale] in text for text in said(app))


def test_a_slice_is_a_filter_over_all_views_with_a_way_out(open_run, run, dataset):
    open_run(run, see="slices")
    measure(run)
    app = open_run(run, see="slices")
    first = rows(app)[0]
    app = sound(tell(app, "casebook_slices", "picked", first["id"]))
    assert app.query_params["only"] == first["id"]
    headline = given(app, "casebook_hero")["value"]
    for see in ("overview", "classes", "mistakes", "certainty", "slices"):
        app = open_run(run, see=see, only=first["id"])
        chip = pressed(app, "Only “Brightness")
        assert first["size"] in chip.label and given(app, "casebook_hero")["value"] == headline
    outcome, inside = predictions.of(records.run(run, "local")), rows_in(run, first["id"])
    wrong = set(outcome.rows[~outcome.right].tolist())
    for only, shown in ((first["id"], wrong & inside), (None, wrong)):
        app = open_run(run, see="mistakes", **({"only": only} if only else {}))
        assert {int(item["id"]) for item in given(app, "casebook_gallery")["items"]} == shown
    app = open_run(run, see="mistakes", only=first["id"])
    sound(pressed(app, "Only “").click().run())
    assert "only" not in app.query_params and not [one for one in app.button if one.label.startswith("Only “")]


def test_an_address_of_no_slice_shows_all_and_says_so(open_run, run):
    for only in ("chess.1", "brightness.99", "brightness.0"):  # the last before anything is measured
        app = open_run(run, see="classes", only=only)
        assert "The slice in the address is unknown." in said(app)
        sound(pressed(app, "Show all").click().run())
        assert "only" not in app.query_params


def test_where_nothing_stands_out_the_page_says_how_much_was_looked_at(open_run, dataset):
    labels = dataset.samples["label"].map({name: n for n, name in enumerate(dataset.classes)}).to_numpy()
    run = evaluated(answered(dataset.classes, labels, np.where(np.arange(len(labels)) % 7, labels, 1 - labels), 0.9))
    open_run(run, see="slices")
    measure(run)
    app = open_run(run, see="slices")
    [verdict] = [text for text in said(app) if "were compared with the rest." in text]
    assert verdict.endswith("None is significantly worse.") and not any(row["worse"] for row in rows(app))


def test_few_test_examples_are_said_to_be_too_few(open_run, dataset):
    labels = np.arange(12) % 2
    run = evaluated(answered(dataset.classes, labels, labels, 0.9))
    open_run(run, see="slices")
    measure(run)
    app = open_run(run, see="slices")
    assert starting(app, "Too few test examples for slices: each needs 10")


def test_damaged_measures_are_measured_again(open_run, run):
    open_run(run, see="slices")
    done = measure(run)
    path = paths.run(run) / traits.FILE
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    assert traits.of(done) is None
    open_run(run, see="slices")
    assert [one.status for one in records.run_list("local", kind="slices")].count("queued") == 1


def test_every_part_is_measured_and_clusters_are_of_the_test_part(open_run, dataset):
    n = len(dataset.samples)
    parts = np.where(np.arange(n) < 100, "test", "validation")
    labels = dataset.samples["label"].map({name: k for k, name in enumerate(dataset.classes)}).to_numpy()
    outcome = answered(dataset.classes, labels, labels, 0.9, parts)
    run = evaluated(Predictions(outcome.classes, outcome.items, outcome.probabilities, np.eye(n, 30)))
    open_run(run, see="slices")
    table = traits.of(measure(run))
    assert len(table) == n and set(table[traits.CLUSTER]) >= {"#1", "#2"}


def test_a_case_names_each_trait_that_it_measures(dataset):
    known = cases.get("image_recognition")
    answers = pd.DataFrame(index=dataset.samples.index[:5])
    assert list(known.traits_of(dataset, answers, paths.cache(), QUIET).columns) == list(known.traits)
