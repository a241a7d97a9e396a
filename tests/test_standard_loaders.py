"""The weights of a bundle load with the library they are of, by the line that stands in its card."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

KINDS = {"whisper": "WhisperEncoder", "wav2vec2": "AutoModel", "ast": "AutoModel"}


def run(bundle, program):
    """What the lines print, in the bundle's folder and in a process that knows nothing else."""
    ran = subprocess.run([sys.executable, "-c", program], cwd=bundle, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def lines_of(bundle, name, begin):
    """The lines of code in a card from the one that begins so."""
    code = [line.strip() for line in (bundle / name).read_text("utf-8").splitlines() if line.startswith("    ")]
    first = next(number for number, line in enumerate(code) if line.startswith(begin))
    return code[first : first + 2]


CHECK = """
import tempfile
from safetensors.torch import load_file
with tempfile.TemporaryDirectory() as folder:
    body.save_pretrained(folder)  # under the names of files, which may not be those in memory
    stored, again = load_file("body/model.safetensors"), load_file(f"{folder}/model.safetensors")
assert set(again) - set(stored) <= {"pooler.dense.bias", "pooler.dense.weight"}  # what no pooling here asks for
assert set(stored) <= set(again), set(stored) - set(again)
assert all((again[name] == stored[name]).all() for name in stored)
print(type(body).__name__)
"""


@pytest.mark.parametrize("card", ["README.md", "README.zh-CN.md"])
def test_the_body_of_texts_and_its_tokenizer(learnt_texts, card):
    lines = lines_of(learnt_texts, card, "from transformers import")
    assert run(learnt_texts, "\n".join([*lines, CHECK, "print(len(tokenizer))"])).startswith("BertModel\n")


@pytest.mark.parametrize("kind", KINDS)
def test_the_body_of_sounds(learnt_sounds, kind):
    bundle = learnt_sounds(kind)
    [told] = re.findall(
        r"`(from transformers[^`]*from_pretrained\(\"body\"\))`", (bundle / "README.md").read_text("utf-8")
    )
    assert KINDS[kind] in told
    first, second = told.split("; ")
    run(bundle, f"{first}\nbody = {second}\n{CHECK}")


def test_the_packaged_speaker_encoder_loads_by_its_own_module_for_no_library_has_it(learnt_sounds):
    bundle = learnt_sounds("speakers")
    assert json.loads((bundle / "body/config.json").read_text())["model_type"] == "ge2e_speaker_encoder"
    assert "from_pretrained" not in (bundle / "README.md").read_text("utf-8")
    assert (
        run(bundle, "import encoder; print(encoder.load(__import__('pathlib').Path('body')).width)").strip().isdigit()
    )
