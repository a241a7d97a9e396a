"""Slices of an evaluation by what examples are like: compared with the rest; on the page a filter over all views."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from evaluation_page import answered, evaluated, said, starting
from opened_pages import sound
from scipy.stats import fisher_exact
from told import given, tell

from models.evaluation import slices
from models.evaluation.predictions import Predictions
from models.evaluation.slices import Scores
from models.progress import QUIET
from runs import paths
from runs.jobs import slices as job
from runs.results import predictions, traits
from runs.store import queue, records

DRAWS = 100


def scores(amount, weight=None, falling=False):
    amount = np.asarray(amount, float)
    weight = np.ones(len(amount)) if weight is None else np.asarray(weight, float)
    return Scores("accuracy", np.arange(len(amount)), amount, weight, falling, lambda inside: {})


def cut(**columns):
    table = pd.DataFrame(columns)
    return slices.cut(table, np.ones(len(table), bool))


def found(traits, scored):
    table = pd.DataFrame(traits)
    tested = np.ones(len(table), bool)
    return slices.compared(slices.cut(table, tested), np.arange(len(table)), scored)


def drawn(random, kind, n):
    """Scores that depend on nothing but chance."""
    if kind == "right":
        return scores(random.random(n) < 0.85)
    if kind == "words":
        words = random.integers(3, 30, n)
        wrong = np.where(random.random(n) < 0.6, 0, random.poisson(words / 4))
        return scores(wrong + 40 * (random.random(n) < 0.01), words, falling=True)
    return scores(np.where(random.random(n) < 0.8, 0, random.random(n)))


def noise(random, n):
    return {
        "length": random.normal(size=n), "loudness": random.exponential(size=n), "year": random.integers(2000, 2004, n),
        "shop": random.choice(list("abcdefgh"), n, p=np.arange(8, 0, -1) / 36),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["right", "words", "lists"])
def test_a_bad_slice_is_found_first_and_where_there_is_no_difference_hardly_anything(kind):
    random = np.random.default_rng(0)
    traits = pd.DataFrame(noise(random, 300))
    some = slices.cut(traits, np.ones(300, bool))
    assert len(some) > 20
    hits = sum(slices.compared(some, np.arange(300), drawn(random, kind, 300))[0].stands_out for _draw in range(DRAWS))
    assert hits <= 0.05 * DRAWS
    random = np.random.default_rng(1)
    traits, good = noise(random, 600), drawn(random, kind, 600)
    dark = traits["shop"] == "b"
    amount = good.amount.copy()
    if good.falling:
        amount[dark] += 3
    else:
        amount[dark] *= random.random(dark.sum()) < 0.1
    first, *others = found(traits, scores(amount, good.weight, good.falling))
    assert (first.slice.trait, first.slice.value, first.n) == ("shop", "b", dark.sum())
    assert first.stands_out and not any(one.stands_out for one in others)
    assert (first.value > first.rest) == good.falling


def test_of_right_and_wrong_answers_the_chance_is_exact():
    right = np.array([True] * 60 + [False] * 20)
    inside = np.zeros((2, 80), bool)
    inside[0, 50:75] = True  # 10 right and 15 wrong
    inside[1, :20] = True  # all right
    chances = slices.worse_by_chance(inside, scores(right))
    assert chances[0] == pytest.approx(fisher_exact([[15, 10], [5, 50]], alternative="greater").pvalue)
    assert chances[1] == 1


def test_numbers_are_cut_into_bins_of_similar_size_and_few_values_stand_alone():
    random = np.random.default_rng(3)
    bins = cut(length=random.normal(size=500))
    assert [one.inside.sum() for one in bins] == [100] * slices.BINS
    assert all(one.high < later.low for one, later in pairwise(bins))
    rates = cut(rate=np.repeat([8000, 16000, 44100], 40))
    assert [(one.low, one.high, one.inside.sum()) for one in rates] == [
        (rate, rate, 40) for rate in (8000, 16000, 44100)
    ]


def test_values_too_few_examples_have_are_no_slices_and_the_unknown_is_one():
    some = cut(shop=["Rome"] * 30 + ["Oslo"] * 20 + ["Paris"] * 9 + [""] * 15)
    assert [(one.value, one.inside.sum()) for one in some] == [("Rome", 30), ("Oslo", 20), ("", 15)]
    assert cut(shop=["Rome"] * 95 + ["Oslo"] * 9) == []  # the rest is too small


def test_the_test_part_decides_where_numbers_are_cut_and_the_others_follow():
    table = pd.DataFrame({"length": [*np.arange(100), 1000.0, -5.0]})
    tested = np.array([True] * 100 + [False] * 2)
    first, *_between, last = slices.cut(table, tested)
    assert first.inside[-1] and last.inside[-2] and last.high == 99


DARK, BRIGHT = 40, 60  # pictures of each kind


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
    [work] = [one for one in records.run_list("local", kind="slices") if one.subject == run]
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


@pytest.mark.slow
def test_the_worst_slice_comes_first_and_is_a_filter_over_all_views_with_a_way_out(open_run, run, dataset):
    open_run(run, see="slices")
    done = measure(run)
    for locale, words in {
        "en-GB": ("Brightness: ", " examples", "points against the rest", "properties were compared with the rest.",
                  "Not shown: Height"),  # of all pictures the same
        "zh-CN": ("亮度：", "个样本", "个百分点", "种属性", "未列出：高"),
    }.items():  # fmt: skip
        app = open_run(run, locale, see="slices")
        first, *others = rows(app)
        assert first["worse"] and first["id"].startswith("brightness.")
        name, size, difference, compared, absent = words
        assert first["name"].startswith(name) and first["size"].endswith(size) and difference in first["difference"]
        assert first["low"] < first["at"] < first["high"] and first["chance"].startswith("p")
        assert [one["chance"] for one in others][-1] >= first["chance"]
        assert all(any(one in text for text in said(app)) for one in (compared, absent))

    app = sound(tell(app, "casebook_slices", "picked", first["id"]))
    assert app.query_params["only"] == first["id"]
    headline = given(open_run(run), "casebook_hero")["value"]
    for see in ("overview", "classes", "certainty", "slices"):
        app = open_run(run, see=see, only=first["id"])
        assert first["size"].split()[0] in pressed(app, "Only “Brightness").label
        assert given(app, "casebook_hero")["value"] == headline
    outcome, inside = predictions.of(records.run(run, "local")), rows_in(run, first["id"])
    wrong = set(outcome.rows[~outcome.right].tolist())
    for only, shown in ((None, wrong), (first["id"], wrong & inside)):
        app = open_run(run, see="mistakes", **({"only": only} if only else {}))
        assert {int(item["id"]) for item in given(app, "casebook_gallery")["items"]} == shown
    sound(pressed(app, "Only “").click().run())
    assert "only" not in app.query_params and not [one for one in app.button if one.label.startswith("Only “")]

    path = paths.run(run) / traits.FILE  # what is damaged is measured again
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    assert traits.of(done) is None
    open_run(run, see="slices")
    assert [one.status for one in records.run_list("local", kind="slices")].count("queued") == 1


def test_an_address_of_no_slice_shows_all_and_says_so(open_run, run):
    for only in ("chess.1", "brightness.99", "brightness.0"):  # the last before anything is measured
        app = open_run(run, see="classes", only=only)
        assert "The slice in the address is unknown." in said(app)
    sound(pressed(app, "Show all").click().run())
    assert "only" not in app.query_params


def test_where_nothing_stands_out_the_page_says_how_much_was_looked_at_and_where_it_is_too_little(open_run, dataset):
    labels = dataset.samples["label"].map({name: n for n, name in enumerate(dataset.classes)}).to_numpy()
    run = evaluated(answered(dataset.classes, labels, np.where(np.arange(len(labels)) % 7, labels, 1 - labels), 0.9))
    open_run(run, see="slices")
    measure(run)
    app = open_run(run, see="slices")
    [verdict] = [text for text in said(app) if "were compared with the rest." in text]
    assert verdict.endswith("None is significantly worse.") and not any(row["worse"] for row in rows(app))
    few = evaluated(answered(dataset.classes, labels[:12], labels[:12], 0.9))
    open_run(few, see="slices")
    measure(few)
    assert starting(open_run(few, see="slices"), "Too few test examples for slices: each needs 10")


def test_every_part_is_measured_and_clusters_are_of_the_test_part(open_run, dataset):
    n = len(dataset.samples)
    parts = np.where(np.arange(n) < 80, "test", "validation")
    labels = dataset.samples["label"].map({name: k for k, name in enumerate(dataset.classes)}).to_numpy()
    outcome = answered(dataset.classes, labels, labels, 0.9, parts)
    run = evaluated(Predictions(outcome.classes, outcome.items, outcome.probabilities, np.eye(n, 30)))
    open_run(run, see="slices")
    table = traits.of(measure(run))
    assert len(table) == n and set(table[traits.CLUSTER]) >= {"#1", "#2"}
