"""A bundle says the same whatever opens it: its script, onnxruntime without torch, OpenVINO, and the library of its
weights by the lines that stand in its card."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import made_sounds
import numpy as np
import pytest
import soundfile
from sounds import tone

from cases.speech import predict as of_sounds
from cases.speech.audio.features import padded
from cases.text_analysis import predict as of_texts
from cases.training import proof
from models.onnx import runtime
from models.progress import QUIET

SOUNDS = {"whisper": "WhisperEncoder", "wav2vec2": "AutoModel", "ast": "AutoModel"}  # kind → what loads its body
KINDS = ("texts", *SOUNDS, "speakers")
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def bundle_of(learnt_texts, learnt_sounds):
    """Not to be changed."""
    return lambda kind: learnt_texts if kind == "texts" else learnt_sounds(kind)


@kinds
def test_by_its_script_and_by_onnx_where_there_is_no_torch(bundle_of, kind, tmp_path):
    bundle, items = shutil.copytree(bundle_of(kind), tmp_path / "away"), ["the food was lovely today", "where is it"]
    if kind != "texts":
        items = [str(tmp_path / "low.wav"), str(tmp_path / "high.wav")]
        for file, hertz in zip(items, (300, 2700), strict=True):
            soundfile.write(file, tone(made_sounds.seconds(kind)[1], hertz), 16_000)
    items *= 3
    by_script = proof.answers(bundle, items, np.zeros(len(items)), proof.SCRIPT, QUIET)
    script = bundle / "predict.py"
    script.write_text(script.read_text("utf-8").replace("import torch\n", "raise ImportError\n"), "utf-8")
    by_onnx = proof.answers(bundle, items, np.zeros(len(items)), proof.ONNX, QUIET)
    assert by_script.shape == by_onnx.shape == (len(items), 3) and np.abs(by_script - by_onnx).max() < 1e-4
    assert np.allclose(by_onnx.sum(1), 1, atol=1e-5)


@kinds
def test_by_openvino_as_it_is(bundle_of, kind):
    openvino, bundle, random = pytest.importorskip("openvino"), bundle_of(kind), np.random.default_rng(0)
    if kind == "texts":
        model = of_texts.load_onnx(bundle)
        windows = of_texts.tokens(model, ["the food was lovely today", "where is it"])
        given = dict(
            zip(("input_ids", "attention_mask"), of_texts.padded(model, [one for [one] in windows]), strict=True)
        )
    else:
        extractor = of_sounds.extractor(bundle / "body")
        waves = [random.normal(0, 0.1, samples).astype(np.float32) for samples in (9000, 7000)]
        given = padded([extractor.frames(wave) for wave in waves])
    compiled = openvino.compile_model(str(bundle / runtime.FILE), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    one, other = compiled(given)[0], runtime.load(bundle / runtime.FILE)(given)
    assert one.shape == (2, 3) and np.abs(one - other).max() < 1e-4


CHECK = """
with tempfile.TemporaryDirectory() as folder:
    body.save_pretrained(folder)  # under the names of files, which may not be those in memory
    stored, again = load_file("body/model.safetensors"), load_file(f"{folder}/model.safetensors")
assert set(again) - set(stored) <= {"pooler.dense.bias", "pooler.dense.weight"}  # what no pooling here asks for
assert set(stored) <= set(again), set(stored) - set(again)
assert all((again[name] == stored[name]).all() for name in stored)
print(type(body).__name__)
"""


def lines_of(bundle, card, begin):
    """The lines of code in a card from the one that begins so."""
    code = [line.strip() for line in (bundle / card).read_text("utf-8").splitlines() if line.startswith("    ")]
    first = next(number for number, line in enumerate(code) if line.startswith(begin))
    return code[first : first + 2]


def test_the_body_by_the_lines_of_the_card_in_a_process_that_knows_nothing_else(bundle_of):
    texts, speakers = bundle_of("texts"), bundle_of("speakers")
    lines, chinese = (lines_of(texts, card, "from transformers") for card in ("README.md", "README.zh-CN.md"))
    assert lines == chinese
    program = ["import os, tempfile", "from safetensors.torch import load_file", f"os.chdir({str(texts)!r})", *lines,
               CHECK, "print(len(tokenizer))"]  # fmt: skip
    for kind, loads in SOUNDS.items():
        card = (bundle_of(kind) / "README.md").read_text("utf-8")
        [told] = re.findall(r"`(from transformers[^`]*from_pretrained\(\"body\"\))`", card)
        assert loads in told
        first, second = told.split("; ")
        program += [f"os.chdir({str(bundle_of(kind))!r})", first, f"body = {second}", CHECK]
    # no library has the encoder of speakers: it loads by its own module
    assert json.loads((speakers / "body/config.json").read_text())["model_type"] == "ge2e_speaker_encoder"
    assert "from_pretrained" not in (speakers / "README.md").read_text("utf-8")
    program += [f"os.chdir({str(speakers)!r})", "import encoder, pathlib",
                "print(encoder.load(pathlib.Path('body')).width)"]  # fmt: skip
    ran = subprocess.run([sys.executable, "-c", "\n".join(program)], cwd=speakers, capture_output=True, text=True,
                         check=False, timeout=300)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    body, words, *bodies, width = ran.stdout.split()
    assert body == "BertModel" and words.isdigit() and len(bodies) == len(SOUNDS) and width.isdigit()
