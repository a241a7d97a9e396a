"""The check of the data: what was found, what can be mended, and whether it is ready."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from PIL import Image
from streamlit.testing.v1 import AppTest
from told import given

from cases.dataset import Dataset
from cases.splits import divide
from pages.steps.check.rejected import as_csv
from runs.store import edits

LOUD = "<b>loud</b> **x** :red[y] $x^2$ [a](http://e.org)"
READY = "Ready: {} examples in {} classes; {} training, {} validation, {} test."


def encoded(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def scene(seed):
    """A picture of large patches, which stays what it is when it is made smaller."""
    patches = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
    return Image.fromarray(patches).resize((96, 96), Image.Resampling.BICUBIC)


@pytest.fixture
def data(zip_of, read_zip, tmp_path):
    """Read a zip of these files; the page then finds it as d1."""
    return lambda files: read_zip("image_recognition", zip_of(tmp_path / "scenes.zip", files))


@pytest.fixture
def scenes():
    def draw(each=10, classes=("lake", "wood"), above="", start=0):
        return {
            f"{above}{name}/{n:02}.png": encoded(scene(start + 1000 * at + n))
            for at, name in enumerate(classes)
            for n in range(each)
        }

    return draw


@pytest.fixture
def look():
    """Open the page on the data, with what its address says besides."""

    def opening(part=None, locale="en-GB", **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": locale, "timezone": "Europe/London"}
        app.run()
        app.query_params.update({"data": "d1", **address})
        language = "zh" if locale.startswith("zh") else "en"
        if part:
            app.session_state[f"image_recognition_check_{language}"] = part
        return sound(app.switch_page("image_recognition.py").run())

    return opening


def sound(app):
    assert not app.exception
    assert not [error.value for error in app.error if "our fault" in error.value]
    return app


def said(app, *kinds):
    return [e.value for kind in kinds or ("markdown", "caption", "success", "warning", "error") for e in app.get(kind)]


def gallery(app):
    """What the galleries of the page were given, besides the examples that the check begins with."""
    drawn = [str(element.proto) for element in app.main if "casebook_gallery" in str(getattr(element, "proto", ""))]
    return str([one for one in drawn if "_mosaic" not in one])


def findings(app):
    """The first line of each finding, without its icon."""
    return [text.split("  \n")[0].split(" ", 1)[1] for text in said(app, "markdown") if ":small[" in text]


def changed():
    return edits.current("local", "d1")


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
    assert warning.endswith("Add examples, change the label or exclude them.")
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
        "No examples are left in the “validation” split. At least one class needs three examples, one each for "
        "training, validation and test. Add examples, or change the split."
    ]


def test_odd_pictures_are_found_and_shown(data, scenes, look):
    data({
        **scenes(6), "lake/tiny.png": encoded(scene(61).resize((9, 9))),
        "wood/flat.png": encoded(Image.new("RGB", (50, 50))),
        "wood/long.png": encoded(scene(62).resize((400, 20))),
        "lake/moving.gif": encoded(scene(63), "GIF", save_all=True, append_images=[scene(64)]),
    })  # fmt: skip
    app = look("found")
    assert findings(app) == [
        "**Single-colour pictures** · 1", "**Smaller than 32 pixels** · 2",
        "**Aspect ratio above 4:1** · 1", "**Animated or multi-page pictures** · 1",
    ]  # fmt: skip
    sound(app.button(key="show_tiny").click().run())
    assert app.query_params["show"] == "found:tiny"
    assert "tiny" not in gallery(app) and "lake" in gallery(app)


def test_a_class_opens_its_pictures_sixty_at_a_time(data, scenes, look):
    data(scenes(70))
    app = look(show="class:lake")
    assert gallery(app).count("/api/item?") == 60
    assert "**lake** · 70" in said(app, "markdown")
    sound(app.selectbox(key="image_recognition_class").set_value("wood").run())
    assert app.query_params["show"] == "class:wood"


def test_a_size_opens_its_pictures(data, scenes, look):
    data({**scenes(5), "lake/big.png": encoded(scene(61).resize((300, 200)))})
    app = look("sizes", show="size:300-300-200-200")
    assert gallery(app).count("/api/item?") == 1
    assert any(
        text.startswith("Smallest 96 × 96, most common 96 × 96, largest 300 × 200.") for text in said(app, "caption")
    )


def test_one_size_of_all_pictures_is_said_in_place_of_a_chart(data, scenes, look):
    data(scenes(5))
    assert "All examples: 96 × 96." in said(look("sizes"), "caption")


@pytest.mark.parametrize("address", [
    {"show": "class:gone"}, {"show": "nonsense"}, {"show": "found:nonsense"}, {"show": "size:1-2"},
    {"show": "size:a-b-c-d"},
    {"look": "99999"}, {"look": "x"}, {"pins": "x,9999,1"},
])  # fmt: skip
def test_a_strange_address_harms_nothing(data, scenes, look, address):
    data(scenes(4))
    for part in ("classes", "found", "sizes", "aside", "changes"):
        look(part, **address)


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


def test_a_label_of_markup_is_shown_as_text_everywhere(data, scenes, look):
    files = {**scenes(6), **{f"{LOUD.replace('/', '-')}/{n}.png": encoded(scene(50 + n)) for n in range(4)}}
    data(files)
    loud = LOUD.replace("/", "-")
    for part in ("classes", "found", "sizes", "aside", "changes"):
        app = look(part, show=f"class:{loud}", look="0")
        for text in said(app, "markdown", "caption", "warning", "success", "error"):
            assert not any(raw in text for raw in ("<b>", "**x", ":red[", "[a](")), text


def test_what_was_set_aside_is_summed_up_searched_and_taken_along(data, scenes, look):
    data({**scenes(6), "lake/=1+1.jpg": b"no picture", "lake/cut.png": encoded(scene(1))[:300]})
    app = look("aside")
    damaged = "It is damaged and cannot be read to its end. Copy or download the original again."
    assert any(f"- **1** · {damaged}" in text for text in said(app, "markdown"))
    assert len(app.dataframe[-1].value) == 2
    sound(app.text_input(key="image_recognition_aside_search").set_value("CUT").run())
    assert app.dataframe[-1].value.to_numpy().tolist() == [["lake/cut.png", damaged]]
    assert "1 of 2 lines" in said(app, "caption")


def test_cells_that_look_like_formulas_are_quoted_in_the_csv():
    table = pd.DataFrame({"File": ["=1+1", "+2", "-3", "@x", "a=b", "猫,狗"], "Reason": ["a", "b", "c", "d", "e", "f"]})
    text = as_csv(table).decode("utf-8")
    assert text == "\ufeffFile,Reason\n'=1+1,a\n'+2,b\n'-3,c\n'@x,d\na=b,e\n\"猫,狗\",f\n"


def test_three_hundred_classes_and_every_part_stay_under_two_hundred_widgets(data, scenes, look):
    names = [f"kind {n:03}" for n in range(300)]
    data(
        {
            f"{name}/{n}.png": encoded(scene(3 * at + n).resize((40, 40)))
            for at, name in enumerate(names)
            for n in range(2)
        }
    )
    app = look(show="class:kind 007", look="1")
    kinds = (
        "button",
        "selectbox",
        "number_input",
        "text_input",
        "button_group",
        "slider",
        "checkbox",
        "radio",
        "multiselect",
    )
    assert sum(len(app.get(kind)) for kind in kinds) < 100
    assert "All 300 classes, largest first. Hover over a bar for its name." in said(app)
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [bars] = [one["traces"] for one in given if one["traces"][0]["type"] == "bar"]
    assert [len(trace["x"]) for trace in bars] == [300] * 3 and bars[0]["customdata"] == names


def test_data_that_were_read_before_copies_were_looked_for_open_all_the_same(data, scenes, look):
    dataset = data(scenes(6))
    old = dataset.samples[["name", "file", "label", "split", "width", "height"]]
    old.to_parquet(dataset.folder / "samples.parquet")
    for part in ("classes", "found", "sizes"):
        look(part, show="found:alike", look="1")


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
