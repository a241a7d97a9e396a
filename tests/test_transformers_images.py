"""Image classifiers of transformers, and networks side by side: they learn, are saved, explained and served."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import made_backbones
import numpy as np
import pytest
import torch
from made_backbones import KINDS, SIDE, SIDES
from made_sounds import RESULT

import cases
from cases.base import Item, WorkDirs
from cases.image_recognition import predict, trainer
from cases.image_recognition.backbones import block_names, load_body
from cases.image_recognition.settings import Settings
from models.errors import InputError
from models.progress import QUIET

pytestmark = pytest.mark.slow

LABEL = cases.get("image_recognition").tasks[0]
BOTH = "side_by_side"
PLACES = {"convnext": [(2, 2)], BOTH: [(2, 2), (2, 2)]}  # of others a row is four patches
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    made = {kind: made_backbones.write_body(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}
    return {**made, BOTH: made_backbones.write_side_by_side(tmp_path_factory.mktemp(BOTH))}


@pytest.fixture
def model(folder_of, tmp_path):
    """A copy of a folder that may be changed."""
    return shutil.copytree(folder_of["vit"], tmp_path / "model")


@pytest.fixture
def learnt(folder_of, read_zip, zip_of, pictures, tmp_path):
    """A trainer that has learnt from a few pictures, and its data set."""

    def learning(kind, **chosen):
        torch.set_num_threads(1)
        dataset = read_zip("image_recognition", zip_of(tmp_path / "noise.zip", pictures(8)))
        settings = Settings(**{"model": str(folder_of[kind]), "precision": "fp32", "batch_size": 8, **chosen})
        made = trainer.build(settings, dataset, WorkDirs(tmp_path / "run", tmp_path / "cache"), QUIET)
        made.fit(QUIET)
        return made, dataset

    return learning


@kinds
def test_features_are_what_its_own_classifier_is_given(folder_of, kind):
    from transformers import AutoModelForImageClassification

    body, _ = load_body(folder_of[kind])
    whole = AutoModelForImageClassification.from_pretrained(folder_of[kind]).eval()
    given = []
    whole.classifier.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    pictures = torch.randn(3, 3, SIDE, SIDE)
    with torch.no_grad():
        whole(pictures)
        features = body(pictures)
    assert torch.allclose(features, given[0], atol=1e-6)
    assert features.shape == (3, body.head_hidden_size) and features.std(0).mean() > 0.05


@pytest.mark.parametrize(
    ("kind", "size", "crop", "interpolation"),
    [("vit", 32, 32, "bilinear"), ("dinov2", 40, 32, "bicubic"), ("convnext", 40, 32, "bicubic")],
)
def test_size_crop_and_normalisation_are_those_of_its_processor(folder_of, kind, size, crop, interpolation):
    from PIL import Image
    from transformers import AutoImageProcessor

    _, wanted = load_body(folder_of[kind])
    assert (wanted["size"], wanted["crop"], wanted["interpolation"]) == (size, crop, interpolation)
    square = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    processed = AutoImageProcessor.from_pretrained(folder_of[kind])(Image.fromarray(square), return_tensors="np")
    start = (size - crop) // 2
    cut = square[start : start + crop, start : start + crop].transpose(2, 0, 1) / 255
    ours = (cut - np.array(wanted["mean"])[:, None, None]) / np.array(wanted["std"])[:, None, None]
    assert np.allclose(processed["pixel_values"][0], ours, atol=1e-5)


@kinds
def test_its_blocks_hold_all_that_learns_and_the_last_is_next_to_the_classes(folder_of, kind):
    body, _ = load_body(folder_of[kind])
    blocks = block_names(body)
    assert [name for block in blocks for name in block] == [name for name, _ in body.named_parameters()]
    assert len(blocks) == 4  # embeddings and three
    assert any("embeddings" in name for name in blocks[0]) and any("layernorm" in name for name in blocks[-1])


# kind, what learns, the library that loads its body, as the card says: by these lines, from which it gives its features
TIMM = "timm", "import side_by_side", "body(pixels)"
LIBRARY = "transformers", "from transformers import .*", "body(pixels).logits"


@pytest.mark.parametrize(("kind", "mode", "loaded"), [
    ("vit", "last_blocks", LIBRARY), ("convnext", "full", None), ("dinov2", "head", None), ("swin", "lora", None),
    (BOTH, "lora", TIMM),
])  # fmt: skip
def test_it_learns_and_its_bundle_says_the_same_everywhere(learnt, tmp_path, kind, mode, loaded):
    made, dataset = learnt(kind, mode=mode, epochs=1)
    evaluation, bundle = made.evaluate(QUIET), tmp_path / "bundle"
    known = made.save(bundle, RESULT, QUIET)
    assert known["onnx"]["same"] == known["onnx"]["items"] > 0
    if mode == "full":
        told = made.prove(bundle, QUIET)["script"]
        assert told["same"] == told["items"] > 0
    learnt_weights, untouched = (load_body(folder)[0].state_dict() for folder in (bundle / "body", made.items.weights))
    moved = {name for name, value in learnt_weights.items() if not torch.equal(value, untouched[name])}
    assert learnt_weights.keys() == untouched.keys()
    assert mode != "head" or not moved  # of others the start may have been the best

    names = [str(dataset.file(name).resolve()) for name in dataset.samples["file"].iloc[:3]]
    model = predict.load(bundle)
    by_torch = predict.predict(model, names)
    assert np.allclose(by_torch, predict.predict(predict.load_onnx(bundle), names), atol=1e-4)

    (tmp_path / "alone").mkdir()
    LABEL.standalone(bundle, tmp_path / "alone", "float32", dataset, QUIET)
    found = LABEL.prove_standalone(bundle, tmp_path / "alone", dataset, evaluation, QUIET)
    assert found["same"] == found["items"] > 0
    if loaded:
        loads_by_the_lines_of_its_card(bundle, made.network, names[0], dataset.classes, *loaded)
    shows_where_it_looked(bundle, model, made, dataset, tmp_path / "out", PLACES.get(kind, [(4, 4)]))


def loads_by_the_lines_of_its_card(bundle, network, name, classes, library, first, features):
    """And its script predicts, both in a process that knows nothing of ours."""
    codes = []
    for card in ("README.md", "README.zh-CN.md"):
        text = (bundle / card).read_text("utf-8")
        assert f"pip install torch {library} safetensors numpy pillow" in text
        codes += re.findall(rf"({first}\n.*\(\"body\"\))", text)
    lines, other = (["".join(line.split("#")[0].split()) for line in code.splitlines()] for code in codes)
    assert lines == other
    check = f"""
