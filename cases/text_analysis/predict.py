"""Say which class texts are of, with the model in this folder.

    python predict.py "A text." letter.txt

Needs torch, transformers, tokenizers, safetensors and numpy, and nothing of Casebook. What ends in .txt is a file in
UTF-8, anything else the text itself. From Python: `predict(load(folder), texts)` returns an array (texts, classes) of
probabilities.
"""

import json
import sys
from pathlib import Path

import numpy as np

BATCH = 16  # texts at once


def read(file):
    """The text of a file, without what surrounds it."""
    return Path(file).read_bytes().decode("utf-8-sig").strip()


def load(folder):
    """The network and everything it needs, as a dictionary."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModel, logging

    logging.set_verbosity_error()  # of layers that the body has or lacks and that are not used here
    folder = Path(folder)
    body = AutoModel.from_pretrained(folder / "body", dtype=torch.float32, use_safetensors=True).eval()
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    tokens = tokenizer(folder, preprocessing)
    head = load_file(folder / "head.safetensors")
    return {"tokenizer": tokens, "body": body, "head": head, "labels": labels, **preprocessing}


def tokenizer(folder, preprocessing):
    """Cuts a text to the most tokens that the body reads, and fills a batch up to its longest text."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(Path(folder) / "body/tokenizer.json"))
    made.enable_truncation(preprocessing["most"])
    made.enable_padding(pad_id=preprocessing["pad"])
    return made


def tokens(model, texts):
    """Two arrays (texts, tokens) of int64: the numbers of the tokens, and 1 where there is one."""
    longest = 100 * model["tokenizer"].truncation["max_length"]  # characters; more would only take memory
    encoded = model["tokenizer"].encode_batch([(model["prefix"] + text)[:longest] for text in texts])
    return np.array([one.ids for one in encoded]), np.array([one.attention_mask for one in encoded])


def logits(model, texts):
    """Scores (texts, classes): what the body makes of the tokens in its last layer, and in the upper half of its
    layers, goes through the head, each as the mean over the text."""
    import torch
    from torch.nn import functional

    head, (ids, mask) = model["head"], map(torch.from_numpy, tokens(model, texts))
    with torch.no_grad():
        layers = model["body"](input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        states = torch.cat([layers[-1], torch.stack(layers[-(len(layers) // 2) :]).mean(0)], -1)
        x = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        x = (x - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def predict(model, texts):
    parts = [logits(model, texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    return np.concatenate([part.softmax(1).numpy() for part in parts])


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for given in sys.argv[1:]:
        scores = predict(loaded, [read(given) if given.endswith(".txt") else given])[0]
        print(f"{given}\t{loaded['labels'][scores.argmax()]}\t{scores.max():.3f}")
