"""What people call things may read like an address; nowhere does it become a link that one could follow."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_page import BOTH, VIEWS, answered
from playwright.sync_api import expect

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import
from runs.results import predictions
from runs.store import dataset_rows, queue, records, shares

from . import steps

ADDRESSES = ("http://evil.example/a", "HTTPS://evil.example", "www.evil.example", "WWW.evil.example/b?c=d",
             "a@evil.example", "mailto:b@evil.example", "xmpp:c@evil.example", "d.e+f@evil.example")  # fmt: skip
LINKS = "a[href*='evil' i], a[href^='mailto' i], a[href^='xmpp' i]"


@pytest.fixture(scope="module")
def named(server, pictures, zip_of, tmp_path_factory):
    """A run and its data that are called by addresses, as are their classes and files; and a link to its demo."""
    content = [*pictures(24).values()]
    folder = tmp_path_factory.mktemp("named")
    parts = []
    for number, name in enumerate([a for a in ADDRESSES for _ in range(8)]):
        path = folder / str(number)
        path.write_bytes(content[number])
        parts.append(UploadedFile(path, f"www.evil.example a@evil.example {number}.png", "", name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        read = data_import.into_dataset("image_recognition", parts, "evil", QUIET)
        dataset_rows.add("local", "evil", "image_recognition", " ".join(ADDRESSES[:3]), sample=False)
        chosen = as_json(cases.get("image_recognition").Settings())
        run = records.create_run("local", "fine_tune", "image_recognition", " ".join(ADDRESSES), status="running",
                                 dataset="evil", settings=chosen, edits={})  # fmt: skip
        labels = np.arange(64) // 8
        said = np.where(np.arange(64) % 4, labels, (labels + 1) % 8)
        answered(read.classes, labels, said, 0.9).save(paths.run(run) / predictions.FOLDER)
        queue.claim_here(run)
        queue.end(run, "done", result={
            "test": BOTH, "references": {"majority": BOTH, "frozen_features": BOTH}, "peak_memory_mb": 512.0,
            "data": {"train": 1, "validation": 1, "test": 64, "set_aside": 0}, "seconds": {"train": 1.0},
            "model": chosen["model"], "settings": chosen, "bundle": "bundle.zip",
            "onnx": {"items": 64, "same": 63, "largest_difference": 1e-6, "close": ["www.evil.example.png"]},
        })  # fmt: skip
        yield run, shares.create(records.run(run, "local"), days=1)


def no_links(page, *, inside="stMain", folded=True):
    """Wherever it stands, also in what is folded away."""
    expect(page.get_by_test_id(inside)).to_contain_text("evil.example")
    steps.settled(page)
    closed = page.locator("details:not([open]) > summary")
    while folded and closed.count():
        closed.evaluate_all("all => all.forEach((one) => one.click())")
        steps.settled(page)
    steps.still(page)
    assert page.locator(LINKS).count() == 0, page.url


def test_names_are_no_links_in_runs_where_data_are_checked_in_any_view_of_a_run_an_item_or_a_demo(visit, server, named):
    run, token = named
    pages = [("/image_recognition?data=evil&show=class:www.evil.example", {}), (f"/demo?t={token}", {})]
    pages += [(f"/image_recognition?run={run}&see={see}&cell=0-1", {"folded": see == "overview"}) for see in VIEWS]
    shown = {"inside": "stDialog", "folded": False}
    pages += [(f"/image_recognition?{looked}", shown) for looked in ("data=evil&look=17", f"run={run}&item=8")]
    page = visit("/runs")
    no_links(page)
    for address, how in pages:
        page.goto(server.url + address)
        steps.opened(page)
        no_links(page, **how)
