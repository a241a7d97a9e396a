"""Say which class recordings are of, with the model in this folder.

    python predict.py call.wav answer.mp3
    python predict.py --onnx call.wav

Needs decision.py, features.py and encoder.py beside it, torch, transformers, soundfile, soxr, safetensors and numpy,
with --onnx decision.py, features.py, onnxruntime, soundfile, soxr and numpy; and nothing of Casebook. Reads WAV, FLAC,
OGG and MP3 at any rate; of a longer recording it hears the first 30 seconds. Where decision.json names a threshold, an
answer below it is “not sure”, followed by the best guesses. From Python: `predict(load(folder), files)` returns an
array (files, classes) of probabilities, and so does `predict(load_onnx(folder), files)`.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

if __package__ == "cases.speech":
    from cases.speech.audio import features
    from models.evaluation import decision
else:  # in a bundle they lie beside this script
    import decision  # type: ignore[no-redef]  # it is the same file, and so is the next
    import features  # type: ignore[no-redef]

POOL = 32  # recordings that are decoded before they are heard
AT_ONCE = 16_000  # what a batch may cost, see `features.FeatureExtractor`


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
    return found


def encoder(folder):
    """The network in this folder, a torch module: frames (n, frames, bands) and lengths (n,) → (n, width)."""
    if __package__ == "cases.speech":
        from cases.speech.audio.encoders import load_body as read
    else:  # in a bundle encoder.py is the file of them that reads its network
        from encoder import load as read  # type: ignore[no-redef]
    return read(folder).eval()


def described(folder):
    """The classes, what makes frames of a sound, and when an answer counts, as a dictionary."""
    labels, told = (json.loads((folder / name).read_text("utf-8")) for name in ("labels.json", "preprocessing.json"))
    return {"labels": labels, "extractor": extractor(folder / "body"), "decision": decision.read(folder), **told}


def load(folder):
    """The network and everything it needs, as a dictionary."""
    from safetensors.torch import load_file

    folder = Path(folder)
    return {"body": encoder(folder / "body"), "head": load_file(folder / "head.safetensors"), **described(folder)}


def load_onnx(folder):
    """The same from model.onnx, with onnxruntime in the place of torch, transformers and safetensors."""
    import onnxruntime

    folder = Path(folder)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    return {"session": session, **described(folder)}


def logits(model, heard):
    """Scores (sounds, classes) of what `features.padded` gives: frames (sounds, longest, bands), lengths (sounds,)."""
    import torch
    from torch.nn import functional

    head = model["head"]
    with torch.no_grad():
        x = model["body"](**{name: torch.from_numpy(array) for name, array in heard.items()})
        x = (x - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def probabilities(model, waves):
    """(sounds, classes) of sounds (samples,) at 16 kHz, by whichever of the two was loaded."""
    heard = features.padded([model["extractor"].frames(wave) for wave in waves])
    if "session" in model:
        return model["session"].run(None, heard)[0]
    return logits(model, heard).softmax(1).numpy()


def predict(model, files):
    """(files, classes) probabilities; files are decoded by all cores, and heard in batches of like length."""
    found = np.empty((len(files), len(model["labels"])), np.float32)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), POOL):
            waves = list(pool.map(decode, files[start : start + POOL]))
            order = sorted(range(len(waves)), key=lambda sound: len(waves[sound]), reverse=True)
            while order:
                count = max(1, AT_ONCE // model["extractor"].cost(len(waves[order[0]])))
                some, order = order[:count], order[count:]
                found[[start + sound for sound in some]] = probabilities(model, [waves[sound] for sound in some])
    return model["decision"].tempered(found)


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if name != "--onnx"]
    loaded = (load_onnx if "--onnx" in sys.argv else load)(Path(__file__).parent)
    for name in names:
        print(name, loaded["decision"].told(loaded["labels"], predict(loaded, [name])[0]), sep="\t")
