"""The portable file says what the network says, and what leaves with it tells how to make it again."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys

import made_texts
import numpy as np
import pytest
import torch
from conftest import ROOT
from markdown_it import MarkdownIt

from cases.base import WorkDirs
from cases.classification import decision_card
from cases.image_recognition.settings import Settings
from cases.training import model_card
from cases.training.context import TrainingContext
from cases.training.model_card_texts import LANGUAGES
from models.evaluation import agreement
from models.evaluation.decision import Decision
from models.onnx import export, runtime
from models.progress import NullReporter
from runs import fine_tune

pytestmark = pytest.mark.slow


class Tiny(torch.nn.Module):
    """Two inputs of the same first axis → probabilities of three classes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = torch.nn.Linear(4, 3)

    def forward(self, left, right):
        return self.layer(left.float() / 255 + right).softmax(1)


def batch(items, seed=1):
    random = np.random.default_rng(seed)
    return {
        "left": random.integers(0, 255, (items, 4), dtype=np.uint8),
        "right": random.normal(size=(items, 4)).astype(np.float32),
    }


@pytest.fixture
def tiny(tmp_path):
    network = Tiny().eval()
    export.write(network, {k: torch.from_numpy(v) for k, v in batch(2).items()}, tmp_path / "model.onnx")
    return network, tmp_path / "model.onnx"


def told(network, *batches):
    """What the network says of these, as an evaluation keeps it."""
    with torch.no_grad():
        return np.concatenate([network(*map(torch.from_numpy, one.values())).numpy() for one in batches])


def test_a_file_answers_batches_of_any_size_as_its_network_does(tiny):
    network, path = tiny
    batches = [batch(5), batch(1, seed=2)]
    found = agreement.of_probabilities(told(network, *batches), export.answers(path, batches, NullReporter()))
    assert (found.items, found.same) == (6, 6)
    assert found.largest < 1e-6


@pytest.mark.parametrize("error", [MemoryError, torch.OutOfMemoryError])
def test_where_memory_runs_out_while_it_is_written_that_is_told_and_the_rest_leaves_without(tmp_path, error):
    class Large(Tiny):
        def forward(self, left, right):
            raise error("DefaultCPUAllocator: can't allocate memory")

    class Noting(NullReporter):
        def note(self, message, **args):
            notes.append(message.format(**args))

    notes: list[str] = []
    given = {name: torch.from_numpy(values) for name, values in batch(2).items()}
    path = tmp_path / "model.onnx"
    assert export.save(path, Large(), given, lambda: None, Noting()) is None
    assert notes == ["Memory ran out while exporting to ONNX."] and not path.exists()


def test_a_network_that_the_older_exporter_does_not_know_goes_through_the_newer(tmp_path):
    class Spectrum(torch.nn.Module):
        def forward(self, sound):
            window = torch.hann_window(8)
            return torch.stft(sound, 8, window=window, return_complex=True).abs().mean(2).softmax(1)

    sound = torch.rand(2, 64)
    export.write(Spectrum().eval(), {"sound": sound}, tmp_path / "model.onnx")
    with torch.no_grad():
        expected = Spectrum()(sound).numpy()
    assert np.abs(runtime.load(tmp_path / "model.onnx")({"sound": sound.numpy()}) - expected).max() < 1e-5


