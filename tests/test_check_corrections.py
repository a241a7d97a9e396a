"""Corrections in the check: labels changed and examples excluded or pinned, one or several at once, and taken back."""

from __future__ import annotations

import numpy as np
from check_page import LOUD, changed, data, look, said, scenes, sound
from told import given

from cases.splits import divide
from runs.store import edits

__all__ = ["data", "look", "scenes"]  # fixtures


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


def test_a_picture_is_left_out_and_taken_back(data, scenes, look):
    data(scenes(8))
    app = look(show="class:lake", look="0")
    sound(next(button for button in app.button if button.label == "Exclude").click().run())
    assert changed() == {0: None}
    app = look(show="class:lake", look="0")
    assert ("Excluded", "1") in [(m.label, m.value) for m in app.metric]
    sound(next(button for button in app.button if button.label == "Reset").click().run())
    assert ("Excluded", "1") not in [(m.label, m.value) for m in look().metric]


def test_what_is_left_out_is_counted_the_same_everywhere(data, scenes, look):
    data(scenes(8))
    edits.add("local", "d1", 0, None)
    edits.add("local", "d1", 1, "wood")
    app = look()
    data_step, check_step = (step["told"] for step in given(app, "casebook_rail")["steps"][:2])
    assert (data_step, check_step) == ("15 examples", "1 excluded · 1 corrected")
    assert ("Examples", "15") in [(m.label, m.value) for m in app.metric]
    assert any("15 examples" in one.value for one in app.success)
    assert any("15 examples · 2 classes · 1 excluded" in one.label for one in app.expander)


def test_pictures_are_pinned_at_most_eight(data, scenes, look):
    data(scenes(12))
    app = look(look="3")
    sound(app.button(key="look_pin").click().run())
    assert app.query_params["pins"] == "3"
    assert app.button(key="look_pin").label == "Unpin"
    sound(app.button(key="look_pin").click().run())
    assert "pins" not in app.query_params
    app = look(look="3", pins="4,5,6,7,8,9,10,11")
    assert app.button(key="look_pin").disabled


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


def test_several_items_are_pinned_as_far_as_there_is_room(data, scenes, look):
    data(scenes(20))
    app = selected(look(show="class:lake", pins="30"), range(12))
    sound(app.button(key="selected_pin").click().run())
    assert app.query_params["pins"] == "30,0,1,2,3,4,5,6"


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
