"""Write down what is said in recordings, with the model in this folder; an example for programs in any language.

    python predict.py call.wav answer.mp3

Needs onnxruntime, numpy, soundfile and soxr. From Python: `predict(load(folder), files)` returns the texts.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np


def load(folder):
    """Encoder and decoder, the pieces of texts, and what model.json says, as a dictionary."""
    import onnxruntime

    folder, options = Path(folder), onnxruntime.SessionOptions()
    told = json.loads((folder / "model.json").read_text("utf-8"))
    options.intra_op_num_threads = 1  # recordings are computed side by side
    hear, write = (
        onnxruntime.InferenceSession(str(folder / told["files"][part]), options, providers=["CPUExecutionProvider"])
        for part in ("encoder", "decoder")
    )
    pieces = json.loads((folder / told["text"]["pieces"]).read_text("utf-8"))
    return {"hear": hear, "write": write, "pieces": pieces, **told}


def samples(model, file):
    """(samples,) float32: the mean of the channels."""
    import soundfile
    import soxr

    rate = model["sample_rate"]
    with soundfile.SoundFile(file) as sound:
        own, most = sound.samplerate, model["windows"]["most"]
        wave = sound.read(most * own, dtype="float32", always_2d=True).mean(1)
    return wave if own == rate else soxr.resample(wave, own, rate)


def windows(model, wave):
    """The sound in pieces, cut where it is quiet."""
    told, rate, found = model["windows"], model["sample_rate"], []
    longest, least, pause = (round(told[name] * rate) for name in ("longest", "least", "pause"))
    while len(wave) > longest:
        sums = np.concatenate([[0.0], np.cumsum(np.square(wave[least:longest], dtype=np.float64))])
        end = least + int(np.argmin(sums[pause:] - sums[:-pause])) + pause // 2
        found.append(wave[:end])
        wave = wave[end:]
    return [*found, wave]


def tokens(model, wave):
    """The numbers of the tokens that are written for a window."""
    told = model["decoding"]
    found: list[int] = []
    heard = model["hear"].run(["heard"], {"samples": wave})[0]
    new, past = np.array([told["prefix"]], np.int64), np.zeros(told["past"], np.float32)
    while len(found) < told["most"]:
        scores, past = model["write"].run(["scores", "kept"], {"tokens": new, "past": past, "heard": heard})
        scores[0, told["never"] if found else [*told["never"], *told["never_first"]]] = -np.inf
        best = int(scores[0].argmax())
        if best == told["end"]:
            break
        found.append(best)
        new = np.array([[best]], np.int64)
    return found


def text(model, numbers):
    """Tokens as a text."""
    told, pieces = model["text"], model["pieces"]
    known = [pieces[token] for token in numbers if token < len(pieces)]
    joined = told["between"].join(one for one in known if one is not None)
    return joined.encode("latin-1").decode("utf-8", "replace").strip().translate(str.maketrans(*told["replaced"]))


def predict(model, files):
    """A text for each file."""

    def answer(file):
        some = [text(model, tokens(model, wave)) for wave in windows(model, samples(model, file))]
        return model["windows"]["between"].join(filter(None, some))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(answer, files))


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for name in sys.argv[1:]:
        print(f"{name}\t{predict(loaded, [name])[0]}")
