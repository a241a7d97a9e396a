"""Texts longer than the network reads: windows, pooled, where they help; and the same answers wherever the model is."""

from __future__ import annotations

import json
from dataclasses import replace

import made_texts
import numpy as np
import pandas as pd
import pytest
import torch

from cases.base import Item, WorkDirs
from cases.classification.explanation import head_of
from cases.dataset import Dataset
from cases.text_analysis import explanation, predict, predictor, standalone, standalone_predict, trainer
from cases.text_analysis.settings import Settings
from models.heads import linear_probe
from models.progress import QUIET, NullReporter
from models.text import encoder, tokenizer, windows

MOST = 32  # tokens that the small BERT reads


def data(folder, where, count=90):
    """Texts of which most are longer than `MOST`, with a telling word in the first words, or anywhere."""
    random, rows = np.random.default_rng(0), []
    for number in range(count):
        label = list(made_texts.WORDS)[number % 3]
        filling = random.choice(made_texts.FILLING, random.integers(25, 90))
        place = random.integers(0, 5) if where == "start" else random.integers(0, len(filling))
        told = np.repeat(random.choice(made_texts.WORDS[label].split(), 1), 6)
        text = " ".join(np.insert(filling, place, told))
        rows.append({"name": f"{number}", "file": "", "label": label, "split": "", "text": text})
    made = Dataset(folder, f"{where:0<16}"[:16], "text_analysis", "long", tuple(sorted(made_texts.WORDS)))
    made.folder.mkdir(parents=True)
    made.save(pd.DataFrame(rows), pd.DataFrame({"name": [], "reason": []}))
    return made


