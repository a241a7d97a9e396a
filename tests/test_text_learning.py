"""A pretrained text network learns a person's labels, by the same steps as pictures do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from cases.base import Place
from cases.dataset import Dataset
from cases.text_analysis.learner import build
from cases.text_analysis.settings import Settings
from models import holding_back
from models.report import QUIET, Quiet

WORDS = {"praise": "good fine lovely warm", "blame": "bad cold late rude", "question": "when where who which"}
FILLING = ["the", "a", "it", "was", "is", "food", "place", "today", "very", "so"]
MODES = ("head", "last_blocks", "lora", "full")


class Listening(Quiet):
    def __init__(self):
        self.notes, self.validation = [], []

    def note(self, message, **args):
        self.notes.append(message.format(**args))

    def metrics(self, split, step, values):
        if split == "validation":
            self.validation.append(values)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a small BERT that was never trained, with a tokenizer of a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *FILLING, *" ".join(WORDS.values()).split()]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(known)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    folder = tmp_path_factory.mktemp("tiny")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=32, pad_token="[PAD]").save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(vocab_size=len(known), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                            intermediate_size=64, max_position_embeddings=32)  # fmt: skip
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture
def dataset(tmp_path):
    """240 texts of one to nine words, one word of which tells the class."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(240):
        label = list(WORDS)[number % 3]
        words = [*random.choice(FILLING, random.integers(0, 9)), random.choice(WORDS[label].split())]
        rows.append({"name": f"texts.csv:{number + 2}", "file": "", "label": label, "split": "",
                     "text": " ".join(random.permutation(words))})  # fmt: skip
    made = Dataset(tmp_path / "data", "0123456789abcdef", "text_analysis", "texts", tuple(sorted(WORDS)))
    made.folder.mkdir()
    made.save(pd.DataFrame(rows), pd.DataFrame({"name": [], "reason": []}))
    return made


@pytest.fixture
def learn(tiny, dataset, tmp_path):
    def learning(report=QUIET, **chosen):
        settings = Settings(**{"model": str(tiny), "precision": "fp32", "epochs": 6, "batch_size": 8, **chosen})
        learner = build(settings, dataset, Place(tmp_path / "run", tmp_path / "cache"), report)
        learner.fit(report)
        return learner

    return learning


@pytest.mark.parametrize("mode", MODES)
def test_texts_are_learnt_in_every_mode_and_the_table_of_words_stays(learn, tiny, mode):
    from models.sentences import load_body

    learner = learn(mode=mode, learning_rate=0.01 if mode == "head" else 0.005, epochs=12)
    before, after = load_body(tiny).get_input_embeddings().weight, learner.network.body.get_input_embeddings().weight
    assert torch.equal(before, after.detach().cpu())
    told = learner.evaluate(QUIET)
    assert told.metrics["accuracy"]["low"] > 0.5, told.metrics  # a third by chance
    assert list(learner.counts.values()) == [168, 36, 36] and len(told.predictions) == 36


def test_what_the_head_learns_from_is_what_the_network_computes(learn):
    learner = learn()
    rows = np.array([3, 41, 17])
    batch = learner.items.batches(np.arange(240)).__getitems__(rows.tolist())
    learner.network.eval()
    with torch.no_grad():
        computed = learner.network.features(batch["input_ids"], batch["attention_mask"])
    assert np.allclose(learner.features.open()[rows], computed.numpy(), atol=1e-5)


def test_a_batch_is_filled_to_its_longest_text_only(learn):
    batches = learn().items.batches(np.arange(240))
    lengths = np.array([len(ids) for ids in batches.ids])
    short = np.flatnonzero(lengths <= 4)[:5]
    assert batches.__getitems__(short.tolist())["input_ids"].shape == (5, lengths[short].max())


def standardised_by(learner, *parts):
    rows = np.concatenate([learner.ground.rows[part] for part in parts])
    return np.allclose(learner.network.head.mean.numpy(), learner.features.open()[rows].mean(0), atol=1e-5)


def test_the_last_fit_is_told_and_uses_all_that_may_be_learnt_from(learn):
    report = Listening()
    refitted = learn(report)
    [told] = report.notes
    assert told.startswith("The head was fitted once more, to training and validation data together; cross-validation")
    assert len(report.validation) == 6
    rows = np.concatenate([refitted.ground.rows["train"], refitted.ground.rows["validation"]])
    assert torch.allclose(
        refitted.network.head.mean, torch.from_numpy(refitted.features.open()[rows].mean(0)), atol=1e-5
    )


@pytest.mark.parametrize("chosen", [{"refit": "none"}, {"hidden": 8}, {"loss": "balanced"}])
def test_without_it_the_best_epoch_is_kept(learn, chosen):
    report = Listening()
    learner = learn(report, **chosen)
    assert not report.notes
    assert standardised_by(learner, "train")


def test_labels_that_mean_nothing_are_held_back_the_most():
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(200, 16, generator=generator)
    noise = torch.randint(0, 2, (200,), generator=generator)
    clear = (features[:, 0] > 0).long()
    strong, weak = (holding_back.choose(features, labels, 2, seed=0, report=QUIET) for labels in (noise, clear))
    assert strong == max(holding_back.PENALTIES) > weak
