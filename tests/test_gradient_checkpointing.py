"""Where memory is short, what a block computes is computed again for its gradients: the same numbers in less memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import timm
import torch
from test_training import PLAN, Listening, Network
from torch import nn
from transformers import BertConfig, BertModel

from cases.image_recognition.backbones import load_body as load_image_body
from cases.speech.audio import encoders
from models.errors import InputError
from models.text import encoder
from models.training import gradient_checkpointing, lora, step_costs, step_memory, trainer
from models.training.batches import Batches
from models.training.gradient_checkpointing import recomputed

TOLD = [
    "Memory for the full network is short: gradient checkpointing is on. Steps take about a third longer, with the "
    "same results."
]


class Reader(nn.Module):
    """A deep BERT that reads the numbers of `ids` and tells one of two classes."""

    def __init__(self, layers=2):
        super().__init__()
        torch.manual_seed(0)
        sizes = BertConfig(vocab_size=50, hidden_size=32, num_hidden_layers=layers, num_attention_heads=2,
                           intermediate_size=128)  # fmt: skip
        self.body, self.head = BertModel(sizes, add_pooling_layer=False), nn.Linear(32, 2)

    def forward(self, ids, labels=None):
        logits = self.head(self.body(input_ids=ids).last_hidden_state.mean(1))
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def sentences(count, tokens):
    random = np.random.default_rng(0)
    ids, labels = random.integers(50, size=(count, tokens)), random.integers(2, size=count)
    return Batches("ids", ids, labels, np.arange(count))


def gradients(network, batch, *, wanted):
    torch.manual_seed(1)  # dropout is drawn
    network.zero_grad()
    with recomputed(network, wanted=wanted):
        network.train()(**batch)["loss"].backward()
    return {name: one.grad.clone() for name, one in network.named_parameters() if one.grad is not None}


def test_the_gradients_are_the_same_to_the_bit_with_dropout_too():
    network, batch = Reader(), sentences(8, 12).__getitems__([*range(8)])
    plain, again = (gradients(network, batch, wanted=wanted) for wanted in (False, True))
    assert plain.keys() == again.keys() and len(plain) > 30
    assert all(torch.equal(plain[name], again[name]) for name in plain)


@pytest.mark.slow
def test_a_deep_network_learns_in_a_fraction_of_the_memory():
    network, batch = Reader(layers=12), sentences(16, 200).__getitems__([*range(16)])

    def peak(wanted):
        gradients(network, batch, wanted=wanted)  # gradients stay, so that they hide nothing of the rest
        with step_costs.Peak() as held:
            gradients(network, batch, wanted=wanted)
        return held.own_mb - held.before_mb

    plain, again = peak(False), peak(True)
    assert again < plain / 2, (plain, again)
    kept = step_memory.kept_mb(network, batch, bf16=False)
    assert plain / 2 < kept < 1.2 * plain, (plain, kept)  # what the estimate tells of it


def test_the_bodies_of_texts_and_sounds_have_blocks(text_body, sound_bodies, body):
    assert len(gradient_checkpointing.blocks(encoder.load_body(text_body))) == 2
    counts = {kind: len(gradient_checkpointing.blocks(encoders.load_body(folder)))
              for kind, folder in sound_bodies.items()}  # fmt: skip
    assert all(count >= 2 for kind, count in counts.items() if kind != "speakers"), counts
    assert len(gradient_checkpointing.blocks(load_image_body(body)[0])) >= 2
    assert gradient_checkpointing.blocks(Network()) == []  # a layer of one module computes nothing twice


def test_the_gradients_of_an_image_body_are_the_same(body):
    network = load_image_body(body)[0].train()
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = []
    for wanted in (False, True):
        network.zero_grad()
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()  # as in training, see `cases.image_recognition.network`
        with recomputed(network, wanted=wanted):
            network(pictures).square().sum().backward()
        found.append([one.grad.clone() for one in network.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*found, strict=True))


def test_it_is_told_from_the_sizes_whether_it_is_needed():
    network, items = Reader(layers=4), sentences(8, 30)
    needed = step_memory.state_mb(network) + 4 * step_memory.item_mb(network, items, bf16=False)
    assert not step_memory.must_save(network, items, 8, bf16=False, free=1.2 * needed)
    assert step_memory.must_save(network, items, 8, bf16=False, free=0.9 * needed)
    one = step_memory.state_mb(network) + step_memory.item_mb(network, items, bf16=False)
    assert not step_memory.must_save(network, items, 1, bf16=False, free=1.2 * one)
    assert not step_memory.must_save(Network(), sentences(8, 30), 8, bf16=False, free=0.0)  # nothing would be saved
    assert step_memory.free_mb(torch.device("cpu")) > 100  # megabytes


class Tight(Reader):
    """Holds more than two items only where its layers keep their inputs alone."""

    def forward(self, ids, labels=None):
        if self.training and len(ids) > 2 and "forward" not in vars(self.body.encoder.layer[0]):
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().forward(ids, labels)


def fitted(folder, network, report, **chosen):
    items, plan = sentences(24, 10), replace(PLAN, epochs=1, **chosen)
    trainer.fit(network, items, items, plan, folder, lambda _: {}, report)
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_a_small_batch_that_is_too_large_is_learnt_from_so_before_it_is_halved(tmp_path):
    report = Listening()
    tight = fitted(tmp_path / "tight", Tight(), report, batch_size=4)
    assert report.notes == TOLD
    plain = fitted(tmp_path / "plain", Reader(), Listening(), batch_size=4)
    assert all(torch.equal(plain[name], tight[name]) for name in plain)


class Full(Reader):
    """Does not even hold a single item."""

    def forward(self, ids, labels=None):
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_where_that_is_too_little_too_adapters_are_named_unless_it_has_them(tmp_path):
    report, remedies = Listening(), []
    for adapted in (False, True):
        network = Full()
        if adapted:
            lora.adapt(network.body, rank=2, alpha=4, dropout=0.0)
        with pytest.raises(InputError) as refused:
            fitted(tmp_path / str(adapted), network, report, batch_size=2)
        remedies.append(refused.value.remedy)
    assert remedies == ["Choose LoRA as the trainable part, or a smaller model, or train the head only.",
                        "Choose a smaller model, or train the head only."]  # fmt: skip


def test_a_body_for_which_there_is_no_room_begins_so(tmp_path, monkeypatch):
    monkeypatch.setattr(step_memory, "free_mb", lambda where: 0.5)  # as on a machine that is full
    report = Listening()
    full = fitted(tmp_path / "full", Reader(), report, batch_size=4, shared=True)
    assert report.notes == TOLD
    monkeypatch.undo()
    free = Listening()
    plain = fitted(tmp_path / "free", Reader(), free, batch_size=4, shared=True)
    assert free.notes == [] and all(torch.equal(plain[name], full[name]) for name in plain)


def test_adapters_learn_the_same_with_it():
    network, batch = Reader(), sentences(8, 12).__getitems__([*range(8)])
    lora.adapt(network.body, rank=2, alpha=4, dropout=0.1)
    assert len(gradient_checkpointing.blocks(network)) == 2
    plain, again = (gradients(network, batch, wanted=wanted) for wanted in (False, True))
    assert any("lora_A" in name for name in plain) and not any("base_layer" in name for name in plain)
    assert plain.keys() == again.keys() and all(torch.equal(plain[name], again[name]) for name in plain)


class Seeing(nn.Module):
    """A ViT-B of random weights."""

    def __init__(self):
        super().__init__()
        self.body, self.head = timm.create_model("vit_base_patch16_224", num_classes=0), nn.Linear(768, 2)

    def forward(self, pixels, labels=None):
        logits = self.head(self.body(pixels))
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class LargeReader(Reader):
    """A text encoder of 300 million parameters, with random weights."""

    def __init__(self):
        nn.Module.__init__(self)
        sizes = BertConfig(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
        self.body, self.head = BertModel(sizes, add_pooling_layer=False), nn.Linear(1024, 2)


@pytest.mark.gpu
@pytest.mark.parametrize("made", [Seeing, LargeReader])
def test_large_bodies_learn_as_a_whole_within_16_gigabytes_of_a_card(made, tmp_path):
    card = torch.device("cuda")
    whole = torch.cuda.get_device_properties(card).total_memory
    if whole < 17 * 2**30:
        pytest.skip("needs a card of more than 16 GB")
    torch.cuda.set_per_process_memory_fraction(16 * 2**30 / whole)
    torch.cuda.reset_peak_memory_stats()
    try:
        pixels = np.random.default_rng(0).normal(size=(64, 3, 224, 224)).astype(np.float32)
        items = Batches("pixels", pixels, np.arange(64) % 2, np.arange(64)) if made is Seeing else sentences(64, 512)
        plan = replace(PLAN, epochs=2, batch_size=32, learning_rate=1e-5, shared=True, bf16=True)
        trainer.fit(made().to(card), items, items, plan, tmp_path, lambda _: {}, Listening())
        assert torch.cuda.max_memory_reserved() <= 16 * 2**30
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
