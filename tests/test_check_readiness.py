"""Whether data are ready: how they are divided, what they lack, and the click that puts it right."""

from __future__ import annotations

from check_page import LOUD, changed, data, encoded, look, said, scene, scenes, sound

from cases.dataset import Dataset
from cases.splits import divide
from runs.store import edits

__all__ = ["data", "look", "scenes"]  # fixtures

READY = "Ready: {} examples in {} classes; {} training, {} validation, {} test."


def test_good_data_are_ready_in_one_sentence(data, scenes, look):
    data(scenes(20))
    assert said(look(), "success") == [READY.format(40, 2, 28, 6, 6)]


def test_few_to_test_on_are_said_to_tell_little(data, scenes, look):
    data(scenes(20))
    rough = "Only {} test examples: the final metric will be imprecise. Add data or raise the test fraction."
    app = look()
    assert rough.format(6) in said(app, "caption")
    sound(app.number_input(key="image_recognition_split_test_").set_value(0.5).run())
    assert not [text for text in said(app, "caption") if "will be imprecise" in text]


def test_the_split_that_is_told_is_the_one_a_run_makes_whatever_was_edited(data, scenes, look):
    dataset = data(scenes(20))
    edits.add_all("local", "d1", {0: None, 1: "wood", 25: None})
    now = Dataset.open(dataset.folder, edits.current("local", "d1"))
    counts = {part: len(rows) for part, rows in divide(now, validation=0.15, test=0.15, seed=0).items()}
    assert said(look(), "success") == [READY.format(38, 2, counts["train"], counts["validation"], counts["test"])]


def test_the_shares_are_set_in_the_page_and_the_table_follows(data, scenes, look):
    data(scenes(20))
    app = look()
    sound(app.number_input(key="image_recognition_split_test_").set_value(0.25).run())
    assert said(app, "success") == [READY.format(40, 2, 24, 6, 10)]
    table = app.dataframe[0].value
    assert table[["label", "train", "validation", "test"]].to_numpy().tolist() == [
        ["lake", 12, 3, 5],
        ["wood", 12, 3, 5],
    ]


def test_a_part_that_came_with_the_data_is_not_asked_for(data, scenes, look):
    data({**scenes(8, above="train/"), **scenes(3, above="test/", start=500)})
    app = look()
    assert app.number_input(key="image_recognition_split_test_").disabled
    assert not app.number_input(key="image_recognition_split_validation_").disabled
    assert said(app, "success") == [READY.format(22, 2, 14, 2, 6)]
    assert "Split given by the data: Training, Test. No examples are added to a given validation or test set." in said(
        app
    )


def test_one_class_only_after_edits_is_not_ready_and_can_be_taken_back(data, scenes, look):
    dataset = data(scenes(6))
    lakes = dataset.samples.index[dataset.samples["label"] == "lake"]
    edits.add_all("local", "d1", dict.fromkeys(lakes))
    app = look()
    assert said(app, "error") == [
        "Only one class is left, “wood”. At least two classes are needed. Restore excluded examples, or correct labels."
    ]
    sound(app.button(key="gate_undo").click().run())
    assert changed() == {}
    assert said(app, "success") == [READY.format(12, 2, 8, 2, 2)]


def test_everything_left_out_is_said(data, scenes, look):
    dataset = data(scenes(4))
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


def test_a_class_without_training_pictures_is_named(data, scenes, look):
    data({**scenes(6, above="train/"), **scenes(2, ("lake", "wood", "moor"), above="test/", start=500)})
    [told] = [text for text in said(look(), "warning") if "without" in text]
    assert told == (
        "Classes without training examples: moor. The model cannot predict them. Add training examples or exclude "
        "these classes."
    )


def test_nothing_left_to_test_is_said_with_a_way_out(data, scenes, look):
    data(scenes(2))
    assert said(look(), "error") == [
        "No class has three different examples. A class needs three: one each for training, validation and test. "
        "Still to be added: lake × 1, wood × 1."
    ]


def test_small_classes_are_counted_and_named_before_they_are_excluded(data, scenes, look):
    names = [f"kind{n:02}" for n in range(12)]
    data({**scenes(3, names), **scenes(8, ("lake", "wood"), start=90_000)})
    app = look()
    button = app.button(key="gate_few")
    assert button.label == "Exclude 12 classes" and all(name in button.help for name in names)
    sound(button.click().run())
    assert len(changed()) == 36


def test_small_classes_are_told_apart_from_those_with_a_single_example(data, scenes, look):
    data({**scenes(8), **scenes(4, ("hill", "moor"), start=50_000), "sea/1.png": encoded(scene(77))})
    alone, few = said(look(), "warning")
    assert alone.startswith("Classes with a single example: sea.")
    assert few.startswith("Classes with 2 to 4 examples: hill, moor.")


def test_classes_that_are_all_small_cannot_be_excluded_at_once(data, scenes, look):
    data(scenes(3, [f"kind{n:02}" for n in range(12)]))
    app = look()
    [told] = said(app, "warning")
    assert told.startswith("All 12 classes have fewer than 5 examples.") and "Add examples to each." in told
    assert not [button for button in app.button if button.key == "gate_few"]


def test_copies_do_not_make_three_examples(data, scenes, look):
    few = scenes(2)
    data({**few, "lake/again.png": few["lake/00.png"]})
    assert "Still to be added: lake × 1, wood × 1." in said(look(), "error")[0]
