"""Copies in the check of pictures: across parts and across labels, and what one click does about them."""

from __future__ import annotations

import pytest
from check_page import changed, data, encoded, findings, look, said, scene, scenes, sound

from cases import near_duplicates
from runs.store import edits

__all__ = ["data", "look", "scenes"]  # fixtures


@pytest.fixture
def with_copies(data, scenes):
    """Given parts; one exact copy and one resized copy of training pictures in the test; one copy under two labels."""
    files = {**scenes(10, above="train/"), **scenes(4, above="test/", start=500)}
    files["test/lake/same.png"] = files["train/lake/03.png"]
    files["test/wood/small.jpg"] = encoded(scene(1004).resize((40, 40)), "JPEG", quality=80)
    files["train/wood/lake.png"] = files["train/lake/07.png"]
    return data(files)


def rows_named(dataset, *names):
    return {dataset.samples.index[dataset.samples["name"] == name][0] for name in names}


def test_copies_across_the_parts_and_across_labels_are_found(with_copies, look):
    app = look("found")
    assert findings(app) == [
        "**Duplicates across splits** · 4 in 2 groups",
        "**Duplicates with different labels** · 2 in one group",
        "**Exact duplicates** · 4 in 2 groups",
        "**Duplicates and near-duplicates** · 6 in 3 groups",
    ]


def test_a_leak_stands_in_front_and_the_data_are_ready_only_when_it_is_mended(with_copies, look):
    app = look()
    assert not said(app, "success")
    assert [text.split("  \n")[0] for text in said(app, "warning")] == [
        "**Duplicates across splits** · 4 in 2 groups", "**Duplicates with different labels** · 2 in one group"
    ]  # fmt: skip
    assert any(text.startswith("Ready, with the warnings above: 31 examples in 2 classes;") for text in said(app))
    sound(app.button(key="gate_mend_straddling_0").click().run())
    sound(app.button(key="gate_mend_contradicting_0").click().run())
    assert not said(app, "warning") and said(app, "success")[0].startswith("Ready: 27 examples in 2 classes;")


def test_which_of_two_labels_is_right_is_not_decided_by_keeping_one_of_each(with_copies, look):
    torn = rows_named(with_copies, "train/wood/lake.png", "train/lake/07.png")
    app = look("found")
    for button in [b for b in app.button if b.label.startswith("Deduplicate")]:
        sound(app.button(key=button.key).click().run())
        assert changed() and not set(changed()) & torn
        edits.undo_all("local", "d1")
        sound(app.run())


def test_one_click_takes_the_copies_out_of_training_and_the_test_stays(with_copies, look):
    app = look("found")
    button = app.button(key="mend_straddling_0")
    assert button.label == "Exclude from training (2)"
    sound(button.click().run())
    assert set(changed()) == rows_named(with_copies, "train/lake/03.png", "train/wood/04.png")
    assert set(changed().values()) == {None}
    assert not [text for text in said(app.run(), "markdown") if "across splits" in text]
    edits.undo("local", "d1")
    assert changed() == {}  # one click, one stroke


def test_one_click_keeps_one_of_each(with_copies, look):
    app = look("found")
    sound(app.button(key="mend_alike_0").click().run())
    assert set(changed()) == rows_named(with_copies, "train/lake/03.png", "train/wood/04.png")
    sound(app.run())
    sound(app.button(key="mend_contradicting_0").click().run())
    sound(app.run())
    assert "No issues found, and no duplicates." in said(app)


def test_a_contradiction_can_be_left_out_whole(with_copies, look):
    app = look("found")
    sound(app.button(key="mend_contradicting_0").click().run())
    assert set(changed()) == rows_named(with_copies, "train/lake/07.png", "train/wood/lake.png")


def test_that_an_index_found_the_near_duplicates_is_said_beside_the_issues(data, scenes, look, monkeypatch):
    pytest.importorskip("faiss", reason="faiss-cpu finds near-duplicates among very many things; it is not installed")
    monkeypatch.setattr(near_duplicates, "EXACT", 5)
    data(scenes(11))
    assert [text for text in said(look("found"), "caption") if "by an index" in text] == [
        "Near-duplicates among 22 examples were searched approximately, by an index. A few may be missing."
    ]
