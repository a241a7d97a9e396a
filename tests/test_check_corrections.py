"""What the check has a person put right: copies, labels, and what the data lack; when they are ready."""

from __future__ import annotations

import numpy as np
import pytest
from check_page import LOUD, changed, data, encoded, findings, look, said, scene, scenes, sound

from cases.dataset import Dataset
from cases.splits import divide
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
    assert findings(look("found")) == [
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


def test_one_click_keeps_one_of_each_and_a_contradiction_is_left_out_whole(with_copies, look):
    app = look("found")
    sound(app.button(key="mend_alike_0").click().run())
    copies = rows_named(with_copies, "train/lake/03.png", "train/wood/04.png")
    assert set(changed()) == copies
    sound(app.run())
    sound(app.button(key="mend_contradicting_0").click().run())
    assert set(changed()) - copies == rows_named(with_copies, "train/lake/07.png", "train/wood/lake.png")
    sound(app.run())
    assert "No issues found, and no duplicates." in said(app)


def test_a_picture_is_given_another_label_and_all_is_undone(data, scenes, look):
    data(scenes(8))
    app = look(show="class:lake", look="0")
    choice = next(box for box in app.selectbox if box.label == "New label")
    sound(choice.set_value("wood").run())
    assert changed() == {0: "wood"}
    edits.add("local", "d1", 0, LOUD)
    app = look("changes")
    assert app.dataframe[-1].value[["came", "now"]].to_numpy().tolist() == [["lake", LOUD], ["lake", "wood"]]
    sound(app.button(key="undo_last").click().run())
    assert changed() == {0: "wood"}
    sound(app.button(key="undo_all").click().run())
    assert changed() == {}


def selected(app, rows):
    app.session_state["image_recognition_items_rows"] = [int(row) for row in rows]
    return sound(app.run())


def test_several_items_are_corrected_in_one_edit_that_is_revoked(data, scenes, look):
    dataset = data(scenes(20))
    parts = divide(dataset, validation=0.15, test=0.15, seed=0)
    lakes = np.flatnonzero(dataset.samples["label"] == "lake")
    trained, tested = (np.intersect1d(lakes, parts[part]) for part in ("train", "test"))
    app = selected(look(show="class:lake"), trained[:3])
    sound(app.selectbox(key="image_recognition_items_label_0").set_value("wood").run())
    assert changed() == dict.fromkeys(trained[:3].tolist(), "wood")
    assert ":material/check: 3 corrected to “wood”" in said(app, "markdown")
    sound(app.button(key="image_recognition_items_revoke").click().run())
    assert changed() == {}
    selected(app, [trained[0], *tested[:2]])
    sound(app.button(key="image_recognition_items_exclude").click().run())
    assert changed() == {}  # test labels are a second thought
    assert [text for text in said(app, "markdown") if text.startswith("2 of them are test examples")]
    sound(app.button(key="image_recognition_items_others").click().run())
    assert changed() == {int(trained[0]): None}


def test_the_closer_look_counts_in_the_list_and_goes_on_after_a_correction(data, scenes, look):
    data(scenes(20))
    app = look(show="class:lake", look="3")
    assert "4 of 20" in said(app, "caption")
    assert (app.button(key="look_step_1").disabled, app.button(key="look_step_-1").disabled) == (False, False)
    row = next(row for row in range(3, 19) if not is_tested(app, row))
    sound(app.button(key=f"check_{row}_out").click().run())
    assert changed() == {row: None} and app.query_params["look"] == str(row + 1)
    assert f"{row + 2} of 20" in said(app, "caption")


def is_tested(app, row):
    """Whether the item is in the test part, as its closer look says."""
    app.query_params["look"] = str(row)
    return "Split: Test" in str(said(sound(app.run()), "markdown"))


READY = "Ready: {} examples in {} classes; {} training, {} validation, {} test."


def test_good_data_are_ready_in_one_sentence_and_follow_the_shares_that_are_set(data, scenes, look):
    data(scenes(20))
    app = look()
    assert said(app, "success") == [READY.format(40, 2, 28, 6, 6)]
    rough = "Only {} test examples: the final metric will be imprecise."
    assert [text for text in said(app, "caption") if text.startswith(rough.format(6))]
    sound(app.number_input(key="image_recognition_split_test_").set_value(0.25).run())
    assert said(app, "success") == [READY.format(40, 2, 24, 6, 10)]
    table = app.dataframe[0].value  # follows
    assert table[["label", "train", "validation", "test"]].to_numpy().tolist() == [
        ["lake", 12, 3, 5], ["wood", 12, 3, 5],
    ]  # fmt: skip
    sound(app.number_input(key="image_recognition_split_test_").set_value(0.5).run())
    assert not [text for text in said(app, "caption") if "will be imprecise" in text]


def test_the_split_that_is_told_is_the_one_a_run_makes_whatever_was_edited(data, scenes, look):
    dataset = data(scenes(20))
    edits.add_all("local", "d1", {0: None, 1: "wood", 25: None})
    now = Dataset.open(dataset.folder, edits.current("local", "d1"))
    counts = {part: len(rows) for part, rows in divide(now, validation=0.15, test=0.15, seed=0).items()}
    assert said(look(), "success") == [READY.format(38, 2, counts["train"], counts["validation"], counts["test"])]


def test_one_class_only_after_edits_is_not_ready_and_can_be_taken_back(data, scenes, look):
    dataset = data(scenes(6))
    lakes = dataset.samples.index[dataset.samples["label"] == "lake"]
    edits.add_all("local", "d1", dict.fromkeys(lakes))
    app = look()
    assert said(app, "error")[0].startswith("Only one class is left, “wood”. At least two classes are needed.")
    sound(app.button(key="gate_undo").click().run())
    assert changed() == {}
    assert said(app, "success") == [READY.format(12, 2, 8, 2, 2)]
    edits.add_all("local", "d1", dict.fromkeys(dataset.samples.index))
    assert said(look(), "error")[0].startswith("Everything is excluded. At least two classes are needed")


def test_a_class_with_one_picture_is_named_and_left_out_by_one_click(data, scenes, look):
    data({**scenes(8), f"{LOUD.replace('/', '-')}/1.png": encoded(scene(77))})
    app = look()
    [warning] = said(app, "warning")
    assert warning.startswith("Classes with a single example: \\<b\\>loud")
    assert warning.endswith("Add two examples to each, change the label or exclude them.")
    assert app.button(key="gate_alone").label == "Exclude 1 class"
    sound(app.button(key="gate_alone").click().run())
    assert list(changed().values()) == [None]
    assert said(app, "warning") == []
    sound(app.run())
    assert said(app, "success") == [READY.format(16, 2, 12, 2, 2)]


def test_small_classes_are_counted_and_named_before_they_are_excluded(data, scenes, look):
    names = [f"kind{n:02}" for n in range(12)]
    data({**scenes(3, names), **scenes(8, ("lake", "wood"), start=90_000)})
    app = look()
    button = app.button(key="gate_few")
    assert button.label == "Exclude 12 classes" and all(name in button.help for name in names)
    sound(button.click().run())
    assert len(changed()) == 36


def test_nothing_left_to_test_is_said_with_what_is_to_be_added_and_copies_do_not_make_three_examples(
    data, scenes, look
):
    few = scenes(2)
    data({**few, "lake/again.png": few["lake/00.png"]})
    [told] = said(look(), "error")
    assert told.startswith("No class has three different examples.")
    assert told.endswith("Still to be added: lake × 1, wood × 1.")