import runpy, sys, torch
pixels = torch.zeros(2, 3, {network.crop}, {network.crop})
print(*{features}.shape)
sys.argv = ["predict.py", {name!r}]
runpy.run_path("predict.py", run_name="__main__")
"""
    program = "\n".join(line.strip() for line in codes[0].splitlines()) + check
    ran = subprocess.run([sys.executable, "-c", program], cwd=bundle, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    shape, said = ran.stdout.splitlines()
    assert shape == f"2 {network.body.head_hidden_size}" and said.split("\t")[1] in classes


def shows_where_it_looked(bundle, model, made, dataset, out, places):
    from cases.classification.explanation import head_of
    from cases.image_recognition import explanation

    pixels = np.random.default_rng(0).integers(0, 256, (model["crop"], model["crop"], 3), dtype=np.uint8)
    scores, seen = explanation.forward(model, head_of(bundle, "relu"), pixels)
    assert [explanation.places(one).shape[:2] for one, _ in seen] == places
    heat = max((explanation.heat(score, seen) for score in scores), key=np.max)  # of one class no place may speak
    assert heat.max() == pytest.approx(1) and heat.std() > 0

    out.mkdir()
    file = dataset.file(dataset.samples["file"].iloc[0])
    told = LABEL.explain(bundle, Item(file=file), out)
    assert told["predicted"] in dataset.classes and (out / "predicted.webp").exists()
    inside = LABEL.inspect(bundle, Item(file=file), out)
    assert len(inside["layers"]) > 1 and len(inside["step"]["groups"]) == len(made.network.blocks()) + 1  # its head


def test_networks_side_by_side_say_what_each_says_of_the_picture_or_its_middle(folder_of):
    body, wanted = load_body(folder_of[BOTH])
    assert (wanted["size"], wanted["crop"]) == (80, SIDES[1])
    pictures = torch.randn(3, 3, SIDES[1], SIDES[1])
    middle = pictures[..., 12:52, 12:52]
    assert middle.shape[-1] == SIDES[0]
    with torch.no_grad():
        each = [
            load_body(folder_of[BOTH] / letter)[0].eval()(seen) for letter, seen in (("a", middle), ("b", pictures))
        ]
        features = body.eval()(pictures)
        assert body(pictures[..., :48, :48]).shape == features.shape  # a lesson trains on smaller pictures
    assert torch.allclose(features, torch.cat(each, 1), atol=1e-5)
    assert features.shape == (3, body.head_hidden_size)


@pytest.mark.parametrize(("change", "said"), [
    ({"architecture": "hf-hub:some/body"}, r"could not be built \('hf-hub:some/body'\)"),
    ({"pretrained_cfg": {"input_size": [3, 40, 40], "mean": [0, 0, 0], "std": [1, 1, 1]}}, "normalised alike"),
])  # fmt: skip
def test_networks_that_do_not_stand_side_by_side_are_refused(folder_of, tmp_path, change, said):
    folder = shutil.copytree(folder_of[BOTH], tmp_path / "model")
    stated = json.loads((folder / "config.json").read_text())[BOTH]
    (folder / "config.json").write_text(json.dumps({BOTH: [{**stated[0], **change}, stated[1]]}))
    with pytest.raises(InputError, match=said):
        load_body(folder)


def test_pixels_that_would_be_divided_by_zero_are_refused(model):
    stated = json.loads((model / "preprocessor_config.json").read_text())
    (model / "preprocessor_config.json").write_text(json.dumps({**stated, "image_std": [0.2, 0.0, 0.2]}))
    with pytest.raises(InputError, match=r"divided by \[0\.2, 0\.0, 0\.2\]"):
        load_body(model)


def test_what_reads_no_pictures_is_refused_in_words(text_body):
    with pytest.raises(InputError) as refused:
        load_body(text_body)
    assert "An image model of the timm library or an image classifier of the transformers library is needed." in str(
        refused.value
    ) or "has no preprocessor_config.json" in str(refused.value)
