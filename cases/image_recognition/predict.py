"""Say what is on pictures, with the model in this folder.

    python predict.py picture.jpg another.png

Needs torch, timm, safetensors, numpy and pillow, and nothing of Casebook. From Python:
`predict(load(folder), files)` returns an array (files, classes) of probabilities.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps


def decode(file, size, interpolation):
    """The middle square of a picture, (size, size, 3) uint8 in RGB, turned upright, on white where it is clear."""
    with Image.open(file) as picture:
        picture.draft(picture.mode, (size, size))  # JPEG: decode no more than is needed
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):  # 16 bits a channel
            picture = Image.fromarray((np.asarray(picture, dtype=float) / 257).clip(0, 255).astype("uint8"))
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        picture = picture.convert("RGB")
    side = min(picture.size)
    left, top = ((length - side) / 2 for length in picture.size)
    square = (left, top, left + side, top + side)
    return np.asarray(picture.resize((size, size), Image.Resampling[interpolation.upper()], square))


def load(folder):
    """The network and everything it needs, as a dictionary."""
    import timm
    from safetensors.torch import load_file

    folder = Path(folder)
    body = timm.create_model(f"local-dir:{folder / 'body'}", pretrained=True, num_classes=0).eval()
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    return {"body": body, "head": load_file(folder / "head.safetensors"), "labels": labels, **preprocessing}


def logits(model, pixels):
    """Scores (pictures, classes) of squares (pictures, size, size, 3) uint8."""
    import torch
    from torch.nn import functional

    crop, head = model["crop"], model["head"]
    start = (pixels.shape[1] - crop) // 2
    x = torch.from_numpy(pixels[:, start : start + crop, start : start + crop]).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(model[name])[:, None, None] for name in ("mean", "std"))
    with torch.no_grad():
        x = (model["body"]((x - mean) / std) - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def predict(model, files):
    pixels = np.stack([decode(file, model["size"], model["interpolation"]) for file in files])
    return logits(model, pixels).softmax(1).numpy()


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for name in sys.argv[1:]:
        scores = predict(loaded, [name])[0]
        print(f"{name}\t{loaded['labels'][scores.argmax()]}\t{scores.max():.3f}")
