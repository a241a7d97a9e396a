"""Say which class recordings are of, with the model in this folder.

    python predict.py call.wav answer.mp3

Needs features.py and encoder.py beside it, torch, transformers, soundfile, soxr, safetensors and numpy, and nothing of
Casebook. Reads WAV, FLAC, OGG and MP3 at any rate; of a longer recording it hears the first 30 seconds. From Python:
`predict(load(folder), files)` returns an array (files, classes) of probabilities.
"""

import json
import sys
from pathlib import Path

import numpy as np

if __package__ == "cases.speech":
    from cases.speech.audio import features
else:  # in a bundle it lies beside this script
    import features  # type: ignore[no-redef]  # it is the same file


def decode(file):
    """(samples,) float32 at 16 kHz: the mean of the channels."""
    import soundfile
    import soxr

    with soundfile.SoundFile(file) as sound:
        rate, wave = sound.samplerate, sound.read(31 * sound.samplerate, dtype="float32", always_2d=True).mean(1)
    return (wave if rate == features.RATE else soxr.resample(wave, rate, features.RATE))[: features.LONGEST]


def extractor(folder):
    """What turns a sound (samples,) at 16 kHz into the frames that the body in this folder hears; needs no torch."""
    said = (features.stated(Path(folder), name) for name in ("config.json", "preprocessor_config.json"))
    found = features.extractor(*said)
    if found is None:
        raise ValueError("The body in this folder is of a kind that features.py does not know.")
    return found.frames


def encoder(folder):
    """The network in this folder, a torch module: frames (1, frames, bands) and lengths (1,) → (1, width)."""
    if __package__ == "cases.speech":
        from cases.speech.audio.encoders import load_body as read
    else:  # in a bundle encoder.py is the file of them that reads its network
        from encoder import load as read  # type: ignore[no-redef]
    return read(folder).eval()


def load(folder):
    """The network and everything it needs, as a dictionary."""
    from safetensors.torch import load_file

    folder = Path(folder)
    labels, told = (json.loads((folder / name).read_text("utf-8")) for name in ("labels.json", "preprocessing.json"))
    parts = {"frames": extractor(folder / "body"), "body": encoder(folder / "body")}
    return {**parts, "head": load_file(folder / "head.safetensors"), "labels": labels, **told}


def logits(model, wave):
    """Scores (1, classes) of a sound (samples,) at 16 kHz."""
    import torch
    from torch.nn import functional

    head, heard = model["head"], features.padded([model["frames"](wave)])
    with torch.no_grad():
        x = model["body"](**{name: torch.from_numpy(array) for name, array in heard.items()})
        x = (x - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def predict(model, files):
    return np.concatenate([logits(model, decode(file)).softmax(1).numpy() for file in files])


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for name in sys.argv[1:]:
        scores = predict(loaded, [name])[0]
        print(f"{name}\t{loaded['labels'][scores.argmax()]}\t{scores.max():.3f}")
