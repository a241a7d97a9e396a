"""The check of the data: what was found and set aside, and how classes, sizes and pictures are looked at."""

from __future__ import annotations

import json

import pytest
from check_page import LOUD, data, encoded, findings, look, said, scene, scenes, sound
from PIL import Image

__all__ = ["data", "look", "scenes"]  # fixtures


def gallery(app):
    """What the galleries of the page were given, besides the examples that the check begins with."""
    drawn = [str(element.proto) for element in app.main if "casebook_gallery" in str(getattr(element, "proto", ""))]
    return str([one for one in drawn if "_mosaic" not in one])


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
    data({**scenes(61, ("lake",)), **scenes(5, ("wood",), start=900)})
    app = look(show="class:lake")
    assert gallery(app).count("/api/item?") == 60
    assert "**lake** · 61" in said(app, "markdown")
    sound(app.selectbox(key="image_recognition_class").set_value("wood").run())
    assert app.query_params["show"] == "class:wood"


@pytest.mark.parametrize("address", [
    {"show": "class:gone", "look": "99999"}, {"show": "nonsense", "look": "x"}, {"show": "found:nonsense"},
    {"show": "size:1-2", "pins": "x,9999,1"}, {"show": "size:a-b-c-d"},
])  # fmt: skip
def test_a_strange_address_harms_nothing(data, scenes, look, address):
    data(scenes(4))
    shown = {"class": "classes", "found": "found", "size": "sizes"}.get(address["show"].split(":")[0], "aside")
    look(shown, **address)


def test_a_label_of_markup_is_shown_as_text_everywhere(data, scenes, look):
    files = {**scenes(6), **{f"{LOUD.replace('/', '-')}/{n}.png": encoded(scene(50 + n)) for n in range(4)}}
    data(files)
    loud = LOUD.replace("/", "-")
    for part in ("classes", "changes"):
        app = look(part, show=f"class:{loud}", look="0")
        for text in said(app, "markdown", "caption", "warning", "success", "error"):
            assert not any(raw in text for raw in ("<b>", "**x", ":red[", "[a](")), text


def test_what_was_set_aside_is_summed_up_searched_and_taken_along(data, scenes, look):
    data({**scenes(6), "lake/=1+1.jpg": b"no picture", "lake/cut.png": encoded(scene(1))[:300]})
    app = look("aside")
    damaged = "It is damaged and cannot be read to its end. Copy or download the original again."
    assert any(f"- **1 file** · {damaged}" in text for text in said(app, "markdown"))
    assert len(app.dataframe[-1].value) == 2
    sound(app.text_input(key="image_recognition_aside_search").set_value("CUT").run())
    assert app.dataframe[-1].value.to_numpy().tolist() == [["lake/cut.png", damaged]]
    assert "1 of 2 lines" in said(app, "caption")


def tiny(names):
    """Two small pictures of each of these classes."""
    return {
        f"{name}/{n}.png": encoded(scene(3 * at + n).resize((40, 40))) for at, name in enumerate(names)
        for n in range(2)
    }  # fmt: skip


def drawn(app, kind="bar"):
    """The traces of the one chart of this kind."""
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [traces] = [one["traces"] for one in given if one["traces"][0]["type"] == kind]
    return traces


def test_three_hundred_classes_and_every_part_stay_under_two_hundred_widgets(data, look):
    names = [f"kind {n:03}" for n in range(300)]
    data(tiny(names))
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