@pytest.fixture(scope="module", autouse=True)
def few_penalties():
    """What is cross-validated here takes a tenth of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(linear_probe, "ENOUGH", 60)
        patched.setattr(linear_probe, "PENALTIES", (1.0, 0.03, 0.001))
        yield


@pytest.fixture(scope="module")
def begin(tmp_path_factory, text_body):
    """A trainer on such texts; what it computed once is kept."""
    kept = tmp_path_factory.mktemp("long")
    sets = {where: data(kept / where, where) for where in ("start", "anywhere")}

    def made(where, folder="run", report=QUIET, **chosen):
        settings = Settings(**{"model": str(text_body), "precision": "fp32", "epochs": 3, "batch_size": 16,
                               "windows": 4, "words": "without", **chosen})  # fmt: skip
        return trainer.build(settings, sets[where], WorkDirs(kept / folder, kept / "cache"), report)

    return made


def left(learnt, folder):
    """A bundle of what has learnt by then, and the trainer."""
    learnt.fit(QUIET)
    learnt.evaluate(QUIET)
    saved = learnt.save(folder / "bundle", made_texts.RESULT, QUIET)
    assert saved["onnx"]["same"] == saved["onnx"]["items"]
    return folder / "bundle", learnt


@pytest.fixture(scope="module")
def bundle(begin, tmp_path_factory):
    """One that reads windows, trained as a head alone."""
    return left(begin("anywhere", "bundled", learning_rate=0.05, epochs=12), tmp_path_factory.mktemp("reading"))


@pytest.fixture(scope="module")
def beside_words(begin, tmp_path_factory):
    """One that counts words besides."""
    return left(begin("anywhere", "counted", words="with"), tmp_path_factory.mktemp("counting"))


class Notes(NullReporter):
    def __init__(self):
        self.told = []

    def note(self, message, **args):
        self.told.append(message.format(**args))


def test_windows_hold_every_token_once_and_each_begins_as_a_text_does(text_body):
    tokeniser = tokenizer.load(text_body)
    text = " ".join(made_texts.FILLING * 10)
    cut, alone = tokeniser.windows([text, "good"], 8), tokeniser.ids([text])
    assert [len(one) for one in cut[0]] == [MOST, MOST, MOST, 12] and cut[0][0].tolist() == alone[0].tolist()
    plain = tokeniser.tokenizer.encode(text, add_special_tokens=False)
    every = [token for part in (plain, *plain.overflowing) for token in part.ids]
    assert [token for one in cut[0] for token in one[1:-1]] == every
    assert all((one[0], one[-1]) == (2, 3) for one in cut[0]) and len(cut[1]) == 1
    assert len(tokeniser.windows([text], 2)[0]) == 2
    led = windows.Windows(9, 6, (1,), (2,), (7, 8))
    assert [one.tolist() for one in led.of([7, 8, *range(20, 26)])] == [
        [1, 7, 8, 20, 21, 2], [1, 7, 8, 22, 23, 2], [1, 7, 8, 24, 25, 2],
    ]  # fmt: skip


def test_features_are_the_means_of_all_tokens_and_learning_takes_one_window_of_each(begin):
    learnt = begin("anywhere", long_texts="windows", mode="full")
    items, network = learnt.items, learnt.network.float()
    rows = np.array([0, 1, 2, 3])
    batch = {name: one for name, one in items.batches(rows).__getitems__([*range(4)]).items() if name != "labels"}
    assert batch["window_weights"].shape == (4, len(batch["input_ids"]))
    network.eval()
    with torch.no_grad():
        pooled = network.features(**batch)
    assert np.allclose(pooled.numpy(), learnt.features.open()[rows], atol=1e-5)
    seen = []
    hook = network.body.register_forward_hook(lambda *_: seen.append(torch.is_grad_enabled()))
    torch.manual_seed(0)
    learning = network.features(**batch)
    hook.remove()
    assert torch.allclose(learning.detach(), pooled, atol=1e-5) and seen.count(True) == 1
    weight = network.body.encoder.layer[0].output.dense.weight
    whole = encoder.embed(network.body, {name: batch[name] for name in ("input_ids", "attention_mask")})
    [true] = torch.autograd.grad((batch["window_weights"] @ whole).square().sum(), weight)
    drawn = [torch.autograd.grad((2 * pooled * network.features(**batch)).sum(), weight)[0] for _ in range(60)]
    mean = torch.stack(drawn).mean(0)
    assert torch.nn.functional.cosine_similarity(mean.ravel(), true.ravel(), 0) > 0.9
    assert 0.8 < float(mean.norm() / true.norm()) < 1.2


@pytest.mark.slow
def test_windows_are_chosen_where_they_help_and_the_start_where_it_is_enough(begin):
    found = {}
    for where in ("anywhere", "start"):
        report = Notes()
        learnt = begin(where, report=report)
        told = found[where] = learnt.trained["long_texts"]
        assert told["longer"] > 60 and told["texts"] == 90 and f"{told['longer']} of 90 texts" in report.told[0]
        assert begin(where).trained["long_texts"] == told  # what was found is kept
    assert (found["anywhere"]["way"], found["anywhere"]["windows"]) == ("windows", 4)
    assert (found["start"]["way"], found["start"]["windows"]) == ("start", 1)
    assert found["anywhere"]["pooled"] < found["anywhere"]["start"]
    forced = begin("anywhere", long_texts="start")
    assert forced.trained["long_texts"]["way"] == "start" and len(forced.items.ids[0]) == 1
    assert "window_weights" not in forced.items.batches(np.arange(4)).__getitems__([0])


def test_the_bundle_says_the_same_by_its_script_its_onnx_file_and_in_the_app(bundle):
    folder, learnt = bundle
    rows = learnt.context.rows["test"]
    texts = [learnt.items.texts[row] for row in rows]
    asked = [*texts, "good", "the food was bad", "the " * 500]
    by_torch = predict.predict(predict.load(folder), asked)
    assert by_torch[: len(rows)] == pytest.approx(learnt.evaluated, abs=1e-4)
    assert predict.predict(predict.load_onnx(folder), asked) == pytest.approx(by_torch, abs=1e-4)
    app = predictor.load(folder)([text.encode() for text in asked])
    assert same([(one.labels, one.probabilities) for one in app], folder, by_torch)
    assert (by_torch[: len(rows)].argmax(1) == learnt.context.labels[rows]).mean() > 0.6
    card = (folder / "README.md").read_text("utf-8")
    assert "cut into windows of 32 tokens, at most 4" in card
    for most, first in ((1, "n"), (2, "windows"), (4, "windows")):
        assert replace(learnt.items.exported(), windows=most).axes["input_ids"] == {0: first, 1: "tokens"}


@pytest.mark.parametrize(
    ("which", "choice"), [("bundle", "float32"), ("beside_words", "int8"), ("beside_words", "float32-fewer-tokens")]
)
def test_the_folder_for_other_programs_says_the_same(request, which, choice, tmp_path):
    folder, learnt = request.getfixturevalue(which)
    told = standalone.write(folder, tmp_path, choice, learnt.context.dataset, QUIET)
    assert told["inputs"]["window_weights"] == "float32 (n, windows)" and told["tokenizer"]["windows"]["count"] == 4
    texts = learnt.items.texts[:20]
    found = standalone_predict.predict(standalone_predict.load(tmp_path), texts)
    assert found == pytest.approx(predict.predict(predict.load(folder), texts), abs=0.05 if choice == "int8" else 1e-4)


def same(told, folder, shares):
    """Whether answers, best first, are these probabilities of the bundle's classes."""
    labels = json.loads((folder / "labels.json").read_text())
    for (names, probabilities), expected in zip(told, shares, strict=True):
        one = dict(zip(names, probabilities, strict=True))
        assert one == pytest.approx(dict(zip(labels, expected, strict=True)), abs=1e-4)
    return True


