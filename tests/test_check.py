"""The check of the data: what was found and set aside, how it is looked at, what is put right, and when it is ready."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from opened_pages import framed, sound
from PIL import Image

from cases.dataset import Dataset
from cases.splits import divide
from runs.store import edits

LOUD = "<b>loud<-b> **x** :red[y] $x^2$ [a](http:--e.org)"  # also the name of a folder
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
        app = framed(locale)
        app.run()
        app.query_params.update({"data": "d1", **address})
        language = "zh" if locale.startswith("zh") else "en"
        if part:
            app.session_state[f"image_recognition_check_{language}"] = part
        return sound(app.switch_page("image_recognition.py").run())

    return opening


def said(app, *kinds):
    return [e.value for kind in kinds or ("markdown", "caption", "success", "warning", "error") for e in app.get(kind)]


def findings(app):
    """The first line of each finding, without its icon."""
    return [text.split("  \n")[0].split(" ", 1)[1] for text in said(app, "markdown") if ":small[" in text]


def changed():
    return edits.current("local", "d1")


def gallery(app):
    """What the galleries of the page were given, besides the examples that the check begins with."""
    drawn = [str(element.proto) for element in app.main if "casebook_gallery" in str(getattr(element, "proto", ""))]
    return str([one for one in drawn if "_mosaic" not in one])


def drawn(app, kind="bar"):
    """The traces of the one chart of this kind."""
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [traces] = [one["traces"] for one in given if one["traces"][0]["type"] == kind]
    return traces


def test_odd_pictures_are_found_and_shown_and_what_was_set_aside_is_summed_up_and_searched(data, scenes, look):
    data({
        **scenes(6), "lake/tiny.png": encoded(scene(61).resize((9, 9))),
        "wood/flat.png": encoded(Image.new("RGB", (50, 50))),
        "wood/long.png": encoded(scene(62).resize((400, 20))),
        "lake/moving.gif": encoded(scene(63), "GIF", save_all=True, append_images=[scene(64)]),
        "lake/=1+1.jpg": b"no picture", "lake/cut.png": encoded(scene(1))[:300],
    })  # fmt: skip
    app = look("found")
    assert findings(app) == [
        "**Single-colour pictures** · 1", "**Smaller than 32 pixels** · 2",
        "**Aspect ratio above 4:1** · 1", "**Animated or multi-page pictures** · 1",
    ]  # fmt: skip
    sound(app.button(key="show_tiny").click().run())
    assert app.query_params["show"] == "found:tiny"
    assert "tiny" not in gallery(app) and "lake" in gallery(app)
    app = look("aside")
    damaged = "It is damaged and cannot be read to its end. Copy or download the original again."
    assert any(f"- **1 file** · {damaged}" in text for text in said(app, "markdown"))
    assert len(app.dataframe[-1].value) == 2
    sound(app.text_input(key="image_recognition_aside_search").set_value("CUT").run())
    assert app.dataframe[-1].value.to_numpy().tolist() == [["lake/cut.png", damaged]]
    assert "1 of 2 lines" in said(app, "caption")


def test_a_class_opens_its_pictures_sixty_at_a_time(data, scenes, look):
    data({**scenes(61, ("lake",)), **scenes(5, ("wood",), start=900)})
    app = look(show="class:lake")
    assert gallery(app).count("/api/item?") == 60
    assert "**lake** · 61" in said(app, "markdown")
    sound(app.selectbox(key="image_recognition_class").set_value("wood").run())
    assert app.query_params["show"] == "class:wood"


def test_a_strange_address_harms_nothing(data, scenes, look):
    data(scenes(4))
    look("classes", show="class:gone", look="99999")
    look("aside", show="nonsense", look="x")
    look("found", show="found:nonsense")
    look("sizes", show="size:1-2", pins="x,9999,1")
    look("sizes", show="size:a-b-c-d")


def test_a_label_of_markup_is_shown_as_text_everywhere(data, scenes, look):
    data({**scenes(6), **{f"{LOUD}/{n}.png": encoded(scene(50 + n)) for n in range(4)}})
    for part in ("classes", "changes"):
        app = look(part, show=f"class:{LOUD}", look="0")
        for text in said(app, "markdown", "caption", "warning", "success", "error"):
            assert not any(raw in text for raw in ("<b>", "**x", ":red[", "[a](")), text


@pytest.mark.slow
def test_three_hundred_classes_stay_under_a_hundred_widgets(data, look):
    names = [f"kind {n:03}" for n in range(300)]
    data({f"{name}/{n}.png": encoded(scene(3 * at + n).resize((40, 40)))
          for at, name in enumerate(names) for n in range(2)})  # fmt: skip
    app = look(show="class:kind 007", look="1")
    kinds = ("button", "selectbox", "number_input", "text_input", "button_group", "slider", "checkbox", "radio",
             "multiselect")  # fmt: skip
    assert sum(len(app.get(kind)) for kind in kinds) < 100
    assert "All 300 classes, largest first. Hover over a bar for its name." in said(app)
    bars = drawn(app)
    assert [len(trace["x"]) for trace in bars] == [300] * 3 and bars[0]["customdata"] == names


def test_ranges_of_numbers_are_listed_in_their_order_and_all_other_classes_by_size(data, look):
    sizes = {"unsure": 3, "2 (40 – 80)": 4, "3 (> 80)": 6, "1 (≤ 40)": 5, "none": 7}
    data({f"{name}/{n}.png": encoded(scene(9 * at + n)) for at, (name, size) in enumerate(sizes.items())
          for n in range(size)})  # fmt: skip
    order = ["1 (≤ 40)", "2 (40 – 80)", "3 (> 80)", "none", "unsure"]
    app = look()
    assert drawn(app)[0]["customdata"] == order
    [table] = [one.value for one in app.dataframe if "label" in one.value]
    assert list(table["label"]) == order
    [cards] = [json.loads(e.proto.json)["items"] for e in app.get("bidi_component")
               if e.proto.component_name == "casebook_gallery"]  # fmt: skip
    assert [*dict.fromkeys(card["title"] for card in cards)] == order


def test_data_that_were_read_before_copies_were_looked_for_open_all_the_same(data, scenes, look):
    dataset = data(scenes(6))
    old = dataset.samples[["name", "file", "label", "split", "width", "height"]]
    old.to_parquet(dataset.folder / "samples.parquet")
    for part in ("classes", "found"):
        look(part, show="found:alike", look="1")


# What the check has a person put right


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


@pytest.mark.slow
def test_copies_are_taken_out_by_one_click_and_which_of_two_labels_is_right_is_not_decided(with_copies, look):
    copies = rows_named(with_copies, "train/lake/03.png", "train/wood/04.png")
    torn = rows_named(with_copies, "train/wood/lake.png", "train/lake/07.png")
    app = look("found")
    assert findings(app) == [
        "**Duplicates across splits** · 4 in 2 groups", "**Duplicates with different labels** · 2 in one group",
        "**Exact duplicates** · 4 in 2 groups", "**Duplicates and near-duplicates** · 6 in 3 groups",
    ]  # fmt: skip
    assert app.button(key="mend_straddling_0").label == "Exclude from training (2)"
    sound(app.button(key="mend_straddling_0").click().run())
    assert changed() == dict.fromkeys(copies)
    assert not [text for text in said(app.run(), "markdown") if "across splits" in text]
    edits.undo("local", "d1")
    assert changed() == {}  # one click, one stroke
    sound(app.run())
    for button in [b for b in app.button if b.label.startswith("Deduplicate")]:
        sound(app.button(key=button.key).click().run())
        assert changed() and not set(changed()) & torn
        edits.undo_all("local", "d1")
        sound(app.run())
    sound(app.button(key="mend_alike_0").click().run())
    assert set(changed()) == copies
    sound(app.run())
    sound(app.button(key="mend_contradicting_0").click().run())
    assert set(changed()) - copies == torn
    sound(app.run())
    assert "No issues found, and no duplicates." in said(app)


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


@pytest.mark.slow
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


def test_good_data_are_ready_in_one_sentence_that_follows_the_shares_and_tells_the_split_that_a_run_makes(
    data, scenes, look
):
    dataset = data(scenes(20))
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
    edits.add_all("local", "d1", {0: None, 1: "wood", 25: None})
    now = Dataset.open(dataset.folder, edits.current("local", "d1"))
    counts = {part: len(rows) for part, rows in divide(now, validation=0.15, test=0.5, seed=0).items()}
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
    data({**scenes(8), f"{LOUD}/1.png": encoded(scene(77))})
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
