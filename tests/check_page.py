"""Small pictures, and the check of them on the page."""

from __future__ import annotations

import io

import numpy as np
import pytest
from opened_pages import framed, sound
from PIL import Image

from runs.store import edits

LOUD = "<b>loud</b> **x** :red[y] $x^2$ [a](http://e.org)"


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
