"""Say which class texts are of, with the model in this folder; an example for programs in any language.

    python predict.py "A text." "Another text."

Needs onnxruntime, tokenizers, numpy, and regex where there is a charsmap.json. From Python: `predict(load(folder),
texts)` returns an array (texts, classes) of probabilities.
"""

import json
import os
import re
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

BEST = 3  # guesses that are told where the answer is “not sure”
AT_ONCE = 512  # tokens of a batch, with those that fill it
CHARACTERS = 100  # of a token at most; a longer text is cut first
CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
PIECES = re.compile(rf"[{CHINESE}]|[^\W{CHINESE}]+|[^\w\s]")  # a Chinese character, a word, or a sign
SHORT = 6  # bytes; in a shorter cluster of characters the first match stands for all of it


def load(folder):
    """The model, what cuts texts, and what model.json says, as a dictionary."""
    import onnxruntime
    from tokenizers import Tokenizer

    folder, options = Path(folder), onnxruntime.SessionOptions()
    told = json.loads((folder / "model.json").read_text("utf-8"))
    options.intra_op_num_threads = 1  # batches are computed side by side
    session = onnxruntime.InferenceSession(str(folder / told["file"]), options, providers=["CPUExecutionProvider"])
    cutting = Tokenizer.from_file(str(folder / told["tokenizer"]["file"]))
    cutting.enable_truncation(told["tokenizer"]["most"])
    cutting.no_padding()
    charsmap = told["tokenizer"]["charsmap"]
    becomes = json.loads((folder / charsmap).read_text("utf-8")) if charsmap else {}
    words = json.loads((folder / told["words"]["file"]).read_text("utf-8"))["words"] if told["words"] else []
    known = {word: number for number, word in enumerate(words)}
    return {"session": session, "cutting": cutting, "becomes": becomes, "vocabulary": known, **told}


def mapped(becomes, text):
    """The text with its characters replaced, by clusters of those that are one to the eye."""
    import regex

    return "".join(_cluster(becomes, cluster) for cluster in regex.findall(r"\X", text))


def _cluster(becomes, cluster):
    if len(cluster.encode()) < SHORT:
        for stop in range(1, len(cluster) + 1):
            if cluster[:stop] in becomes:
                return becomes[cluster[:stop]]
    return "".join(becomes.get(character, character) for character in cluster)


def tokens(model, texts):
    """The numbers of the tokens of each text, a list of windows, each a list."""
    told = model["tokenizer"]
    longest = CHARACTERS * told["most"] * (told["windows"]["count"] if told["windows"] else 1)
    cut = [(told["prefix"] + text)[:longest] for text in texts]
    given = [mapped(model["becomes"], text) for text in cut] if told["charsmap"] else cut
    return [windows(told, one) if told["windows"] else [one.ids] for one in model["cutting"].encode_batch(given)]


def windows(told, encoded):
    """A text in windows that the model reads one by one, each between the marks of a text."""
    begin, end, lead = (told["windows"][name] for name in ("begin", "end", "lead"))
    ids = [n for part in (encoded, *encoded.overflowing) for n in part.ids[len(begin) : len(part.ids) - len(end)]]
    first = told["most"] - len(begin) - len(end)
    stops = [*range(first, len(ids), first - len(lead)), len(ids)][: told["windows"]["count"]]
    parts = [ids[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]
    return [[*begin, *(lead if number else []), *part, *end] for number, part in enumerate(parts)]


def inputs(model, texts):
    """What the model takes of several texts, as `tokens` gives them."""
    found = padded(model, [window for text in texts for window in text])
    if not model["tokenizer"]["windows"]:
        return found
    sizes = np.array([len(window) for text in texts for window in text], np.float32)
    own = np.repeat(np.arange(len(texts)), [len(text) for text in texts]) == np.arange(len(texts))[:, None]
    return {**found, "window_weights": own * sizes / (own * sizes).sum(1, keepdims=True)}


def padded(model, ids):
    """Two arrays (windows, tokens) of int64, filled to the longest: the tokens, and 1 where there is one."""
    lengths = np.array([len(one) for one in ids])
    mask = np.arange(lengths.max()) < lengths[:, None]
    filled = np.full(mask.shape, model["tokenizer"]["pad"], np.int64)
    filled[mask] = np.concatenate(ids)
    return {"input_ids": filled, "attention_mask": mask.astype(np.int64)}


def counted(model, texts):
    """Two arrays (texts, words), where the model counts words: their numbers, and how many times; filled with 0."""
    if not model["words"]:
        return {}
    found, known = [], model["vocabulary"]
    for text in texts:
        pieces = PIECES.findall(text[: model["words"]["longest"]].lower())
        pairs = map(" ".join, pairwise(pieces))
        found.append(Counter(known[one] for one in [*pieces, *pairs] if one in known))
    shape = len(texts), max([1, *map(len, found)])
    ids, times = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for row, one in enumerate(found):
        ids[row, : len(one)], times[row, : len(one)] = [*one], [*one.values()]
    return {"word_ids": ids, "word_counts": times}


def batches(ids):
    """The numbers of the texts in batches of like length, the longest first."""
    lengths = [len(windows) * len(windows[0]) for windows in ids]
    order = sorted(range(len(ids)), key=lengths.__getitem__, reverse=True)
    while order:
        count = max(1, AT_ONCE // lengths[order[0]])
        some, order = order[:count], order[count:]
        yield some


def predict(model, texts):
    """(texts, classes) probabilities."""
    ids = tokens(model, texts)
    found = np.empty((len(ids), len(model["classes"])), np.float32)

    def compute(some):
        given = {**inputs(model, [ids[place] for place in some]), **counted(model, [texts[place] for place in some])}
        found[some] = model["session"].run(None, given)[0]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compute, batches(ids)))
    return found


def answer(model, scores):
    """What is printed of one answer: its class and probability, or “not sure” and the best guesses."""
    order = (-scores).argsort(kind="stable")
    if model["abstain"] is None or scores[order[0]] >= model["abstain"]:
        return f"{model['classes'][order[0]]}\t{scores[order[0]]:.3f}"
    return "\t".join(["not sure", *(f"{model['classes'][n]} {scores[n]:.3f}" for n in order[:BEST])])


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for text in sys.argv[1:]:
        print(text, answer(loaded, predict(loaded, [text])[0]), sep="\t")
