"""Say what is on pictures, with the model in this folder.

    python predict.py picture.jpg another.png
    python predict.py --onnx picture.jpg

Needs decision.py beside it (and side_by_side.py, where it came along), torch, timm (or transformers, where
body/config.json has a model_type), safetensors, numpy and pillow, with --onnx in their place onnxruntime, numpy and
pillow; and nothing of Casebook. Where decision.json names a threshold, an answer below it is “not sure”, followed by
the best guesses. From Python:
`predict(load(folder), files)` returns an array (files, classes) of probabilities, and so does
`predict(load_onnx(folder), files)`.
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

if __package__ == "cases.image_recognition":
    from models.evaluation import decision
else:  # in a bundle it lies beside this script
    import decision  # type: ignore[no-redef]  # it is the same file

BATCH = 16  # pictures at once
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")  # for some others Pillow starts programs
Image.MAX_IMAGE_PIXELS = 125_000_000  # Pillow refuses at twice this


def decode(file, size, interpolation):
    """The middle square of a picture, (size, size, 3) uint8 in RGB, turned upright, on white where it is clear.

    Of an animation or of several pages it is the first.
    """
    with Image.open(file, formats=FORMATS) as picture:
        picture.draft(picture.mode, (size, size))  # JPEG: decode no more than is needed
        picture.load()
        upright(picture)
        picture = on_white(smaller(eight_bits(picture), 4 * size))
    side = min(picture.size)
    left, top = ((length - side) / 2 for length in picture.size)
    square = (left, top, left + side, top + side)
    return np.asarray(picture.resize((size, size), Image.Resampling[interpolation.upper()], square))


def upright(picture):
    """Turn it as the camera was held; a note about that which cannot be read turns nothing."""
    with suppress(SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        ImageOps.exif_transpose(picture, in_place=True)


def eight_bits(picture):
    """Grey of 16 or 32 bits, or in floating point, as 0..255; where no usual white fits, the brightest is white."""
    if picture.mode[0] not in "IF":
        return picture
    grey, clear = np.nan_to_num(np.asarray(picture)), picture.info.get("transparency")
    usual = (1, 255, 65535) if picture.mode == "F" else (65535,)
    white = next((white for white in usual if grey.max() <= white), grey.max())
    if grey.dtype.kind == "u":  # 16 bits, without a detour over larger numbers
        grey = np.where(grey == clear, 65535, grey) if clear is not None else grey
        return Image.fromarray((grey // 257).astype("uint8"))
    return Image.fromarray((grey * (255 / float(white))).clip(0, 255).astype("uint8"))


def smaller(picture, enough):
    """A picture of many times the pixels needed is reduced at once, so that what follows takes little memory."""
    factor = min(picture.size) // enough
    if factor < 2:
        return picture
    if picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.reduce(factor)


def on_white(picture):
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def described(folder):
    """The classes, how pictures are prepared, and when an answer counts, as a dictionary."""
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    return {"labels": labels, "decision": decision.read(folder), **preprocessing}


def load(folder):
    """The network and everything it needs, as a dictionary."""
    import torch
    from safetensors.torch import load_file

    folder = Path(folder)
    stated = json.loads((folder / "body/config.json").read_text("utf-8"))
    of = of_transformers if "model_type" in stated else of_several if "side_by_side" in stated else of_timm
    body = of(folder / "body").eval()
    body = body.to(memory_format=torch.channels_last)  # quicker on a processor
    return {"body": body, "head": load_file(folder / "head.safetensors"), **described(folder)}


def of_timm(folder):
    import timm

    weights = {"source": "", "file": str(folder / "model.safetensors"), "custom_load": False}
    return timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0, pretrained_cfg_overlay=weights)


def of_transformers(folder):
    """A classifier without classes: what it calls logits are features."""
    from transformers import AutoModelForImageClassification

    return AutoModelForImageClassification.from_pretrained(folder, use_safetensors=True)


def of_several(folder):
    """Networks of timm side by side."""
    if __package__ == "cases.image_recognition":
        from cases.image_recognition import side_by_side
    else:  # in a bundle it lies beside this script
        import side_by_side  # type: ignore[no-redef]  # it is the same file
    return side_by_side.load(folder)


def load_onnx(folder):
    """The same from model.onnx, with onnxruntime in the place of torch, timm and safetensors."""
    import onnxruntime

    folder = Path(folder)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    return {"session": session, **described(folder)}


def logits(model, pixels):
    """Scores (pictures, classes) of squares (pictures, size, size, 3) uint8."""
    import torch
    from torch.nn import functional

    crop, head = model["crop"], model["head"]
    start = (pixels.shape[1] - crop) // 2
    x = torch.from_numpy(pixels[:, start : start + crop, start : start + crop]).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(model[name])[:, None, None] for name in ("mean", "std"))
    with torch.no_grad():
        features = model["body"]((x - mean) / std)
        x = (getattr(features, "logits", features) - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def probabilities(model, pixels):
    """The same as probabilities, by whichever of the two was loaded."""
    if "session" in model:
        return model["session"].run(None, {"pixels": pixels})[0]
    return logits(model, pixels).softmax(1).numpy()


def predict(model, files):
    """(files, classes) probabilities; files are decoded by all cores, and the network sees them in batches."""

    def squares(some):
        return np.stack(list(pool.map(lambda file: decode(file, model["size"], model["interpolation"]), some)))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        batches = (files[start : start + BATCH] for start in range(0, len(files), BATCH))
        return model["decision"].tempered(np.concatenate([probabilities(model, squares(some)) for some in batches]))


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if name != "--onnx"]
    loaded = (load_onnx if "--onnx" in sys.argv else load)(Path(__file__).parent)
    for name in names:
        print(name, loaded["decision"].told(loaded["labels"], predict(loaded, [name])[0]), sep="\t")