def test_a_word_far_behind_the_start_is_found_telling(bundle, tmp_path):
    folder, _learnt = bundle
    text = " ".join(["the food was so very"] * 12 + ["lovely"] * 15 + ["today it is"] * 8)
    (tmp_path / "a.txt").write_text(text, "utf-8")
    found = explanation.explain(folder, Item(file=tmp_path / "a.txt", truth="praise"), tmp_path)
    words = found["words"]["predicted" if found["predicted"] == "praise" else "truth"]
    assert found["unseen"] == 0 and "".join(piece for piece, _ in words) == text
    model = predict.load(folder)
    seen = explanation.Seen.by(model, text)
    networks = explanation._by_window(model["body"], head_of(folder, model["activation"]), seen)
    assert len(networks) == 4
    with torch.no_grad():
        scores = networks[2](seen.windows[2].ids[None], torch.ones_like(seen.windows[2].ids)[None])[0]
        silent = torch.zeros(3)
        for network, window in zip(networks, seen.windows, strict=True):
            mask = torch.ones_like(window.ids)[None]
            silent += network(window.ids[None], mask)[0] - network(window.silent(model["pad"])[None], mask)[0]
    assert scores.softmax(0).numpy() == pytest.approx(predict.predict(model, [text])[0], abs=1e-4)
    number = model["labels"].index("praise")
    spoke = [explanation.attribute(network, model["body"].get_input_embeddings(), window.ids,
                                   window.silent(model["pad"]), number, bf16=False)
             for network, window in zip(networks, seen.windows, strict=True)]  # fmt: skip
    assert sum(float(one.sum()) for one in spoke) == pytest.approx(float(silent[number]), abs=0.01)
    assert sum(weight for piece, weight in words if piece == "lovely ") > 1
    (tmp_path / "a.txt").write_text("good " * 200, "utf-8")
    longer = explanation.explain(folder, Item(file=tmp_path / "a.txt"), tmp_path)
    assert longer["unseen"] == len("good " * 200) - 1 - len("good " * (4 * 30)) + 1