@pytest.fixture(scope="module")
def packed(tmp_path_factory, body, pictures, zip_of):
    """A zip, and the result of a training from it with one label mended and one picture left out."""
    folder = tmp_path_factory.mktemp("packed")
    archive = zip_of(folder / "noise.zip", pictures(10))
    like = folder / "run.json"
    like.write_text(json.dumps({"settings": {"epochs": 2, "seed": 3}, "edits": {"0": "slate", "11": None}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(folder / "home"))
        given = ("image_recognition", "--data", archive, "--model", body, "--like", like, "--out", folder / "out")
        patch.setattr(sys, "argv", ["fine_tune", *map(str, given)])
        assert fine_tune.main() == 0
    return archive, folder / "out"


def test_the_model_card_says_what_a_stranger_must_know(packed):
    card = (packed[1] / "bundle/README.md").read_text()
    for told in (
        "| licence of its weights | ", "1 labels corrected, 1 pictures excluded", "| slate | 11 |", "## Limits",
        "| ONNX file | same label on ", "0.",
    ):  # fmt: skip
        assert told in card, told


def test_no_class_name_or_name_of_data_is_markup_in_a_model_card(tmp_path, monkeypatch):
    names = ["<img src=x onerror=alert(1)>", "a | b", "[x](http://e.vil)", "https://e.vil/x", "**bold** _it_", "`id`",
             "&lt;b&gt;", "two\nlines", "img_01", "confidence threshold", "测试_2"]  # fmt: skip
    monkeypatch.setattr(made_texts, "WORDS", dict.fromkeys(names, "good fine"))
    monkeypatch.setattr(made_texts, "said", lambda count: ((f"{n}", names[n % len(names)]) for n in range(count)))
    made = made_texts.write(tmp_path / "data", 60).called("<b>data</b> | [x](y)")
    context = TrainingContext(Settings(model="new", mode="full"), made, WorkDirs(tmp_path, tmp_path), {})
    result = made_texts.RESULT | {"onnx": {"items": 9, "same": 7, "largest_difference": 0.1,
                                           "close": ["<i>.png"], "wrong": ["[a](b).png"]}}  # fmt: skip
    model_card.write(tmp_path, context, None, result, items="texts", use=dict.fromkeys(model_card.FILES, ""))
    reader = MarkdownIt("commonmark").enable("table")
    for language, file in model_card.FILES.items():
        card = (tmp_path / file).read_text()
        decided = {"decision": Decision(1.5, None), "selected": None, "part": "validation", "items": 9}
        card = decision_card.renewed(decision_card.renewed(card, language, decided), language, decided)
        marks = {token.type for block in reader.parse(card) for token in block.children or ()}
        assert "html_inline" not in marks and not {"em_open", "image"} & marks
        page = reader.render(card)
        assert page.count("<a ") == 1 and page.count("<strong>") == 2  # the other language, and a low agreement
        for name in names:
            shown = html.escape(" ".join(name.split()))
            assert page.count(f"<td>{shown}</td>") == 1, name
        assert "img_01" in card and page.count("<b>") == 0


def test_the_model_card_says_what_makes_its_figures_too_good():
    told = {"leaks": ["speakers", "both_sides", "clustered", "of another version"]}
    english, chinese = (model_card.leaks(LANGUAGES[language], told) for language in ("en", "zh"))
    assert english.startswith("\n| limits of the test | training and test have speakers in common")
    assert english.count("speakers in common") == 1 and "nobody read each text" in english and "聚类" in chinese
    assert model_card.leaks(LANGUAGES["en"], {}) == ""


def test_what_leaves_records_what_was_used_and_names_what_was_left_open(packed):
    bundle = packed[1] / "bundle"
    run, settings = (json.loads((bundle / name).read_text()) for name in ("run.json", "settings.json"))
    assert run["settings"] == settings and None not in settings.values()
    assert "learning_rate" in run["chosen"] and "epochs" not in run["chosen"]
    assert run["trained"]["epochs"] == 2 and 0 < run["trained"]["best_epoch"] <= 2
    assert f"2 epochs (epoch {run['trained']['best_epoch']:g} was best on validation), learning rate " in (
        (bundle / "README.md").read_text()
    )


def test_repeat_tells_how_the_model_came_about_without_casebook(packed, tmp_path):
    shutil.copytree(packed[1] / "bundle", tmp_path / "bundle")
    ran = subprocess.run(
        [sys.executable, tmp_path / "bundle/repeat.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    for told in (
        "Case      image_recognition", "Setting   epochs = 2", " (chosen by Casebook)", "Trained   epochs = 2",
        "Data      noise.zip, SHA-256 ", "Edit      item 0: now “slate”", "Edit      item 11: left out",
        "Version   torch ",
    ):  # fmt: skip
        assert told in ran.stdout, told


def test_repeat_trains_the_same_model_again_from_the_original_file(packed, tmp_path, home):
    archive, out = packed
    renamed = shutil.copyfile(archive, tmp_path / "holiday.zip")
    ran = subprocess.run(
        [sys.executable, out / "bundle/repeat.py", renamed, tmp_path / "again"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, env={**os.environ, "CASEBOOK_HOME": str(home)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "The same figures."
    again = json.loads((tmp_path / "again/result.json").read_text())
    assert Settings(**again["settings"]) == Settings(**json.loads((out / "bundle/settings.json").read_text()))


def test_the_body_loads_with_timm_by_the_lines_of_the_card_and_is_what_was_trained(packed):
    bundle = packed[1] / "bundle"
    codes = [[line.strip() for line in (bundle / name).read_text("utf-8").splitlines() if line.startswith("    ")]
             for name in ("README.md", "README.zh-CN.md")]  # fmt: skip
    lines, chinese = (code[code.index("import timm") :][:2] for code in codes)
    assert lines == chinese
    check = (
        "from safetensors.torch import load_file\n"
        "stored, loaded = load_file('body/model.safetensors'), body.state_dict()\n"
        "assert set(stored) == set(loaded)\n"
        "print(all((stored[name] == loaded[name]).all() for name in stored))"
    )
    ran = subprocess.run([sys.executable, "-c", "\n".join([*lines, check])], cwd=bundle, capture_output=True,
                         text=True)  # fmt: skip
    assert ran.stdout == "True\n", ran.stderr


def test_the_script_was_asked_about_every_test_picture_in_a_new_process_and_the_card_says_so(packed):
    bundle, result = packed[1] / "bundle", json.loads((packed[1] / "result.json").read_text())
    told = result["script"]
    assert told == json.loads((bundle / "metrics.json").read_text())["script"]
    assert told["items"] == told["of"] == result["data"]["test"] == result["onnx"]["of"]
    assert told["same"] == told["items"] - len(told["close"]) and "wrong" not in told
    assert f"| `predict.py` | same label on {told['same']} of {told['items']} test pictures" in (
        bundle / "README.md"
    ).read_text("utf-8")
