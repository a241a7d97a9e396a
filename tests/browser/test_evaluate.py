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

MANY, LEARNT = 10_000, 1_000  # pictures, and those of them that the run learnt from
CLASSES = ("moss", "rust", "slate", *(f"kind {n:02}" for n in range(3, 17)))
LOSS = re.compile(r"Loss of this example: ([\d.e-]+) before the step, ([\d.e-]+) after it")
FIGURE = {"value": 0.8, "low": 0.79, "high": 0.81}
WIDGETS = ".stButton, .stLinkButton, .stSelectbox, .stSlider, .stCheckbox, .stTextInput, .stNumberInput, .stButtonGroup"
BOTH = {"accuracy": FIGURE, "macro_f1": FIGURE}


@pytest.fixture(scope="module")
def evaluated(server):
    """The id of a run on ten thousand pictures, most of which it was tested on; its answers are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        random = np.random.default_rng(0)
        labels = random.integers(0, len(CLASSES), MANY)
        said = np.where(random.random(MANY) < 0.8, labels, random.integers(0, len(CLASSES), MANY))
        _write_data(labels)
        shares = random.dirichlet(np.full(len(CLASSES), 0.3), MANY) * 0.5
        shares[np.arange(MANY), said] += 0.5
        doubted = np.flatnonzero(said[:LEARNT] != labels[:LEARNT])  # before those that the run was tested on
        shares[doubted, labels[doubted]] = 0
        items = pd.DataFrame({"id": np.arange(MANY), "part": np.where(np.arange(MANY) < LEARNT, "train", "test"),
                              "label": labels})  # fmt: skip
        places = random.normal(size=(MANY, 20)) + 3 * np.eye(len(CLASSES), 20)[labels]
        every = Predictions(CLASSES, items, shares, places)
        settings = as_json(cases.get("image_recognition").Settings())
        run = records.create_run("local", "fine_tune", "image_recognition", "many", status="running", dataset="many",
                                 settings=settings, edits={})  # fmt: skip
        replace(every.of("test"), out_of_fold=every.of("train")).save(paths.run(run) / predictions.FOLDER)
        bundle_of(paths.run(run) / "bundle", "test_resnet")
        light = np.where(said == labels, random.random(MANY), random.random(MANY) / 2)  # errors are darker
        traits.keep(run, pd.DataFrame({"brightness": light}, index=pd.Index(np.arange(MANY), name="id")).loc[LEARNT:])
        queue.claim_here(run)
        queue.end(run, "done", result={
            "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH}, "peak_memory_mb": 512.0,
            "data": {"train": LEARNT, "validation": 0, "test": MANY - LEARNT, "set_aside": 0},
            "seconds": {"train": 60.0}, "model": settings["model"], "settings": settings, "bundle": "bundle.zip",
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
def evaluation(visit, server, evaluated):
    def opening(see, **more):
        server.forget_edits()
        page = visit(f"/image_recognition?run={evaluated}&see={see}", **more)
        expect(page.get_by_role("heading", name="5 ·")).to_be_visible()
        steps.settled(page)
        return page

    return opening


def tile(page):
    return page.locator(".cb-gallery-item")


def test_a_cell_of_the_matrix_shows_its_pictures_under_the_pointer_opens_them_and_a_reload_brings_them_back(evaluation):
    page = evaluation("classes")
    chart, each = page.locator(".cb-plot", has=page.locator(".heatmaplayer")), len(CLASSES)
    chart.locator(".heatmaplayer image, .heatmaplayer path").first.wait_for(state="attached")
    area = chart.locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    steps.still(page)
    box = area.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 3.5 / each, box["y"] + box["height"] * 3.5 / each)
    tip = page.locator(".cb-plot-tip:visible")
    expect(tip.locator("img")).to_have_count(3)
    page.mouse.move(5, 5)
    expect(tip).to_have_count(0)

    for row, column in ((3, 4), (16, 0), (7, 7)):
        steps.click_in(page, chart, (column + 0.5) / each, (row + 0.5) / each)
        page.wait_for_url(re.compile(rf"cell={row}-{column}\b"), wait_until="commit")
        expect(tile(page).first).to_contain_text(CLASSES[row])
        expect(tile(page).first).to_contain_text(CLASSES[column])
        tile(page).first.locator("img").evaluate("(picture) => picture.decode()")
    assert page.locator(WIDGETS).count() < 200

    steps.settled(page)
    tile(page).nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(CLASSES[7])
    page.wait_for_url(re.compile(r"item=\d+"), wait_until="commit")
    page.reload()
    expect(dialog).to_contain_text(CLASSES[7])
    expect(page.locator(".cb-explanation img")).to_have_count(2)
    steps.settled(page)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    page.wait_for_url(lambda url: "item=" not in url and "cell=7-7" in url)


def test_labels_are_decided_on_one_after_another_by_keys(evaluation):
    page = evaluation("labels")
    doubtful = page.get_by_role("radio", name=re.compile(r"^Doubtful \("))
    expect(doubtful).to_be_visible()
    many = int(re.sub(r"\D", "", doubtful.inner_text()))
    page.get_by_role("button", name="Review one by one").click()
    dialog = page.get_by_role("dialog")
    for key, left in (("k", many), ("s", many - 1), ("x", many - 2)):
        expect(dialog).to_contain_text(f"{left:,} labels left to review")
        steps.settled(page)
        page.keyboard.press(key)
    expect(dialog).to_contain_text(f"{many - 3:,} labels left to review")
    expect(dialog).to_contain_text(f"4 of {many:,}")
    steps.settled(page)
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("Excluded from the next training.")
    steps.settled(page)
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("radio", name=f"Doubtful ({many - 3:,})")).to_be_visible()
    expect(page.get_by_role("radio", name="Confirmed (1)")).to_be_visible()


def test_a_slice_chosen_by_keyboard_filters_other_views_where_a_threshold_is_set_by_hand_without_the_model(evaluation):
    page = evaluation("slices")
    rows = page.locator(".cb-slice-row")
    expect(rows.first).to_be_visible()
    size = rows.first.locator(".cb-slice-size").inner_text()
    rows.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"only=[\w%]+\.\d+"), wait_until="commit")
    chip = page.get_by_role("button", name="Only “")
    expect(chip).to_contain_text(size)
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    expect(tile(page).first).to_be_visible()
    page.goto(page.url.replace("see=slices", "see=certainty"))
    expect(chip).to_contain_text(size)
    chip.click()
    expect(chip).to_have_count(0)
    assert "only=" not in page.url
    steps.settled(page)
    page.get_by_role("radio", name="By hand").click()
    expect(page.get_by_role("button", name="Save the threshold of 50%")).to_be_visible()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Save the threshold of 51%")).to_be_visible()


def test_an_example_is_followed_through_the_network_of_its_run_and_a_step_is_told_in_numbers(visit, trained):
    page = visit(f"{trained}&see=classes&item=3")
    closer = page.get_by_test_id("stDialog")
    expect(closer.get_by_text("Look inside the network")).to_be_visible()
    steps.settled(page)
    closer.get_by_text("Look inside the network").click()
    picture = closer.locator(".cb-inside img").first
    expect(picture).to_be_visible(timeout=90_000)
    steps.comes(page, lambda: picture.evaluate("({ naturalWidth }) => naturalWidth"), lambda width: width > 0)
    steps.see(page, "Feature vector")
    expect(closer.get_by_text(re.compile(r"^[\d,]+ numbers · norm"))).to_be_visible()
    expect(closer.locator(".cb-plot-box .bars path").first).to_be_attached()
    steps.see(page, "Layer outputs")
    expect(closer.get_by_text(re.compile(r"strongest of \d+ feature maps"))).to_be_visible()
    steps.see(page, "Gradient step")
    before, after = told(closer)
    bars = closer.locator(".cb-plot-box .bars path")
    expect(bars.first).to_be_attached()
    fills = bars.evaluate_all("(bars) => bars.map((bar) => getComputedStyle(bar).fill)")
    assert len({*fills}) == 2 and "rgb(0, 0, 0)" not in fills  # what is frozen, and what learns
    assert after != before
    closer.get_by_role("slider").press("ArrowLeft")
    steps.settled(page)
    steps.comes(page, lambda: told(closer), lambda now: now[0] == before and now[1] != after)
    steps.fits_the_window(page)


def told(closer):
    """The loss of the example before and after the step."""
    sentence = closer.get_by_text("Loss of this example")
    expect(sentence).to_be_visible()
    return [float(number) for number in LOSS.search(sentence.inner_text()).groups()]
