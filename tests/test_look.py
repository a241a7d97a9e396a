"""The look of the pages: tokens that can be read and told apart, a scale of type, a grid, and one place for colours."""

from __future__ import annotations

import re
import tomllib
from itertools import combinations

import numpy as np
import pytest
from conftest import ROOT

THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"]
LOOK = (ROOT / "pages/shared/look.css").read_text("utf-8")
SHEETS = sorted((ROOT / "pages").rglob("*.css"))
GROUNDS = ("light", "dark")
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
READ, SEEN = 4.5, 3.0  # WCAG 2.2: contrast of text, and of what else is to be seen
APART = 12  # CIELAB distance that two colours of other meaning keep; about 2 is just seen, side by side
RIGHT_FROM_WRONG = 40

# Linear RGB as it is seen with no cones of one kind: Machado, Oliveira and Fernandes (2009), severity 1.
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour):
    """#rrggbb → (3,) linear RGB from 0 to 1."""
    value = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    darker, lighter = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def lab(rgb):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ rgb.clip(0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, sight):
    seen = [lab(np.array(SIGHTS[sight]) @ linear(colour)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def on_accent(ground):
    """The colour of what is written on the accent, as the style sheet has it."""
    pair = re.search(r"--cb-on-accent: light-dark\((#\w{6}), (#\w{6})\)", LOOK).groups()
    return pair[GROUNDS.index(ground)]


def mixed(share, text, ground):
    """`share` of the text's colour over the ground, as color-mix with transparent is painted; sRGB, as browsers do."""
    parts = [[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in (text, ground)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02x}" for over, under in zip(*parts, strict=True))


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_text_can_be_read_and_focus_and_marks_seen_on_every_ground(ground):
    theme = THEME[ground]
    muted = int(re.search(r"--cb-muted: color-mix\(in srgb, var\(--st-text-color\) (\d+)%", LOOK)[1]) / 100
    for under in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        texts = [theme["textColor"], mixed(muted, theme["textColor"], under), theme["linkColor"]]
        for colour in (*texts, *(theme[f"{hue}TextColor"] for hue in HUES)):
            assert contrast(colour, under) >= READ, colour
        assert contrast(theme["primaryColor"], under) >= SEEN
    for hue in HUES:
        assert contrast(theme[f"{hue}TextColor"], theme[f"{hue}BackgroundColor"]) >= READ, hue
    assert contrast(on_accent(ground), theme["primaryColor"]) >= READ
    for colour in (*(theme[f"{hue}Color"] for hue in HUES), *theme["chartCategoricalColors"]):
        assert contrast(colour, theme["backgroundColor"]) >= SEEN, colour


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_colours_of_other_meaning_are_told_apart_however_one_sees(ground, sight):
    theme = THEME[ground]
    for one, other in combinations(("red", "orange", "yellow", "green"), 2):
        assert distance(theme[f"{one}Color"], theme[f"{other}Color"], sight) >= APART, (one, other)
    assert distance(theme["greenColor"], theme["orangeColor"], sight) >= RIGHT_FROM_WRONG  # right, wrong
    parts = [theme["chartCategoricalColors"][number] for number in (0, 3, 2)]  # train, validation, test
    for one, other in combinations(parts, 2):
        assert distance(one, other, sight) >= APART


def test_the_style_sheet_writes_out_no_colour_but_those_of_the_theme():
    """It stands where Streamlit's own variables do not reach."""
    known = {value for ground in GROUNDS for value in THEME[ground].values() if isinstance(value, str)}
    written = set(re.findall(r"#[0-9a-f]{6}\b", LOOK)) - {on_accent(ground) for ground in GROUNDS}
    assert written <= known
    for light, dark in re.findall(r"light-dark\((#\w{6}), (#\w{6})\)", LOOK):
        names = [{name for name, value in THEME[ground].items() if value == colour}
                 for ground, colour in zip(GROUNDS, (light, dark), strict=True)]  # fmt: skip
        assert names[0] & names[1] or (light, dark) == tuple(map(on_accent, GROUNDS)), (light, dark)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_components_colours_and_sizes_come_from_the_tokens(sheet):
    if sheet.name == "look.css":
        return
    text = sheet.read_text("utf-8")
    assert not set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) - {"#000"}  # behind a video
    scale = {f"var(--cb-{name})" for name in ("display", "body", "small", "tiny")}
    assert set(re.findall(r"font-size: ([^;}]+)", text)) <= scale | {"1.25rem", "inherit", "14px", "12px"}
    for used in re.findall(r"var\((--cb-(?:muted|line|edge|faint|accent|right|wrong|danger|caution)[\w-]*)", text):
        assert f"{used}:" in LOOK, used
