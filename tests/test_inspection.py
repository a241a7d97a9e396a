"""Look inside: every number of a gradient step as torch alone has it, and something to see of every case."""

from __future__ import annotations

import copy
import json
import math
import shutil

import made_speech
import numpy as np
import pytest
import soundfile
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest
from test_explaining import bundle_of, done, spotted
from torch import nn
from torch.nn import functional

import cases
from cases import tasks
from cases.base import Item
from cases.recommendation import predict as recommender
from cases.recommendation.towers import DecayedMeanTower, SASRec
from cases.training import inspection
from models.heads.head import Head
from models.inspection import activations, gradient_step
from models.inspection.gradient_step import Group
from runs.results import inspections
from runs.store import queue, records
from runs.worker import worker

CLASSES = ("moss", "rust", "slate")
HISTORY, NEXT = ["b1", "b4", "b2"], "b5"


def norm(tensors):
    return math.sqrt(sum(float(one.detach().double().square().sum()) for one in tensors))


def small():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(5, 4), nn.GELU(), nn.Linear(4, 3))
    x, label = torch.randn(1, 5), torch.tensor([2])

    def forward():
        scores = network(x)
        return functional.cross_entropy(scores, label), scores.softmax(1)[0, 2]

    return network, forward


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("rate", [0.01, 0.5])
def test_a_step_has_the_numbers_of_torchs_own_gradient_descent(frozen, rate):
    network, forward = small()
    groups = [Group([*network[0].parameters()], not frozen), Group([*network[2].parameters()], True)]
    kept = copy.deepcopy(network.state_dict())
    found = gradient_step.take(forward, groups, [rate])
    assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
    loss, probability = forward()
    loss.backward()
    assert found.before.loss == pytest.approx(loss.item(), abs=1e-7)
    assert found.before.probability == pytest.approx(probability.item(), abs=1e-7)
    for group, told in zip(groups, found.groups, strict=True):
        assert told.gradient == pytest.approx(norm(one.grad for one in group.parameters), rel=1e-6)
        assert told.weights == pytest.approx(norm(group.parameters), rel=1e-6)
        assert told.parameters == sum(one.numel() for one in group.parameters)
    learning = [one for group in groups if group.learns for one in group.parameters]
    torch.optim.SGD(learning, lr=rate).step()
    assert found.after[0].loss == pytest.approx(forward()[0].item(), abs=1e-6)
    assert found.after[0].loss != pytest.approx(found.before.loss, abs=1e-4)


def test_each_learning_rate_begins_at_the_same_weights_and_frozen_ones_stay_as_they_were():
    network, forward = small()
    network[0].requires_grad_(False)
    groups = [Group([*network[0].parameters()], True), Group([*network[2].parameters()], True)]
    together = gradient_step.take(forward, groups, [0.5, 0.01])
    alone = gradient_step.take(forward, groups, [0.01])
    assert together.after[1] == alone.after[0]
    assert [one.requires_grad for one in network.parameters()] == [False, False, True, True]


def test_outputs_of_blocks_are_recorded_once_and_the_hooks_are_gone_afterwards():
    network = nn.Sequential(nn.Linear(2, 3), nn.GRU(3, 4))
    named = nn.ModuleDict({"stem": nn.Linear(2, 2), "blocks": nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))})
    assert list(activations.blocks(named)) == ["blocks.0", "blocks.1"]
    with activations.recorded({"rnn": network[1]}) as kept:
        network(torch.ones(5, 2))
    assert kept["rnn"].shape == (5, 4) and not kept["rnn"].requires_grad
    assert not any(module._forward_hooks for module in network.modules())


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
    panels = [
        *found["input"],
        *found["vector"],
        *found["hidden"],
        *(p for one in found["layers"] for p in one["panels"]),
    ]
    assert found["input"] and found["layers"] and found["stages"][0]["kind"] == "input"
    for panel in panels:
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
    assert [group["learns"] for group in found["step"]["groups"]] == [False] * (len(found["step"]["groups"]) - 1) + [
        True
    ]
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
    learning = [
        *head.parameters(),
        *(named[name] for names in (blocks if mode == "full" else blocks[-1:]) for name in names),
    ]
    torch.optim.SGD(learning, lr=0.01).step()
    with torch.no_grad():
        after = compute().item()
    told = {rate: loss for rate, loss, _ in step["rates"]}[0.01]
    assert told == pytest.approx(after, abs=1e-4) and abs(told - step["loss"]) > 1e-3


