"""Say which class texts are of, with the model in this folder.

    python predict.py "A text." letter.txt
    python predict.py --onnx "A text."

Needs decision.py and ngrams.py beside it, torch, transformers, tokenizers, safetensors and numpy, with --onnx in their
place onnxruntime, tokenizers and numpy; and nothing of Casebook. What ends in .txt is a file in UTF-8, anything else
the text itself. Where decision.json names a threshold, an answer below it is “not sure”, followed by the best guesses.
From Python: `predict(load(folder), texts)` returns an array (texts, classes) of probabilities, and so does
`predict(load_onnx(folder), texts)`.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

if __package__ == "cases.text_analysis":
    from cases.text_analysis import ngrams
    from models.evaluation import decision
else:  # in a bundle they lie beside this script
    import decision  # type: ignore[no-redef]  # it is the same file
    import ngrams  # type: ignore[no-redef]  # the same

AT_ONCE, AT_ONCE_ONNX = 2048, 512  # tokens of a batch, with those that fill it


def read(file):
    """The text of a file, without what surrounds it."""
    return Path(file).read_bytes().decode("utf-8-sig").strip()


def described(folder):
    """The classes, how texts become tokens, what makes them, and when an answer counts, as a dictionary."""
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    known = {"labels": labels, "tokenizer": tokenizer(folder, preprocessing), "decision": decision.read(folder)}
    return {**known, **preprocessing}


def load(folder):
    """The network and everything it needs, as a dictionary."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModel, logging

    logging.set_verbosity_error()  # of layers that the body has or lacks and that are not used here
    folder = Path(folder)
    body = AutoModel.from_pretrained(folder / "body", dtype=torch.float32, use_safetensors=True).eval()
    loaded = {"body": body, "head": load_file(folder / "head.safetensors"), "words": ngrams.load(folder)}
    return {**loaded, **described(folder)}


def load_onnx(folder):
    """The same from model.onnx, with onnxruntime in the place of torch, transformers and safetensors."""
    import onnxruntime

    folder, options = Path(folder), onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # batches are computed side by side, which wastes less than dividing each
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    return {"session": session, "vocabulary": ngrams.vocabulary(folder), **described(folder)}


def tokenizer(folder, preprocessing):
    """Cuts a text to the most tokens that the body reads."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(Path(folder) / "body/tokenizer.json"))
    made.enable_truncation(preprocessing["most"])
    made.no_padding()
    return made


def tokens(model, texts):
    """The numbers of the tokens of each text, a list of windows, each a list."""
    count = model["windows"]["count"] if windowed(model) else 1
    longest = 100 * model["most"] * count  # characters; more would only take memory
    found = model["tokenizer"].encode_batch([(model["prefix"] + text)[:longest] for text in texts])
    return [windows(model, one) if count > 1 else [one.ids] for one in found]


def windowed(model):
    """Whether it reads a long text in several windows."""
    return bool(model.get("windows"))


def windows(model, encoded):
    """A text in windows that the body reads one by one, each between the marks of a text."""
    told, most = model["windows"], model["most"]
    begin, end, lead = (told[name] for name in ("begin", "end", "lead"))
    ids = [n for part in (encoded, *encoded.overflowing) for n in part.ids[len(begin) : len(part.ids) - len(end)]]
    first = most - len(begin) - len(end)
    stops = [*range(first, len(ids), first - len(lead)), len(ids)][: told["count"]]
    parts = [ids[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]
    return [[*begin, *(lead if number else []), *part, *end] for number, part in enumerate(parts)]


def shares(texts):
    """(texts, windows) the share of its tokens that a text has in each of its windows, 0 in those of other texts."""
    sizes = np.array([len(window) for text in texts for window in text], np.float32)
    own = np.repeat(np.arange(len(texts)), [len(text) for text in texts]) == np.arange(len(texts))[:, None]
    return own * sizes / (own * sizes).sum(1, keepdims=True)


def padded(model, ids):
    """Two arrays (windows, tokens) of int64, filled to the longest: the tokens, and 1 where there is one."""
    lengths = np.array([len(one) for one in ids])
    mask = np.arange(lengths.max()) < lengths[:, None]
    filled = np.full(mask.shape, model["pad"], np.int64)
    filled[mask] = np.concatenate(ids)
    return filled, mask.astype(np.int64)


def features(model, ids, mask):
    """(windows, width): what the body makes of the tokens in its last layer, and in the upper half of its layers, each
    as the mean over the window."""
    import torch

    ids, mask = map(torch.from_numpy, (ids, mask))
    layers = model["body"](input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
    states = torch.cat([layers[-1], torch.stack(layers[-(len(layers) // 2) :]).mean(0)], -1)
    return (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def logits(model, ids, mask, weights):
    """Scores (texts, classes): the means of their windows' features go through the head."""
    import torch
    from torch.nn import functional

    head = model["head"]
    with torch.no_grad():
        x = torch.from_numpy(weights) @ features(model, ids, mask)
        x = (x - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def probabilities(model, ids, texts):
    """The same as probabilities, by whichever of the two was loaded; where the model counts words too, by both.
    `ids` as `tokens` gives them for the texts."""
    (filled, mask), weights = padded(model, [window for text in ids for window in text]), shares(ids)
    if "session" in model:
        several = {"window_weights": weights} if windowed(model) else {}
        counted = {} if model["vocabulary"] is None else ngrams.inputs(model["vocabulary"], texts)
        return model["session"].run(None, {"input_ids": filled, "attention_mask": mask, **several, **counted})[0]
    scores = logits(model, filled, mask, weights).double().numpy()
    return np.exp(ngrams.log_softmax(model["words"].joined(scores, texts) if model["words"] else scores))


def batches(ids, most):
    """The numbers of the texts in batches of like length, the longest first, each of at most so many tokens."""
    lengths = [len(windows) * len(windows[0]) for windows in ids]
    order = sorted(range(len(ids)), key=lengths.__getitem__, reverse=True)
    while order:
        count = max(1, most // lengths[order[0]])
        some, order = order[:count], order[count:]
        yield some


def predict(model, texts):
    """(texts, classes) probabilities, computed in batches of like length."""
    ids = tokens(model, texts)
    found = np.empty((len(ids), len(model["labels"])), np.float32)

    def compute(some):
        found[some] = probabilities(model, [ids[place] for place in some], [texts[place] for place in some])

    alone = "session" in model
    with ThreadPoolExecutor(os.cpu_count() if alone else 1) as pool:
        list(pool.map(compute, batches(ids, AT_ONCE_ONNX if alone else AT_ONCE)))
    return model["decision"].tempered(found)


if __name__ == "__main__":
    texts = [given for given in sys.argv[1:] if given != "--onnx"]
    loaded = (load_onnx if "--onnx" in sys.argv else load)(Path(__file__).parent)
    for given in texts:
        scores = predict(loaded, [read(given) if given.endswith(".txt") else given])[0]
        print(given, loaded["decision"].told(loaded["labels"], scores), sep="\t")
