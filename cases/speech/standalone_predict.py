"""Say which class recordings are of, with the model in this folder; an example for programs in any language.

    python predict.py call.wav answer.mp3

Needs onnxruntime, numpy, soundfile and soxr. From Python: `predict(load(folder), files)` returns an array (files,
classes) of probabilities.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

BEST = 3  # guesses that are told where the answer is “not sure”


def load(folder):
    """The model and what model.json says, as a dictionary."""
    import onnxruntime

    folder, options = Path(folder), onnxruntime.SessionOptions()
    told = json.loads((folder / "model.json").read_text("utf-8"))
    options.intra_op_num_threads = 1  # recordings are computed side by side
    session = onnxruntime.InferenceSession(str(folder / told["file"]), options, providers=["CPUExecutionProvider"])
    return {"session": session, **told}


def samples(model, file):
    """(samples,) float32: the mean of the channels, of the beginning by which the model goes."""
    import soundfile
    import soxr

    rate, longest = model["sample_rate"], model["windows"]["longest"]
    with soundfile.SoundFile(file) as sound:
        own = sound.samplerate
        wave = sound.read((longest + 1) * own, dtype="float32", always_2d=True).mean(1)
    return (wave if own == rate else soxr.resample(wave, own, rate))[: longest * rate]


def predict(model, files):
    """(files, classes) probabilities."""

    def answer(file):
        return model["session"].run(None, {"samples": samples(model, file)})[0][0]

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
