"""Say what is on pictures, with the model in this folder; an example for programs in any language.

    python predict.py picture.jpg another.png

Needs onnxruntime, numpy and pillow. From Python: `predict(load(folder), files)` returns an array (files, classes) of
probabilities.
"""

import json
import os
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

BEST = 3  # guesses that are told where the answer is “not sure”
ENOUGH = 4  # times the pixels that the model takes; beyond, a picture is reduced at once
Image.MAX_IMAGE_PIXELS = 125_000_000  # Pillow refuses at twice this


def load(folder):
    """The model and what model.json says, as a dictionary."""
    import onnxruntime

    folder, options = Path(folder), onnxruntime.SessionOptions()
    told = json.loads((folder / "model.json").read_text("utf-8"))
    options.intra_op_num_threads = 1  # pictures are computed side by side
    session = onnxruntime.InferenceSession(str(folder / told["file"]), options, providers=["CPUExecutionProvider"])
    return {"session": session, **told}


def pixels(file, enough):
    """(height, width, 3) uint8 in RGB, turned upright, on white where it is clear; of an animation the first."""
    with Image.open(file) as opened:
        opened.load()
        upright(opened)
        picture = in_rgb(opened)
    factor = min(picture.size) // enough
    return np.asarray(picture.reduce(factor) if factor > 1 else picture)


def in_rgb(picture):
    """On white where it was transparent; grey of 16 bits by its upper eight."""
    if picture.mode.startswith("I"):
        return Image.fromarray((np.asarray(picture) // 257).clip(0, 255).astype("uint8")).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def upright(picture):
    """Turn it as the camera was held; a note about that which cannot be read turns nothing."""
    with suppress(SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        ImageOps.exif_transpose(picture, in_place=True)


def predict(model, files):
    """(files, classes) probabilities."""

    def answer(file):
        return model["session"].run(None, {"pixels": pixels(file, ENOUGH * model["resize_size"])})[0][0]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.stack(list(pool.map(answer, files)))


def answer(model, scores):
    """What is printed of one answer: its class and probability, or “not sure” and the best guesses."""
    order = (-scores).argsort(kind="stable")
    if model["abstain"] is None or scores[order[0]] >= model["abstain"]:
        return f"{model['classes'][order[0]]}\t{scores[order[0]]:.3f}"
    return "\t".join(["not sure", *(f"{model['classes'][n]} {scores[n]:.3f}" for n in order[:BEST])])


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for name in sys.argv[1:]:
        print(name, answer(loaded, predict(loaded, [name])[0]), sep="\t")
