"""What a person does with an evaluation of ten thousand pictures."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from test_explaining import bundle_of, spotted

import cases
from cases.dataset import Dataset
from cases.image_recognition.reader import thumbnail
from cases.settings import as_json
from models.evaluation.predictions import Predictions
from runs import paths
from runs.results import predictions, traits
from runs.store import dataset_rows, queue, records

from . import steps

MANY, CLASSES = 10_000, ("moss", "rust", "slate", *(f"kind {n:02}" for n in range(3, 17)))
FIGURE = {"value": 0.8, "low": 0.79, "high": 0.81}
WIDGETS = ".stButton, .stLinkButton, .stSelectbox, .stSlider, .stCheckbox, .stTextInput, .stNumberInput, .stButtonGroup"
BOTH = {"accuracy": FIGURE, "macro_f1": FIGURE}


@pytest.fixture(scope="module")
def evaluated(server):
    """The id of a run that was tested on ten thousand pictures; its answers are drawn, its data are real files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        random = np.random.default_rng(0)
        labels = random.integers(0, len(CLASSES), MANY)
        said = np.where(random.random(MANY) < 0.8, labels, random.integers(0, len(CLASSES), MANY))
        _write_data(labels)
        settings = as_json(cases.get("image_recognition").Settings())
        run = records.create_run("local", "fine_tune", "image_recognition", "many", status="running", dataset="many",
                                 settings=settings, edits={})  # fmt: skip
        shares = random.dirichlet(np.full(len(CLASSES), 0.3), MANY) * 0.5
        shares[np.arange(MANY), said] += 0.5
        items = pd.DataFrame({"id": np.arange(MANY), "part": "test", "label": labels})
        places = random.normal(size=(MANY, 20)) + 3 * np.eye(len(CLASSES), 20)[labels]
        Predictions(CLASSES, items, shares, places).save(paths.run(run) / predictions.FOLDER)
        bundle_of(paths.run(run) / "bundle", "test_resnet")
        light = np.where(said == labels, random.random(MANY), random.random(MANY) / 2)  # errors are darker
        traits.keep(run, pd.DataFrame({"brightness": light}, index=pd.Index(np.arange(MANY), name="id")))
        queue.claim_here(run)
        queue.end(run, "done", result={
            "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH}, "peak_memory_mb": 512.0,
            "data": {"train": 0, "validation": 0, "test": MANY, "set_aside": 0}, "seconds": {"train": 60.0},
            "model": settings["model"], "settings": settings, "bundle": "bundle.zip",
        })  # fmt: skip
    return run


def _write_data(labels):
    folder = paths.datasets() / "many"
    (folder / "files").mkdir(parents=True)
    spotted(folder / "files/one.png", (30, 30))
    names = [f"{CLASSES[label]}/{row:05}.png" for row, label in enumerate(labels)]
    samples = pd.DataFrame({
        "name": names, "file": "one.png", "label": [CLASSES[n] for n in labels], "split": "test", "width": 200,
        "height": 200, "frames": 1, "contrast": 50.0, "same": -1, "alike": -1,
    })  # fmt: skip
    dataset = Dataset(folder, "many", "image_recognition", "many", CLASSES)
    dataset.save(samples, pd.DataFrame({"name": [], "reason": []}))
    with (folder / "pixels-256-bicubic.rows").open("wb") as pixels:
        pixels.truncate(MANY * 256 * 256 * 3)  # black, and no bytes on the disk
    assert thumbnail(dataset, MANY - 1) is not None
    dataset_rows.add("local", "many", "image_recognition", "many", sample=False)


@pytest.fixture
def evaluation(visit, evaluated):
    def opening(see, **more):
        page = visit(f"/image_recognition?run={evaluated}&see={see}", **more)
        expect(page.get_by_role("heading", name="5 ·")).to_be_visible(timeout=30_000)
        steps.settled(page)
        return page

    return opening


def tile(page):
    return page.locator(".cb-gallery-item")


def click_cell(page, row, column):
    """Click a cell of the confusion matrix, which has as many rows as classes."""
    chart, each = page.locator(".cb-plot", has=page.locator(".heatmaplayer")), len(CLASSES)
    steps.click_in(page, chart, (column + 0.5) / each, (row + 0.5) / each)


def test_a_cell_of_the_matrix_opens_its_pictures(evaluation):
    page = evaluation("classes")
    page.locator(".heatmaplayer image, .heatmaplayer path").first.wait_for(state="attached")
    for row, column in ((3, 4), (7, 7), (16, 0)):
        click_cell(page, row, column)
        page.wait_for_url(re.compile(rf"cell={row}-{column}\b"), wait_until="commit")
        expect(tile(page).first).to_contain_text(CLASSES[row])
        expect(tile(page).first).to_contain_text(CLASSES[column])
        tile(page).first.locator("img").evaluate("(picture) => picture.decode()")
    assert page.locator(WIDGETS).count() < 200


