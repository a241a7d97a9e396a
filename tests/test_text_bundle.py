"""What leaves a training on texts stands alone, says what the network says, and takes no more room than it must."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
from made_texts import RESULT
from safetensors.torch import load_file

from cases.text_analysis import predict
from models.onnx import runtime
from models.progress import QUIET


@pytest.fixture
def leave(learn_texts, tmp_path):
    """Train, and write the bundle; returns the trainer, the bundle and what is known of it."""

    def leaving(**chosen):
        trainer = learn_texts(**{"epochs": 2, **chosen})
        known = trainer.save(tmp_path / "bundle", RESULT, QUIET)
        return trainer, tmp_path / "bundle", known

    return leaving


def says_the_same(trainer, bundle):
    """Whether the script says of all test texts what the evaluation does, unless two classes are all but equal."""
    tested = trainer.tested
    found = tested.compare(predict.predict(predict.load(bundle), tested.given))
    return found.items == 36 and not found.wrong and found.largest < 1e-4


@pytest.mark.parametrize(
    "chosen", [{"mode": "head"}, {"mode": "head", "hidden": 8, "activation": "gelu"}, {"mode": "lora"},
               {"mode": "full"}]
)  # fmt: skip
def test_a_bundle_says_what_the_network_says(leave, chosen):
    trainer, bundle, known = leave(learning_rate=0.005, **chosen)
    assert says_the_same(trainer, bundle)
    assert (known["onnx"]["items"], known["onnx"]["same"]) == (36, 36 - len(known["onnx"]["close"]))
    assert known["onnx"]["largest_difference"] < 1e-5
    assert json.loads((bundle / "metrics.json").read_text())["onnx"] == known["onnx"]


def test_the_script_works_without_casebook_on_texts_and_on_files(learnt_texts, tmp_path):
    away = shutil.copytree(learnt_texts, tmp_path / "away")
    (tmp_path / "kind.txt").write_bytes("\ufeffthe food was lovely today\r\n".encode())
    ran = subprocess.run(
        [sys.executable, away / "predict.py", "the food was lovely today", tmp_path / "kind.txt", "where is it"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, of_file, other = (line.split("\t")[1:] for line in ran.stdout.splitlines())
    assert said == of_file and (said[0], other[0]) == ("praise", "question")


def test_the_body_loads_by_the_standard_loader_and_is_what_was_trained(leave):
    from transformers import AutoModel

    trainer, bundle, _ = leave(mode="full", learning_rate=0.005)
    body = AutoModel.from_pretrained(bundle / "body")
    for name, value in trainer.network.body.state_dict().items():
        assert torch.equal(body.state_dict()[name], value), name


def test_a_body_that_stayed_as_it_was_is_on_the_disk_once_where_it_is_ours(leave, text_body, tmp_path):
    ours = shutil.copytree(text_body, tmp_path / "cache/models/tiny")
    _, bundle, _ = leave(model=str(ours))
    for name in ("model.safetensors", "tokenizer.json"):
        assert os.path.samefile(ours / name, bundle / "body" / name)


def test_a_folder_of_the_persons_own_is_copied_for_it_may_change(leave, text_body):
    _, bundle, _ = leave()
    for name in ("model.safetensors", "tokenizer.json"):
        assert not os.path.samefile(text_body / name, bundle / "body" / name)
        assert (text_body / name).read_bytes() == (bundle / "body" / name).read_bytes()


@pytest.mark.parametrize("mode", ["head", "lora"])
def test_the_onnx_file_reads_the_weights_of_the_body(leave, mode):
    _, bundle, _ = leave(mode=mode)
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


def test_a_pretrained_body_with_more_layers_than_are_used_leaves_too(leave, text_model):
    trainer, bundle, known = leave(model=str(text_model("all-MiniLM-L6-v2")))
    assert json.loads((bundle / "preprocessing.json").read_text()) == {
        "prefix": "", "most": 256, "pad": 0, "activation": "relu", "languages": {"LATIN": "en"}
    }  # fmt: skip
    assert says_the_same(trainer, bundle)
    assert known["onnx"]["largest_difference"] < 1e-4
    assert (bundle / runtime.FILE).stat().st_size < 10**6
