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
    """The numbers of the tokens of each text, a list each."""
    longest = 100 * model["tokenizer"].truncation["max_length"]  # characters; more would only take memory
    return [one.ids for one in model["tokenizer"].encode_batch([(model["prefix"] + text)[:longest] for text in texts])]


def padded(model, ids):
    """Two arrays (texts, tokens) of int64, filled to the longest text: the tokens, and 1 where there is one."""
    lengths = np.array([len(one) for one in ids])
    mask = np.arange(lengths.max()) < lengths[:, None]
    filled = np.full(mask.shape, model["pad"], np.int64)
    filled[mask] = np.concatenate(ids)
    return filled, mask.astype(np.int64)


def logits(model, ids, mask):
    """Scores (texts, classes): what the body makes of the tokens in its last layer, and in the upper half of its
    layers, goes through the head, each as the mean over the text."""
    import torch
    from torch.nn import functional

    head, (ids, mask) = model["head"], map(torch.from_numpy, (ids, mask))
    with torch.no_grad():
        layers = model["body"](input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        states = torch.cat([layers[-1], torch.stack(layers[-(len(layers) // 2) :]).mean(0)], -1)
        x = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        x = (x - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def probabilities(model, ids, mask, texts):
    """The same as probabilities, by whichever of the two was loaded; where the model counts words too, by both."""
    if "session" in model:
        counted = {} if model["vocabulary"] is None else ngrams.inputs(model["vocabulary"], texts)
        return model["session"].run(None, {"input_ids": ids, "attention_mask": mask, **counted})[0]
    scores = logits(model, ids, mask).double().numpy()
    return np.exp(ngrams.log_softmax(model["words"].joined(scores, texts) if model["words"] else scores))


def batches(ids, most):
    """The numbers of the texts in batches of like length, the longest first, each of at most so many tokens."""
    order = sorted(range(len(ids)), key=lambda text: len(ids[text]), reverse=True)
    while order:
        count = max(1, most // len(ids[order[0]]))
        some, order = order[:count], order[count:]
        yield some


def predict(model, texts):
    """(texts, classes) probabilities, computed in batches of like length."""
    ids = tokens(model, texts)
    found = np.empty((len(ids), len(model["labels"])), np.float32)

    def compute(some):
        filled, mask = padded(model, [ids[place] for place in some])
        found[some] = probabilities(model, filled, mask, [texts[place] for place in some])

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