def test_what_was_looked_at_is_there_again_after_a_reload(evaluation, evaluated):
    page = evaluation("classes")
    page.goto(page.url.replace("see=classes", "see=classes&cell=3-3"))
    expect(tile(page).first).to_contain_text(CLASSES[3], timeout=20_000)
    steps.settled(page)
    tile(page).nth(1).click()
    expect(page.get_by_role("dialog")).to_contain_text(CLASSES[3])
    page.wait_for_url(re.compile(r"item=\d+"), wait_until="commit")
    page.reload()
    expect(page.get_by_role("dialog")).to_contain_text(CLASSES[3], timeout=20_000)
    expect(page.locator(".cb-explanation img")).to_have_count(2, timeout=30_000)
    steps.settled(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.wait_for_url(lambda url: "item=" not in url)


def test_a_mended_label_is_offered_for_training_again(evaluation, evaluated):
    page = evaluation("mistakes")
    steps.settled(page)
    tile(page).first.click()
    page.get_by_role("button", name="Change label to").click()
    expect(page.get_by_role("dialog")).to_contain_text("This is a test example.")
    page.get_by_role("button", name="Change test label to").click()
    expect(page.get_by_role("dialog")).to_contain_text(re.compile(r"\b2 of [\d,]+"))  # the next one is there
    steps.settled(page)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog")).to_contain_text("Corrected; original label:")
    steps.settled(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_text("1 example was corrected or excluded since this run.")).to_be_visible()
    expect(tile(page).first).to_contain_text("changed since run")
    page.get_by_role("button", name="Retrain with corrections").click()
    page.wait_for_url(lambda url: f"run={evaluated}" not in url and "run=" in url)


@pytest.fixture(scope="module")
def doubted(server, evaluated):
    """The id of a run on the same pictures that doubts forty labels it learnt from and one it was tested on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        labels = predictions.of(records.run(evaluated, "local")).labels
        said = labels.copy()
        doubted = [*range(100, 140), 5000]
        said[doubted] = (said[doubted] + 1) % len(CLASSES)
        shares = np.full((MANY, len(CLASSES)), 0.02 / (len(CLASSES) - 1))
        shares[np.arange(MANY), said] = 0.98
        shares[np.arange(100, 140), labels[100:140]] /= np.arange(2, 42)
        items = pd.DataFrame({"id": np.arange(MANY), "part": np.where(np.arange(MANY) < 5000, "train", "test"),
                              "label": labels})  # fmt: skip
        every = Predictions(CLASSES, items, shares, np.zeros((MANY, 2)))
        settings = as_json(cases.get("image_recognition").Settings())
        run = records.create_run("local", "fine_tune", "image_recognition", "many", status="running", dataset="many",
                                 settings=settings, edits={})  # fmt: skip
        replace(every.of("test"), out_of_fold=every.of("train")).save(paths.run(run) / predictions.FOLDER)
        queue.claim_here(run)
        queue.end(run, "done", result=records.run(evaluated, "local").result)
    return run


def test_labels_are_decided_on_one_after_another_by_keys(visit, doubted):
    page = visit(f"/image_recognition?run={doubted}&see=labels")
    listed = page.get_by_role("radio", name="Doubtful (41)")
    expect(listed).to_be_visible(timeout=30_000)
    steps.settled(page)
    page.get_by_role("button", name="Review one by one").click()
    dialog = page.get_by_role("dialog")
    for key, left in (("k", 41), ("s", 40), ("x", 39)):
        expect(dialog).to_contain_text(f"{left} labels left to review")
        steps.settled(page)
        page.keyboard.press(key)
    expect(dialog).to_contain_text("38 labels left to review")
    expect(dialog).to_contain_text("4 of 41")
    steps.settled(page)
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("Excluded from the next training.")
    steps.settled(page)
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("radio", name="Doubtful (38)")).to_be_visible()
    expect(page.get_by_role("radio", name="Confirmed (1)")).to_be_visible()


def test_a_threshold_is_set_by_hand_without_the_model(evaluation):
    page = evaluation("certainty")
    page.get_by_role("radio", name="By hand").click()
    expect(page.get_by_role("button", name="Save the threshold of 50%")).to_be_visible()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Save the threshold of 51%")).to_be_visible()


def test_every_view_fits_a_phone(evaluation):
    page = evaluation("overview", width=390, height=800)
    plot, picture = ".cb-plot .main-svg", ".cb-gallery-item"
    for view, drawn in (("", plot), ("Classes", plot), ("Mistakes", picture), ("Calibration", plot)):
        if view:
            steps.see(page, view)
        expect(page.locator(drawn).last).to_be_attached(timeout=30_000)
        steps.fits_the_window(page)


def test_what_the_pointer_is_on_is_seen_beside_it(evaluation):
    page = evaluation("classes")
    chart, each = page.locator(".cb-plot", has=page.locator(".heatmaplayer")), len(CLASSES)
    area = chart.locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    steps.still(page)
    box = area.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 3.5 / each, box["y"] + box["height"] * 3.5 / each)
    tip = page.locator(".cb-plot-tip:visible")
    expect(tip.locator("img")).to_have_count(3, timeout=20_000)
    page.mouse.move(5, 5)
    expect(tip).to_have_count(0)


def test_a_slice_is_chosen_by_keyboard_filters_a_view_and_is_there_after_a_reload(evaluation):
    page = evaluation("slices")
    rows = page.locator(".cb-slice-row")
    expect(rows.first).to_be_visible(timeout=30_000)
    size = rows.first.locator(".cb-slice-size").inner_text()
    rows.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"only=[\w%]+\.\d+"), wait_until="commit")
    chip = page.get_by_role("button", name="Only “")
    expect(chip).to_contain_text(size, timeout=30_000)
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    expect(tile(page).first).to_be_visible(timeout=30_000)
    page.goto(page.url.replace("see=slices", "see=certainty"))
    expect(chip).to_contain_text(size, timeout=30_000)
    chip.click()
    expect(chip).to_have_count(0, timeout=30_000)
    assert "only=" not in page.url
