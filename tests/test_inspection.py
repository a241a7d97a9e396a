"""Look inside: every number of a gradient step as torch alone has it, something to see of every case, and the page."""

from __future__ import annotations

import json
import math
import shutil

import made_speech
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest
from test_explaining import bundle_of, done, spotted
from test_gradient_step import norm
from torch import nn
from torch.nn import functional

import cases
from cases import tasks
from cases.base import Item
from cases.recommendation.towers import DecayedMeanTower, SASRec
from cases.training import inspection
from models.heads.head import Head
from runs.results import inspections
from runs.store import queue, records
from runs.worker import worker

CLASSES = ("moss", "rust", "slate")
HISTORY, NEXT = ["b1", "b4", "b2"], "b5"


def tell(bundle, **settings):
    (bundle / "settings.json").write_text(json.dumps({"seed": 0, **settings}))


def with_head(bundle, width, hidden=0):
    """A head that tells classes apart, in the folder of a bundle."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        head = Head(width, 3, hidden=hidden, activation="gelu", dropout=0.0)
        nn.init.normal_(head.output.weight, std=0.3)
    save_file(head.state_dict(), bundle / "head.safetensors")
    (bundle / "labels.json").write_text(json.dumps(CLASSES))


@pytest.fixture
def image(tmp_path):
    def made(architecture="test_efficientnet", hidden=6, **settings):
        bundle = bundle_of(tmp_path / "bundle", architecture)
        told = json.loads((bundle / "preprocessing.json").read_text())
        with_head(bundle, json.loads((bundle / "body/config.json").read_text())["num_features"], hidden)
        (bundle / "preprocessing.json").write_text(json.dumps({**told, "activation": "gelu"}))
        tell(bundle, hidden=hidden, activation="gelu", **settings)
        return bundle, spotted(tmp_path / "a.png", (30, 30))

    return made


@pytest.fixture
def text(text_body, tmp_path):
    def made(**settings):
        bundle = tmp_path / "bundle"
        shutil.copytree(text_body, bundle / "body")
        width = json.loads((bundle / "body/config.json").read_text())["hidden_size"]
        with_head(bundle, 2 * width)
        told = {"prefix": "", "most": 40, "pad": 0, "activation": "gelu"}
        (bundle / "preprocessing.json").write_text(json.dumps(told))
        tell(bundle, activation="gelu", **settings)
        (tmp_path / "a.txt").write_text("the food was lovely today")
        return bundle, tmp_path / "a.txt"

    return made


def sound(folder):
    wave = np.random.default_rng(0).normal(0, 0.1, 12_000).astype(np.float32)
    soundfile.write(folder / "a.wav", wave, 16_000)
    return folder / "a.wav"


@pytest.fixture
def label(sound_bodies, tmp_path):
    def made(kind="whisper"):
        from cases.speech.audio import encoders

        bundle = tmp_path / "bundle"
        shutil.copytree(sound_bodies[kind], bundle / "body")
        with_head(bundle, encoders.load_body(bundle / "body").width)
        (bundle / "preprocessing.json").write_text(json.dumps({"activation": "gelu"}))
        tell(bundle, task="label", activation="gelu", mode="full")
        return bundle, sound(tmp_path)

    return made


@pytest.fixture
def transcript(tmp_path):
    def made():
        bundle = tmp_path / "bundle"
        bundle.mkdir()
        made_speech.write_body(bundle / "body")
        told = {"task": "transcribe", "language": "en", "script": "", "replaced": ["", ""]}
        (bundle / "preprocessing.json").write_text(json.dumps(told))
        tell(bundle, task="transcribe", mode="full")
        return bundle, sound(tmp_path)

    return made


@pytest.fixture
def items(tmp_path):
    def made(network="SASRec"):
        bundle, width, count = tmp_path / "bundle", 8, 9
        bundle.mkdir()
        with torch.random.fork_rng():
            torch.manual_seed(2)
            tower = SASRec(width, 6, 2, 2, 0.0) if network == "SASRec" else DecayedMeanTower(width, 0.0)
            vectors = torch.randn(count, width + 1).numpy()
        facts = {"network": network, "longest": "6", "share": "0.5", "heads": "2"}
        save_file(tower.state_dict(), bundle / "user.safetensors", {"user": json.dumps(facts)})
        save_arrays({"vectors": vectors}, bundle / "items.safetensors")
        told = {"ids": [f"b{n}" for n in range(count)], "titles": [f"book {n}" for n in range(count)],
                "genres": [""] * count, "people": [1] * count}  # fmt: skip
        (bundle / "items.json").write_text(json.dumps(told))
        (bundle / "preprocessing.json").write_text(json.dumps({"longest": 6, "parts": {}}))
        tell(bundle, learning_rate=0.05)
        (tmp_path / "a.txt").write_text(json.dumps({"had": HISTORY, "next": NEXT}))
        return bundle, tmp_path / "a.txt"

    return made


def inside(case, bundle, file, truth=None):
    """The inspection as JSON tells it, with its arrays and the names of its files."""
    folder = bundle.parent / "out"
    folder.mkdir()
    found = tasks.of_bundle(cases.get(case), bundle).inspect(bundle, Item(file=file, truth=truth), folder)
    return json.loads(json.dumps(found)), inspection.read(folder), {path.name for path in folder.iterdir()}


MADE = [
    ("image_recognition", "image", "moss"), ("text_analysis", "text", "rust"), ("speech", "label", "slate"),
    ("speech", "transcript", "one two"), ("recommendation", "items", None),
]  # fmt: skip


@pytest.mark.parametrize(("case", "made", "truth"), MADE, ids=[made for _, made, _ in MADE])
def test_of_every_case_there_is_the_input_a_vector_layers_and_a_step(case, made, truth, request):
    found, arrays, files = inside(case, *request.getfixturevalue(made)(), truth=truth)
    layers = [panel for one in found["layers"] for panel in one["panels"]]
    assert found["input"] and found["layers"] and found["stages"][0]["kind"] == "input"
    for panel in (*found["input"], *found["vector"], *found["hidden"], *layers):
        if "array" in panel:
            assert np.isfinite(arrays[panel["array"]].astype(float)).all() and arrays[panel["array"]].size
        if panel["kind"] == "picture":
            assert panel["file"] in files
        if panel.get("slices"):
            assert len(panel["slices"]) == len(arrays[panel["array"]])
    step = found["step"]
    assert step["given"] and step["own"] in [rate for rate, _, _ in step["rates"]]
    least = min(step["rates"])
    assert least[1] < step["loss"] and least[2] > step["probability"]  # the smallest step goes down
    used = [place for stage in found["stages"] for place in stage["groups"]]
    assert sorted(used) == list(range(len(step["groups"])))
    assert all(math.isfinite(group["gradient"]) for group in step["groups"])


def test_of_a_picture_colours_are_shown_as_the_network_gets_them_and_the_last_block_last(image):
    from cases.image_recognition import explanation, predict

    bundle, file = image()
    told = json.loads((bundle / "preprocessing.json").read_text())
    (bundle / "preprocessing.json").write_text(json.dumps({**told, "std": [0.2] * 3}))
    found, _arrays, _files = inside("image_recognition", bundle, file, truth="moss")
    red = explanation.model_input(Item(file=file), predict.load(bundle))[..., 0] / 255 - 0.5
    shown = np.asarray(Image.open(bundle.parent / "out/normalised.webp").convert("L"), float)[:, : red.shape[1]]
    assert np.corrcoef(shown.ravel(), red.ravel())[0, 1] > 0.95
    assert [one["name"]["args"]["rows"] for one in found["layers"]] == [80, 40, 20, 10, 5]


def softmax_gradient(features, weight, bias, target):
    """What the chain rule says by hand: the gradient of the weights is (p − y) xᵀ, of the bias p − y."""
    p = (weight @ features + bias).softmax(0)
    p[target] -= 1
    return float(p.norm() * torch.sqrt(features.square().sum() + 1))


def test_the_gradient_of_a_linear_output_layer_is_what_the_chain_rule_says_by_hand(text):
    from cases.text_analysis import predict

    bundle, file = text(mode="head")
    found, arrays, _ = inside("text_analysis", bundle, file, truth="rust")
    model = predict.load(bundle)
    [ids] = predict.tokens(model, [file.read_text()])
    filled, mask = predict.padded(model, ids)
    scores = predict.logits(model, filled, mask, np.ones((1, 1), np.float32))[0]
    assert found["step"]["loss"] == pytest.approx(float(-scores.log_softmax(0)[1]), abs=1e-5)
    head, x = model["head"], torch.from_numpy(arrays["vector"])
    by_hand = softmax_gradient((x - head["mean"]) / head["std"], head["output.weight"], head["output.bias"], 1)
    assert found["step"]["groups"][-1]["gradient"] == pytest.approx(by_hand, rel=1e-4)
    *others, last = [group["learns"] for group in found["step"]["groups"]]
    assert last and not any(others)
    tokens = found["input"][0]["pieces"]
    assert [number for _text, number, _mark in tokens] == ids[0]
    heat = found["layers"][0]["panels"][0]
    layer = arrays[heat["array"]].astype(float)
    assert len(heat["slices"]) == len(layer) > 1 and heat["names"] == [name for name, _number, _mark in tokens]
    assert layer.shape[1:] == (len(ids[0]), len(ids[0]))
    assert np.allclose(layer.sum(-1), 1, atol=5e-3)  # each token shares out all of its attention


@pytest.mark.parametrize("mode", ["full", "last_blocks"])
def test_a_whole_network_is_moved_as_torchs_own_gradient_descent_moves_it(image, mode):
    from cases.image_recognition import backbones, explanation, predict

    bundle, file = image(mode=mode, blocks=1, learning_rate=0.01, label_smoothing=0.1)
    found, arrays, _ = inside("image_recognition", bundle, file, truth="slate")
    step, model = found["step"], predict.load(bundle)
    pixels = explanation.model_input(Item(file=file), model)
    x = ((torch.from_numpy(pixels).permute(2, 0, 1) / 255 - 0.5) / 0.5)[None]
    head = Head(len(arrays["vector"]), 3, hidden=6, activation="gelu", dropout=0.0)
    head.load_state_dict(model["head"])
    network, label = nn.Sequential(model["body"], head), torch.tensor([2])
    compute = lambda: functional.cross_entropy(network(x), label, label_smoothing=0.1)  # noqa: E731
    loss = compute()
    assert step["loss"] == pytest.approx(loss.item(), abs=1e-5)
    loss.backward()
    blocks, named = backbones.block_names(model["body"]), dict(model["body"].named_parameters())
    for names, told in zip(blocks, step["groups"], strict=False):
        assert told["gradient"] == pytest.approx(norm(named[name].grad for name in names), rel=1e-3)
    assert step["groups"][-2]["gradient"] == pytest.approx(norm(one.grad for one in head.hidden.parameters()), rel=1e-3)
    learning = [named[name] for names in (blocks if mode == "full" else blocks[-1:]) for name in names]
    torch.optim.SGD([*head.parameters(), *learning], lr=0.01).step()
    with torch.no_grad():
        after = compute().item()
    told = {rate: loss for rate, loss, _ in step["rates"]}[0.01]
    assert told == pytest.approx(after, abs=1e-4) and abs(told - step["loss"]) > 1e-3


def test_a_transcript_is_scored_as_teacher_forcing_has_it(transcript):
    bundle, file = transcript()
    found, arrays, _ = inside("speech", bundle, file, truth="one two")
    assert found["step"]["loss"] == pytest.approx(float(-np.log(arrays["each"]).mean()), abs=1e-4)
    assert {one["kind"] for one in found["vector"]} == {"missing", "numbers"}
    assert len(arrays["each"]) == len(found["vector"][1]["names"])


def test_a_row_of_data_is_seen_as_the_pretrained_model_gets_it_without_a_run(text, tmp_path):
    bundle, file = text()
    with_run, _arrays, _ = inside("text_analysis", bundle, file, truth="rust")
    (tmp_path / "entered").mkdir()
    task = cases.get("text_analysis").tasks[0]
    alone = task.enter(bundle / "body", Item(file=file), tmp_path / "entered")
    assert alone["step"] is None
    ids = [[one[1] for one in found["input"][0]["pieces"] if not one[2]] for found in (alone, with_run)]
    assert ids[0] == ids[1] and len(ids[0]) > 3


@pytest.fixture
def run(pictures, zip_of, tmp_path):
    return done(pictures, zip_of, tmp_path, "test_efficientnet", seconds=1)


def entry(digest):
    import cases
    from cases.dataset import Dataset
    from pages.components import inspection
    from runs import paths

    dataset = Dataset.open(paths.datasets() / digest, {})
    inspection.offer_entry(cases.get("image_recognition"), dataset, 1)


def test_the_check_shows_an_example_as_the_network_gets_it(run, small_models, home):
    small_models(home)
    app = AppTest.from_function(entry, kwargs={"digest": "d1"}, default_timeout=60).run()
    assert not app.exception and not records.run_list("local", kind="inspect")  # nobody asked yet
    app.toggle[0].set_value(True).run()
    [job] = records.run_list("local", kind="inspect")
    worker.work(queue.claim_here(job.id))
    assert records.run(job.id, "local").status == "done"
    app.run()
    assert not app.exception and "3 × " in str(app.dataframe[0].value["Value"].tolist())
    assert len(records.run_list("local", kind="inspect")) == 1


def page(identity):
    from pages.components import inspection
    from runs.store import records

    inspection.show(records.run(identity, "local"), "row2", "closer", row=2)


def test_the_page_asks_once_and_shows_each_view_when_it_is_there(run):
    app = AppTest.from_function(page, kwargs={"identity": run.id}, default_timeout=60).run()
    assert not app.exception and inspections.known(run, "row2")["status"] == "queued"
    worker.work(queue.claim_here(records.latest("inspect", run.id, "local").id))
    app.run()
    assert not app.exception
    for name in ("vector", "layers", "hidden", "step"):
        app.button_group[0].set_value(name).run()
        assert not app.exception, name
    told = " ".join(one.value for one in app.markdown)
    assert "Loss of this example" in told and "Probability of the label" in told
    before = told
    app.select_slider[0].set_value(1.0).run()
    assert " ".join(one.value for one in app.markdown) != before
    assert len(records.run_list("local", kind="inspect")) == 1
