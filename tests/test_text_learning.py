"""A pretrained text network learns a person's labels; what leaves says the same and takes no more room than it must."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache

import made_texts
import numpy as np
import onnx
import pytest
import torch
from conftest import ROOT
from made_texts import RESULT
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers

from cases.text_analysis import predict
from models.onnx import runtime
from models.progress import QUIET, NullReporter
from models.text import tokenizer
from models.training import checkpoints, interpolation

pytestmark = pytest.mark.slow

OURS = "in the cache of the models"
MEASURED = """
import resource, sys
from pathlib import Path
from models.text import tokenizer

tokeniser = tokenizer.load(Path(sys.argv[1]))
text = "good bad " * 2_000_000  # 18 MB
tokeniser.ids(["good"])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ids, counted = tokeniser.ids([text]), tokeniser.lengths([text] + ["good bad " * 10_000] * 40)
print(len(ids[0]), counted[0], (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


class Listening(NullReporter):
    def __init__(self):
        self.notes, self.validation = [], []

    def note(self, message, **args):
        self.notes.append(message.format(**args))

    def metrics(self, split, step, values):
        if split == "validation":
            self.validation.append(values)


@pytest.fixture(scope="module")
def learnt_once(text_body, seen_texts, tmp_path_factory):
    """A trainer after one epoch, to be looked at."""
    folder = tmp_path_factory.mktemp("learnt_once")
    shutil.copytree(seen_texts, folder / "cache")
    return made_texts.learn(made_texts.write(folder / "data"), folder, QUIET, model=str(text_body), epochs=1)


@pytest.mark.parametrize("mode", ["head", "last_blocks", "lora", "full"])
def test_texts_are_learnt_in_every_mode_and_the_table_of_words_stays(learn_texts, text_body, mode):
    from models.text.encoder import load_body

    trainer = learn_texts(mode=mode, learning_rate=0.05 if mode == "head" else 0.015, epochs=3)
    before, after = (body.get_input_embeddings().weight for body in (load_body(text_body), trainer.network.body))
    assert torch.equal(before, after.detach().cpu())
    told = trainer.evaluate(QUIET)
    assert told.metrics["accuracy"]["low"] > 0.5, told.metrics  # a third by chance
    assert list(trainer.counts.values()) == [168, 36, 36] and len(told.predictions) == 36


def test_a_training_that_is_over_is_taken_up_as_it_was_settled_without_another_look(learn_texts, tmp_path):
    """Where what was settled cannot be read, it is settled once more, to the same weights."""

    def learnt():
        told = Listening()
        network = learn_texts(told, mode="lora", learning_rate=0.003, epochs=2).network
        looks = [values["epoch"] for values in told.validation]
        return {name: values.clone() for name, values in network.state_dict().items()}, told.notes, looks

    weights, notes, looks = learnt()
    assert looks == [0, 1, 2] and any("starting point" in note for note in notes)
    checkpoints.conclude(tmp_path / "run")  # as for a trial of a search
    for damaged, expected in ((False, []), (True, [0])):
        if damaged:
            (tmp_path / "run" / checkpoints.SETTLED).write_text("{")
        found, told, looks = learnt()
        assert looks == expected and told == notes
        assert all(torch.equal(found[name], values) for name, values in weights.items())


def test_the_network_is_asked_once_about_each_example_it_is_judged_on(learn_texts, tmp_path, monkeypatch):
    """What it told when it was settled counts in the evaluation, and is what it would tell again."""
    trainer, asked = learn_texts(mode="full", learning_rate=0.003, epochs=2), []
    monkeypatch.setattr(interpolation, "SHARES", (0.0, 1.0))
    nothing_right = np.ones(trainer.counts["validation"])
    trainer.interpolation.settle(nothing_right, checkpoints.ends(tmp_path / "run")[-1:], QUIET)
    trainer.network.head.register_forward_pre_hook(lambda _, given: asked.append(len(given[0])))
    told = trainer.evaluate(QUIET).outcome.probabilities
    assert sum(asked) == trainer.counts["test"] + trainer.counts["train"]  # the latter for their labels
    trainer.interpolation.answers = None
    assert np.allclose(trainer.evaluate(QUIET).outcome.probabilities, told, atol=1e-5)
    assert sum(asked) == trainer.counts["validation"] + 2 * (trainer.counts["test"] + trainer.counts["train"])


def test_what_the_head_learns_from_is_what_the_network_computes(learnt_once):
    rows, network = [3, 41, 17], learnt_once.network.eval()
    batch = learnt_once.items.batches(np.arange(240)).__getitems__(rows)
    with torch.no_grad():
        computed = network.features(batch["input_ids"], batch["attention_mask"])
    assert np.allclose(learnt_once.features.open()[rows], computed.numpy(), atol=1e-5)


def standardised_by(trainer, *parts):
    rows = np.concatenate([trainer.context.rows[part] for part in parts])
    return np.allclose(trainer.network.head.mean.numpy(), trainer.features.open()[rows].mean(0), atol=1e-5)


def test_the_final_fit_is_told_and_uses_all_that_may_be_learnt_from(learn_texts):
    report = Listening()
    refitted = learn_texts(report, final_fit="cross_validated")
    [told] = report.notes
    assert told.startswith("Final fit on training + validation; L2 penalty chosen by cross-validation: ")
    assert len(report.validation) == 6
    assert standardised_by(refitted, "train", "validation")


@pytest.fixture(scope="module")
def leave(text_body, seen_texts, tmp_path_factory):
    """The trainer by these settings, its bundle and what is known of it; each once, and not to be changed."""

    @cache
    def leaving(count=240, model=text_body, **chosen):
        folder = tmp_path_factory.mktemp("left")
        if count == 240:  # those that were seen
            shutil.copytree(seen_texts, folder / "cache")
        if model == OURS:
            model = shutil.copytree(text_body, folder / "cache/models/tiny")
        usual = {"epochs": 2, "learning_rate": 0.005, "model": str(model)}
        trainer = made_texts.learn(made_texts.write(folder / "data", count), folder, QUIET, **usual, **chosen)
        return trainer, folder / "bundle", trainer.save(folder / "bundle", RESULT, QUIET)

    return leaving


def says_the_same(trainer, bundle):
    """Whether the script says of all test texts what the evaluation does, unless two classes are all but equal."""
    tested = trainer.tested
    found = tested.compare(predict.predict(predict.load(bundle), tested.given))
    return found.items == len(tested.given) > 5 and not found.wrong and found.largest < 1e-4


@pytest.mark.parametrize("chosen", [{}, {"hidden": 8, "activation": "gelu"}, {"mode": "lora"}, {"mode": "full"}])
def test_a_bundle_says_what_the_network_says_and_its_body_is_what_was_trained(leave, chosen):
    from transformers import AutoModel

    trainer, bundle, known = leave(**chosen)
    assert says_the_same(trainer, bundle)
    assert (known["onnx"]["items"], known["onnx"]["same"]) == (36, 36 - len(known["onnx"]["close"]))
    assert known["onnx"]["largest_difference"] < 1e-5
    assert json.loads((bundle / "metrics.json").read_text())["onnx"] == known["onnx"]
    if chosen == {"mode": "full"}:
        body = AutoModel.from_pretrained(bundle / "body")
        for name, value in trainer.network.body.state_dict().items():
            assert torch.equal(body.state_dict()[name], value), name


def test_the_script_works_without_casebook_on_texts_and_on_files(learnt_texts, tmp_path):
    away = shutil.copytree(learnt_texts, tmp_path / "away")
    (tmp_path / "kind.txt").write_bytes("\ufeffthe food was lovely today\r\n".encode())
    ran = subprocess.run(
        [sys.executable, away / "predict.py", "the food was lovely today", tmp_path / "kind.txt", "where is it"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, of_file, other = (line.split("\t")[1:] for line in ran.stdout.splitlines())
    assert said == of_file and (said[0], other[0]) == ("praise", "question")


def test_a_body_that_stayed_as_it_was_is_on_the_disk_once_where_it_is_ours_else_copied_for_it_may_change(
    leave, text_body
):
    (_, ours, _), (_, other, _) = leave(count=60, model=OURS), leave()
    for name in ("model.safetensors", "tokenizer.json"):
        assert os.path.samefile(ours.parent / "cache/models/tiny" / name, ours / "body" / name)
        assert not os.path.samefile(text_body / name, other / "body" / name)
        assert (text_body / name).read_bytes() == (other / "body" / name).read_bytes()


@pytest.mark.parametrize("chosen", [{}, {"mode": "lora"}])
def test_the_onnx_file_reads_the_weights_of_the_body(leave, chosen):
    _, bundle, _ = leave(**chosen)
    inside = [tensor for tensor in onnx.load(bundle / runtime.FILE, load_external_data=False).graph.initializer
              if len(tensor.raw_data) > 1024]  # fmt: skip
    assert not inside
    assert "embeddings.word_embeddings.weight" in load_file(bundle / "body/model.safetensors")
    ids = np.array([[2, 7, 5, 3], [2, 9, 3, 0]])
    mask = np.array([[1, 1, 1, 1], [1, 1, 1, 0]])
    shares = runtime.load(bundle / runtime.FILE)({"input_ids": ids, "attention_mask": mask})
    alone = runtime.load(bundle / runtime.FILE)({"input_ids": ids[1:, :3], "attention_mask": mask[1:, :3]})
    assert np.allclose(shares.sum(1), 1, atol=1e-5) and np.allclose(shares[1], alone[0], atol=1e-5)


def test_the_card_says_what_a_stranger_must_know_and_its_lines_work(learnt_texts):
    known, bundle = json.loads((learnt_texts / "metrics.json").read_text()), learnt_texts
    card = (bundle / "README.md").read_text("utf-8")
    for told in (
        "A classifier of texts into 3 classes: blame, praise, question.", "| licence of its weights | not stated",
        "168 texts to train, 36 to validate, 36 to test", "| blame | 80 |", "## Limits", "\n    pip install torch ",
        f"| ONNX file | same label on {known['onnx']['same']} of 36 test texts",
        "Of a text longer than 32 tokens the model reads the beginning.",
    ):  # fmt: skip
        assert told in card, told
    lines = [line.strip() for line in card.splitlines() if line.startswith("    ")][2:5]
    program = "\n".join([*lines, "import sys", "assert 'torch' not in sys.modules", "print(probabilities.shape)"])
    ran = subprocess.run([sys.executable, "-c", program], cwd=bundle, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "(1, 3)\n"), ran.stderr


@pytest.fixture
def words(tmp_path):
    """A model's folder whose tokenizer knows six words."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0, "a": 1, "b": 2, "c": 3, "say": 4, ":": 5}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 6, "pad_token_id": 7}))
    return tmp_path


def write(folder, name, **content):
    (folder / name).write_text(json.dumps(content))


def ids(folder, *texts):
    return [one.tolist() for one in tokenizer.load(folder).ids(texts)]


def test_the_smallest_limit_counts(words):
    assert ids(words, "a " * 50) == [[1] * 6]
    write(words, "tokenizer_config.json", model_max_length=5)
    assert ids(words, "a " * 50) == [[1] * 5]
    write(words, "sentence_bert_config.json", max_seq_length=3)
    assert ids(words, "a " * 50) == [[1] * 3]
    assert tokenizer.load(words).most == 3


def test_the_prompt_that_the_model_wants_by_default_comes_first(words):
    write(words, "config_sentence_transformers.json", prompts={"q": "say: ", "d": "b "}, default_prompt_name="q")
    assert ids(words, "a", "") == [[4, 5, 1], [4, 5]]
    write(words, "config_sentence_transformers.json", prompts={"q": "say: "}, default_prompt_name=None)
    assert ids(words, "a") == [[1]]


def test_a_batch_is_filled_up_to_its_longest(words):
    batch = tokenizer.load(words).padded([np.array([1, 2, 3]), np.array([2]), np.array([3, 1])])
    assert batch["input_ids"].tolist() == [[1, 2, 3], [2, 7, 7], [3, 1, 7]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert {array.dtype for array in batch.values()} == {np.dtype(np.int64)}


def test_a_text_of_many_megabytes_is_cut_before_it_is_counted(words):
    """The tokenizer keeps 270 bytes for each character."""
    done = subprocess.run([sys.executable, "-c", MEASURED, words], cwd=ROOT, capture_output=True, text=True, check=True)
    read, counted, megabytes = map(int, done.stdout.split())
    assert read < 1000
    assert 3_900_000 < counted < 4_100_000
    assert megabytes < 400