@pytest.mark.parametrize("kind", ["speakers", "wav2vec2", "ast"])
def test_sounds_of_every_kind_of_network_are_looked_into(label, kind):
    found, arrays, _ = inside("speech", *label(kind), truth="rust")
    assert arrays["input"].ndim == (1 if kind == "wav2vec2" else 2)
    assert found["step"]["groups"][0]["gradient"] > 0
    assert all(arrays[one["panels"][0]["array"]].shape[1] > 1 for one in found["layers"])


@pytest.mark.parametrize("network", ["SASRec", "DecayedMeanTower"])
def test_a_history_is_scored_as_the_network_scores_it(items, network):
    bundle, file = items(network)
    found, arrays, _ = inside("recommendation", bundle, file)
    model = recommender.load(bundle)
    history = arrays["history"]
    assert np.array_equal(history, model["vectors"][[1, 4, 2], :-1])
    scores = model["vectors"][:, :-1] @ arrays["vector"] + model["vectors"][:, -1]
    assert found["step"]["loss"] == pytest.approx(np.logaddexp.reduce(scores) - scores[5], abs=1e-4)
    assert found["step"]["label"] == "book 5 (b5)"
    assert [one[0] for one in found["input"][0]["pieces"]] == ["book 1 (b1)", "book 4 (b4)", "book 2 (b2)"]
    layer = arrays[found["layers"][0]["panels"][0]["array"]]
    assert np.allclose(layer.sum(-1), 1, atol=1e-5)
    if network == "SASRec":
        assert np.allclose(np.triu(layer, 1), 0)  # nothing looks ahead


def test_a_transcript_is_scored_as_teacher_forcing_has_it(transcript):
    bundle, file = transcript()
    found, arrays, _ = inside("speech", bundle, file, truth="one two")
    assert found["step"]["loss"] == pytest.approx(float(-np.log(arrays["each"]).mean()), abs=1e-4)
    assert {one["kind"] for one in found["vector"]} == {"missing", "numbers"}
    assert len(arrays["each"]) == len(found["vector"][1]["names"])


def test_where_a_thing_does_not_exist_it_is_said(image):
    found, arrays, _ = inside("image_recognition", *image(hidden=0), truth="none of them")
    assert found["hidden"][0]["kind"] == "missing" and "hidden" not in arrays
    assert not found["step"]["given"]  # the prediction stands in for the label
    assert found["step"]["label"] in CLASSES


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


def panels():
    from dataclasses import asdict

    import numpy as np

    from cases.training.inspection import Heat, Missing, Numbers, Tokens, said
    from pages.components.inspection.panels import Drawing

    names, heads = ["we", "<b>"], [said("Mean of all heads"), said("Head {n}", n=1)]
    some = [
        Heat("attention", said("Attention"), said("Token"), said("attends to"), names, slices=heads),
        Heat("cross", said("Attention"), said("Token"), said("Position in time"), rows=names),
        Heat("wave", said("Spectrogram"), said("Unit"), said("Seconds"), upward=True, ranged=True, width=2.0),
        Numbers("vector", said("Feature vector")), Numbers("named", said("Feature vector"), names),
        Tokens([("we", 3, False)], said("Tokens"), 2), Missing(said("This network has no attention.")),
    ]  # fmt: skip
    arrays = {"attention": np.full((2, 2, 2), 0.5), "cross": np.ones((2, 9)), "wave": -np.ones((4, 7)),
              "vector": np.arange(5.0), "named": np.zeros(2)}  # fmt: skip
    Drawing(None, "key", "name", arrays).panels([asdict(one) for one in some], "view")


def test_every_kind_of_panel_is_drawn():
    app = AppTest.from_function(panels, default_timeout=60).run()
    assert not app.exception
    assert app.selectbox[0].options == ["Mean of all heads", "Head 1"]
    assert "5 numbers · norm 5.477 · smallest 0 · largest 4" in [one.value for one in app.caption]
    assert app.info[0].value.startswith("This network has no attention")


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


@pytest.mark.parametrize(("names", "wanted"), [
    (("conv1", "layer1.0.conv2", "layer2.0"), ["layer1.0", "layer2.0"]),
    (("dinov2.layer.0.attention", "dinov2.layer.1"), ["dinov2.layer.0", "dinov2.layer.1"]),
    (("layers.0.blocks.0",), ["layers.0"]), (("blocks.0.1",), ["blocks.0"]),
])  # fmt: skip
def test_blocks_are_found_by_the_first_part_of_their_names_that_is_a_number(names, wanted):
    network = nn.Module()
    for name in names:
        at = network
        for part in name.split("."):
            if part not in dict(at.named_children()):
                at.add_module(part, nn.Module())
            at = dict(at.named_children())[part]
    assert [*activations.blocks(network)] == wanted
