"""A bundle works where nothing is installed but what its card names: every test item, with the library and without.

The environment is new and empty. Into it are linked, of the packages that the tests run with, those that the card says
to install, and what these require: what pip would install, without fetching half a gigabyte again for each bundle.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
from functools import cache
from importlib import metadata
from pathlib import Path

import made_sounds
import numpy as np
import pytest
import soundfile
from packaging.requirements import Requirement
from sounds import tone
from station import SHORT, case_of

import cases
from cases import tasks
from cases.base import UploadedFile, WorkDirs
from cases.settings import as_json
from cases.speech import predict as of_sounds
from cases.speech.audio.features import padded
from cases.text_analysis import predict as of_texts
from cases.training import proof
from models.evaluation.agreement import CLOSE
from models.onnx import runtime
from models.progress import QUIET

pytestmark = pytest.mark.slow

SOUNDS = {"whisper": "WhisperEncoder", "wav2vec2": "AutoModel", "ast": "AutoModel"}  # kind → what loads its body
KINDS = ("texts", *SOUNDS, "speakers")
kinds = pytest.mark.parametrize("kind", KINDS)
CHECK = """
with tempfile.TemporaryDirectory() as folder:
    body.save_pretrained(folder)  # under the names of files, which may not be those in memory
    stored, again = load_file("body/model.safetensors"), load_file(f"{folder}/model.safetensors")
assert set(again) - set(stored) <= {"pooler.dense.bias", "pooler.dense.weight"}  # what no pooling here asks for
assert set(stored) <= set(again), set(stored) - set(again)
assert all((again[name] == stored[name]).all() for name in stored)
print(type(body).__name__)
"""


def required(names):
    """The distributions of these names, and all that they require here."""
    found, open_ = {}, list(names)
    while open_:
        name = open_.pop()
        if name.lower() in found:
            continue
        found[name.lower()] = metadata.distribution(name)
        wanted = map(Requirement, found[name.lower()].requires or ())
        open_ += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found.values()


def link(distribution, folder):
    """The top-level files and folders of a distribution, by links."""
    for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        if not (folder / top).exists():
            (folder / top).symlink_to(distribution.locate_file(top))


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    """Names of packages → the interpreter of a new environment that has only these."""

    @cache
    def make(names):
        folder = tmp_path_factory.mktemp("environment")
        venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
        [packages] = folder.glob("lib/python*/site-packages")
        for distribution in required(names):
            link(distribution, packages)
        return str(folder / "bin/python")

    return lambda names: make(tuple(sorted(names)))


def installed(card):
    """What the card says to install: with the library of the weights, and without torch."""
    return [names.split() for names in re.findall(r"pip install ([\w \-]+)", card)]


@pytest.fixture
def left(materials, tokens_at_hand, home, tmp_path):
    """The task, the trainer and the bundle of a short training."""

    def leave(name):
        case, (model, file) = cases.get(case_of(name)), materials[name]
        (home / "data").mkdir()
        given = [UploadedFile(file, file.name)]
        dataset = case.read(given, WorkDirs(home / "data", home / "cache"), "0123456789abcdef", QUIET)
        settings = case.Settings(**{"model": str(model), **SHORT[name], "epochs": 2})
        task = tasks.of(case, tasks.decided(case, dataset, as_json(settings)))
        trainer = task.build(settings, dataset, WorkDirs(tmp_path / "run", home / "cache"), QUIET)
        trainer.fit(QUIET)
        test = trainer.evaluate(QUIET).metrics
        told = {"data": {**trainer.counts, "set_aside": 0}, "test": test, "references": trainer.references}
        trainer.save(tmp_path / "bundle", told, QUIET)
        return task, trainer, tmp_path / "bundle"

    return leave


def first_and_lead(prediction):
    """The label, and how far the next is behind it."""
    first, second, *_ = (*prediction.probabilities, 0.0, 0.0)
    return prediction.labels[0], first - second


@pytest.mark.parametrize("name", SHORT)
def test_every_test_item_gets_the_label_of_the_evaluation(name, left, interpreter, tmp_path):
    task, trainer, bundle = left(name)
    tested, wanted = trainer.tested, installed((bundle / "README.md").read_text("utf-8"))
    ways = [proof.SCRIPT, proof.ONNX][: len(wanted)]
    assert len(wanted) == len(ways) and ("torch" in wanted[0]) == (len(wanted) == 2) and "torch" not in wanted[-1]
    for way, names in zip(ways, wanted, strict=True):
        answered = proof.answers(bundle, tested.given, tested.sizes, way, QUIET, python=interpreter(names))
        found = tested.compare(answered)
        assert found.items == len(tested.names) == tested.total and found.wrong == []
        if way == proof.SCRIPT and ":" not in name and name != "recommendation":
            assert labelled_otherwise(name, task, trainer, bundle, answered) == []

    model = tmp_path / "model"  # for other programs
    model.mkdir()
    told = task.standalone(bundle, model, "float32", trainer.context.dataset, QUIET)
    answered = proof.answers(model, tested.given, tested.sizes, proof.SCRIPT, QUIET, python=interpreter(told["python"]))
    found = tested.compare(answered)
    assert found.items == len(tested.names) and found.same >= found.items - len(found.close)


def labelled_otherwise(name, task, trainer, bundle, answered):
    """The test items that get another label in the app than by the script."""
    given = [one.encode() if cases.get(name).takes_content else Path(one) for one in trainer.tested.given]
    said = [first_and_lead(one) for one in task.predictor(bundle)(given)]
    labels = trainer.context.dataset.classes
    return [item for item, (label, lead), row in zip(trainer.tested.names, said, answered, strict=True)
            if lead > CLOSE and label != labels[int(np.argmax(row))]]  # fmt: skip


def test_a_package_that_the_card_does_not_name_is_not_there(interpreter, tmp_path):
    (tmp_path / "predict.py").write_text("import torch")
    with pytest.raises(RuntimeError, match="No module named 'torch'"):
        proof.answers(tmp_path, [1], np.zeros(1), proof.SCRIPT, QUIET, python=interpreter(["numpy", "pillow"]))


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
