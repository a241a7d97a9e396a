"""Texts of a few words, one of which tells the class; a small network that reads them; what a run would say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cases.base import WorkDirs
from cases.dataset import Dataset

WORDS = {"praise": "good fine lovely warm", "blame": "bad cold late rude", "question": "when where who which"}
FILLING = ["the", "a", "it", "was", "is", "food", "place", "today", "very", "so"]
CHINESE = "很好不坏差书酒店电脑的了，。"
FIGURES = {name: {"value": 0.5, "low": 0.4, "high": 0.6} for name in ("accuracy", "macro_f1")}
RESULT = {
    "data": {"train": 168, "validation": 36, "test": 36},
    "test": FIGURES,
    "references": {"majority": FIGURES, "frozen_features": FIGURES},
}


def said(count, seed=0):
    """So many texts of one to nine words, each with its class."""
    random = np.random.default_rng(seed)
    for number in range(count):
        label = list(WORDS)[number % 3]
        words = [*random.choice(FILLING, random.integers(0, 9)), random.choice(WORDS[label].split())]
        yield " ".join(random.permutation(words)), label


def table(count, seed=0, heading="text,label"):
    """A CSV of such texts."""
    return "\n".join([heading, *map(",".join, said(count, seed))])


def write(folder, count=240):
    """A data set of so many such texts."""
    rows = [{"name": f"texts.csv:{number + 2}", "file": "", "label": label, "split": "", "text": text}
            for number, (text, label) in enumerate(said(count))]  # fmt: skip
    made = Dataset(folder, "0123456789abcdef", "text_analysis", "texts", tuple(sorted(WORDS)))
    made.folder.mkdir()
    made.save(pd.DataFrame(rows), pd.DataFrame({"name": [], "reason": []}))
    return made


def write_body(folder, width=32, layers=2):
    """A small BERT that was never trained, and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.set_num_threads(1)
    words = [*FILLING, *" ".join(WORDS.values()).split(), *CHINESE]
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(known)}, "[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)  # Chinese characters stand alone
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=32, pad_token="[PAD]").save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(vocab_size=len(known), hidden_size=width, num_hidden_layers=layers, num_attention_heads=2,
                            intermediate_size=2 * width, max_position_embeddings=32)  # fmt: skip
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def build(dataset, folder, report, **chosen):
    """A trainer with a cache and a run's folder below `folder`."""
    from cases.text_analysis import trainer
    from cases.text_analysis.settings import Settings

    settings = Settings(**{"precision": "fp32", "epochs": 6, "batch_size": 8, "words": "without", **chosen})
    return trainer.build(settings, dataset, WorkDirs(folder / "run", folder / "cache"), report)


def learn(dataset, folder, report, **chosen):
    """The same, once it has trained."""
    trainer = build(dataset, folder, report, **chosen)
    trainer.fit(report)
    return trainer
