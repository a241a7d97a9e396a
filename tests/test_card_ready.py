"""What trains on a card: batches one step ahead, the order of weights, compiling, number formats.

Here it is seen on the processor, as far as that can show it; what only a card can show is marked `gpu`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import timm
import torch
from accelerate import Accelerator
from test_gradient_checkpointing import Reader, sentences
from test_training import PLAN, Listening, Network
from torch import nn
from torch.utils.data import DataLoader
from transformers import TrainerControl, TrainerState

from cases.image_recognition.augment import Augment
from cases.speech.audio import encoders
from models.text import encoder
from models.training import channels_last, compilation, device, prefetch, trainer
from models.training.batches import Batches
from models.training.compilation import TIMED, WARM, CompilationCallback, Compiled, Schedule

CPU = torch.device("cpu")


def numbers(count=10):
    return Batches("x", np.arange(count, dtype=np.float32)[:, None], np.zeros(count, np.int64), np.arange(count))


def loaded(items, batch=4):
    """As `transformers.Trainer` loads them."""
    return Accelerator(cpu=True).prepare(DataLoader(items, batch_size=batch, collate_fn=lambda batch: batch))


def test_batches_one_step_ahead_are_the_same_batches():
    plain, ahead = (list(loaded(items)) for items in (numbers(), prefetch.Ahead(numbers(), CPU)))
    assert [one["x"].flatten().tolist() for one in ahead] == [one["x"].flatten().tolist() for one in plain]
    assert [len(one["labels"]) for one in ahead] == [4, 4, 2]


def test_while_one_batch_is_used_the_next_is_read_and_no_more():
    class Noted(Batches):
        read = ()

        def __getitems__(self, picks):
            self.read = (*self.read, picks[0], threading.current_thread() is threading.main_thread())
            return super().__getitems__(picks)

    items = Noted("x", np.zeros((12, 1), np.float32), np.zeros(12, np.int64), np.arange(12))
    ahead = prefetch.Ahead(items, CPU)
    batches = iter(loaded(ahead))
    next(batches)
    ahead.thread.submit(int).result()  # what was asked for until now is done
    assert items.read == (0, False, 4, False)


def test_what_goes_wrong_while_a_batch_is_read_is_raised_where_it_is_used():
    class Full(Batches):
        def __getitems__(self, picks):
            raise MemoryError("there is no room")

    items = Full("x", np.zeros((4, 1), np.float32), np.zeros(4, np.int64), np.arange(4))
    with pytest.raises(MemoryError, match="there is no room"):
        next(iter(loaded(prefetch.Ahead(items, CPU))))


def test_a_training_from_batches_one_step_ahead_is_the_same_to_the_bit(tmp_path, monkeypatch):
    def weights(folder):
        network, items = Network(), Batches("x", np.ones((40, 6), np.float32), np.arange(40) % 3, np.arange(40))
        trainer.fit(network, items, items, replace(PLAN, epochs=2), folder, lambda _: {}, Listening())
        return [value.clone() for value in network.state_dict().values()]

    plain = weights(tmp_path / "plain")
    monkeypatch.setattr(prefetch, "ahead", prefetch.Ahead)  # as on a card
    assert all(torch.equal(*pair) for pair in zip(plain, weights(tmp_path / "ahead"), strict=True))


def test_a_training_in_that_order_writes_its_checkpoints_and_goes_on_from_them(tmp_path, monkeypatch):
    class Seen(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                        nn.Linear(4, 2))  # fmt: skip

        def forward(self, x, labels=None):
            logits = self.layers(x)
            return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

    pictures = np.random.default_rng(0).normal(size=(24, 3, 8, 8)).astype(np.float32)
    items = Batches("x", pictures, np.arange(24) % 2, np.arange(24))

    def learnt(folder, report):
        network = Seen()
        trainer.fit(network, items, items, replace(PLAN, epochs=3), folder, lambda _: {}, report)
        return [value.clone() for value in network.state_dict().values()]

    plain = learnt(tmp_path / "plain", Listening())
    monkeypatch.setattr(channels_last, "suits", lambda network, where: True)  # as on a card
    ordered = learnt(tmp_path / "ordered", Listening())
    assert all(torch.allclose(*pair, atol=1e-4) for pair in zip(plain, ordered, strict=True))
    with pytest.raises(trainer.Stopped):
        learnt(tmp_path / "broken", Listening(stop_at=110))
    assert [*(tmp_path / "broken").glob("checkpoint-*")]
    again = learnt(tmp_path / "broken", Listening())
    assert all(torch.equal(*pair) for pair in zip(ordered, again, strict=True))


class Fast:
    """A forward and its compiled form, which take so many seconds; the first compiled one compiles. Time passes when
    one of them is called."""

    def __init__(self, plain=1.0, compiled=0.5, compiling=30.0):
        self.now, self.seconds = 0.0, (plain, compiled, compiling)
        self.body = Compiled(self.plain, self.compiled)
        self.step, self.calls = self.body, []

    def plain(self):
        self.calls.append("plain")
        self.now += self.seconds[0]

    def compiled(self):
        self.now += self.seconds[1] + (0 if "compiled" in self.calls else self.seconds[2])
        self.calls.append("compiled")


def trained(folder, fast, steps, *, begin=0, stop=None, epoch=1000):
    """As `transformers.Trainer` calls its callbacks; an evaluation takes a hundred seconds."""
    report, state = Listening(), TrainerState(global_step=begin, max_steps=steps)
    callback = CompilationCallback(fast.body, folder, report, lambda: fast.now)
    callback.on_train_begin(None, state, TrainerControl())
    for step in range(begin + 1, (stop or steps) + 1):
        fast.step()
        state.global_step = step
        callback.on_step_end(None, state, TrainerControl())
        if step % epoch == 0:
            callback.on_epoch_end()
            fast.now += 100
            callback.on_epoch_begin()
    return report.notes


def test_a_long_one_is_once_its_first_steps_are_timed_and_says_when_that_is_repaid(tmp_path):
    fast = Fast()
    notes = trained(tmp_path, fast, 3000, epoch=10)  # evaluations do not count
    assert notes == ["The network was compiled: 1000 → 500 ms per step, repaid after 55 of 2,975 steps."]
    assert fast.calls == ["plain"] * (WARM + TIMED) + ["compiled"] * (3000 - WARM - TIMED)


def test_what_is_no_quicker_is_left_again(tmp_path):
    fast, again = Fast(compiled=0.99), Fast()
    assert trained(tmp_path, fast, 3000) == [
        "The network was compiled without gain (1000 → 990 ms per step); training goes on uncompiled."
    ]
    assert fast.calls.count("compiled") == WARM + TIMED and fast.calls[-1] == "plain"
    assert trained(tmp_path, again, 3000, begin=20) == []  # who goes on switches at the same steps
    assert again.calls[:31] == ["plain"] * 5 + ["compiled"] * 25 + ["plain"]


def test_where_it_cannot_be_compiled_training_goes_on_and_says_so(tmp_path):
    def broken(graph, example):
        raise RuntimeError("Cannot find a working triton installation")

    torch._dynamo.reset()
    fast, forward = Fast(), nn.Linear(2, 2).forward
    fast.body = body = Compiled(forward, torch.compile(forward, backend=broken))

    def step():
        fast.now += 1.0
        return body(torch.ones(1, 2))

    fast.step = step
    [note] = trained(tmp_path, fast, 3000, stop=60)
    assert note.startswith("The network could not be compiled (BackendCompilerFailed")
    assert Schedule(**json.loads((tmp_path / compilation.FILE).read_text())) == Schedule(None)


def test_a_compiled_body_says_the_same_and_evaluations_are_not_compiled():
    torch._dynamo.reset()
    network, counted = Reader(), []

    def eager(graph, _example):
        def run(*given):
            counted.append(len(given))
            return graph(*given)

        return run

    network.eval()
    batch = sentences(4, 6).__getitems__([*range(4)])
    expected = network(**batch)["logits"]
    body = network.body
    body.forward = forward = Compiled(body.forward, torch.compile(body.forward, backend=eager))
    forward.on = True
    assert torch.allclose(network(**batch)["logits"], expected, atol=1e-5) and counted
    counted.clear()
    with torch.no_grad():
        network(**batch)
    assert not counted and not forward.failure


def test_every_body_computes_attention_by_the_fused_function(text_body, sound_bodies):
    assert encoder.load_body(text_body).config._attn_implementation == "sdpa"
    heard = {kind: encoders.load_body(folder) for kind, folder in sound_bodies.items() if kind != "speakers"}
    for body in heard.values():
        network = getattr(body, "encoder", None) or body.network
        assert network.config._attn_implementation == "sdpa"
    attention = [one for one in timm.create_model("test_vit").modules() if hasattr(one, "fused_attn")]
    assert attention and all(one.fused_attn for one in attention)


@pytest.mark.gpu
def test_a_card_shortens_32_bits_where_a_person_did_not_ask_for_them():
    card = torch.device("cuda")
    for precision, shortened in (("auto", True), ("fp32", False)):
        device.set_tf32(card, precision)
        assert torch.backends.cuda.matmul.allow_tf32 is torch.backends.cudnn.allow_tf32 is shortened
        assert device.note(card, bf16=True)["tf32"] is shortened
        with device.exactly():
            assert not torch.backends.cuda.matmul.allow_tf32 and not torch.backends.cudnn.allow_tf32


@pytest.mark.gpu
def test_batches_reach_a_card_whole_and_in_order():
    ahead = prefetch.Ahead(numbers(4096), torch.device("cuda"))
    loader = Accelerator().prepare(DataLoader(ahead, batch_size=64, collate_fn=lambda batch: batch))
    seen = []
    for batch in loader:
        assert batch["x"].is_cuda
        seen.append((batch["x"] @ torch.ones(1, 512, device="cuda")).sum(1) / 512)
    assert torch.cat(seen).cpu().tolist() == [*range(4096)]


@pytest.mark.gpu
def test_rows_reach_a_card_as_they_are():
    array = np.random.default_rng(0).integers(256, size=(3000, 64, 64), dtype=np.uint8)
    rows = prefetch.rows(array, torch.device("cuda"))
    for start in range(0, 3000, 500):
        assert np.array_equal(rows(start, start + 500).cpu().numpy(), array[start : start + 500])


@pytest.mark.gpu
def test_a_body_is_compiled_on_a_card():
    network = Reader().cuda().train()
    batch = {name: one.cuda() for name, one in sentences(16, 32).__getitems__([*range(16)]).items()}
    network.eval()
    expected = network(**batch)["logits"]
    body = network.body
    body.forward = forward = Compiled(body.forward, torch.compile(body.forward))
    forward.on = True
    assert torch.allclose(network(**batch)["logits"], expected, atol=1e-3) and not forward.failure


@pytest.mark.gpu
def test_a_card_makes_the_same_views_as_the_processor():
    pictures = torch.randint(256, (8, 3, 40, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    augment, views = Augment(32, flip=True), []
    for where in ("cpu", "cuda"):
        torch.manual_seed(1)
        views.append(augment.batched(pictures.to(where)).cpu())
    assert torch.allclose(*views, atol=0.5)
