"""A model that leaves for other programs says what the bundle says, from raw inputs on, and tells how to use it."""

from __future__ import annotations

import json
import shutil

import made_sounds
import made_texts
import numpy as np
import onnx
import pandas as pd
import pytest
from conftest import ROOT
from sounds import sweep

import cases
from cases.base import Evaluation, UploadedFile, WorkDirs
from cases.image_recognition import standalone_predict
from cases.speech import reader
from cases.speech.audio import feature_graphs
from cases.speech.audio.features import LONGEST, AstFeatures, SpeakerFeatures, WaveformFeatures, WhisperFeatures
from cases.training import proof
from models.errors import InputError
from models.evaluation import decision
from models.evaluation.predictions import Predictions
from models.onnx import runtime
from models.onnx.graph import Graph
from models.onnx.standalone import Front
from models.progress import QUIET
from runs.jobs import data_import

LABEL = {name: cases.get(name).tasks[0] for name in ("image_recognition", "text_analysis", "speech")}


@pytest.fixture(scope="module")
def pictured(tmp_path_factory, body, pictures, zip_of):
    """The data, the bundle and the evaluation of a picture classifier."""
    folder = tmp_path_factory.mktemp("pictured")
    part = UploadedFile(zip_of(folder / "noise.zip", pictures(10)), "noise.zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(folder / "home"))
        dataset = data_import.into_dataset("image_recognition", [part], "noise", QUIET)
    case, place = cases.get("image_recognition"), WorkDirs(folder / "run", folder / "cache")
    place.folder.mkdir()
    settings = case.Settings(model=str(body), epochs=4, precision="fp32")
    trainer = case.tasks[0].build(settings, dataset, place, QUIET)
    trainer.fit(QUIET)
    evaluation = trainer.evaluate(QUIET)
    told = {"data": trainer.counts, "test": evaluation.metrics, "references": trainer.references}
    trainer.save(folder / "bundle", told, QUIET)
    return dataset, folder / "bundle", evaluation


def written(case, bundle, dataset, folder, choice="float32"):
    folder.mkdir()
    told = LABEL[case].standalone(bundle, folder, choice, dataset, QUIET)
    assert json.loads((folder / "model.json").read_text("utf-8")) == told
    return told


def by_bundle(bundle, dataset, given):
    """An evaluation of all samples as the test part, as the bundle answers what its script is `given`."""
    told = proof.answers(bundle, given, np.zeros(len(given)), proof.ONNX, QUIET)
    classes = json.loads((bundle / "labels.json").read_text("utf-8"))
    labels = [classes.index(label) for label in dataset.samples["label"]]
    table = pd.DataFrame({"id": np.arange(len(given)), "part": "test", "label": labels})
    return Evaluation({}, table, Predictions(tuple(classes), table, told, np.zeros((len(given), 0))))


def proven(case, bundle, dataset, evaluation, folder):
    """What a new process finds that has only the folder."""
    return LABEL[case].prove_standalone(bundle, folder, dataset, evaluation, QUIET)


def damage(path):
    """Set the ten largest arrays of a model to zero."""
    model = onnx.load(path)
    for tensor in sorted(model.graph.initializer, key=lambda one: -len(one.raw_data))[:10]:
        tensor.raw_data = bytes(len(tensor.raw_data))
    onnx.save(model, path)


def is_alone(path):
    """Whether the file needs no other, and is of an opset that resizes smoothly."""
    model = onnx.load(path, load_external_data=False)
    inside = all(one.data_location == onnx.TensorProto.DEFAULT for one in model.graph.initializer)
    return inside and next(one.version for one in model.opset_import if not one.domain) >= 18


def test_pictures_of_any_size_go_in_as_pixels(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    told = written("image_recognition", bundle, dataset, tmp_path / "model")
    assert told["kind"] == "classification" and told["modality"] == "image" and told["classes"] == [*dataset.classes]
    preprocessing = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    assert (told["resize_size"], told["crop_size"]) == (preprocessing["size"], preprocessing["crop"])
    found = proven("image_recognition", bundle, dataset, evaluation, tmp_path / "model")
    tested = evaluation.outcome.of("test")
    assert found["items"] == found["of"] == found["same"] == len(tested.rows) > 0
    assert found["largest_difference"] < 0.01
    assert found["metric"] == "accuracy"
    assert found["value"] == found["value_full"] == pytest.approx(evaluation.metrics["accuracy"]["value"])
    assert set(found) == {"items", "of", "same", "largest_difference", "metric", "value", "value_full", "bands"}
    assert told["size"] == (tmp_path / "model/model.onnx").stat().st_size and is_alone(tmp_path / "model/model.onnx")
    pixels = standalone_predict.pixels(dataset.file(dataset.samples.at[0, "file"]), 4 * told["resize_size"])
    answered = runtime.load(tmp_path / "model/model.onnx")({"pixels": pixels})
    assert answered.shape == (1, 3) and answered.sum() == pytest.approx(1, abs=1e-5)


def test_a_folder_obeys_temperature_and_threshold_of_the_bundle(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    decided = shutil.copytree(bundle, tmp_path / "bundle")
    (decided / "decision.json").write_text(json.dumps({"temperature": 2.0, "threshold": 0.995}))
    told = written("image_recognition", decided, dataset, tmp_path / "model")
    assert told["abstain"] == 0.995
    plain = written("image_recognition", bundle, dataset, tmp_path / "plain")
    assert plain["abstain"] is None
    pixels = standalone_predict.pixels(dataset.file(dataset.samples.at[0, "file"]), 4 * told["resize_size"])
    answered, before = (runtime.load(tmp_path / name / "model.onnx")({"pixels": pixels}) for name in ("model", "plain"))
    assert answered == pytest.approx(decision.tempered(before, 2.0), abs=1e-5)
    tempered = Evaluation({}, evaluation.predictions, evaluation.outcome.tempered(2.0))
    found = proven("image_recognition", decided, dataset, tempered, tmp_path / "model")
    assert found["same"] == found["items"] and found["largest_difference"] < 0.01
    opened = standalone_predict.load(tmp_path / "model")
    said = standalone_predict.answer(opened, answered[0])
    assert said.startswith(f"not sure\t{told['classes'][answered[0].argmax()]} {answered[0].max():.3f}\t")
    assert standalone_predict.answer({**opened, "abstain": None}, answered[0]).count("\t") == 1


def test_eight_bits_make_a_picture_model_smaller_and_a_damaged_one_or_casebook_itself_are_no_proof(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    sizes = {}

    def found(choice):
        return proven("image_recognition", bundle, dataset, evaluation, tmp_path / choice)

    for choice in LABEL["image_recognition"].standalone_choices(bundle):
        told = written("image_recognition", bundle, dataset, tmp_path / choice, choice)
        sizes[choice] = told["size"]
        assert told["choice"] == choice and found(choice)["largest_difference"] < 0.1
    assert sizes["int8"] < 0.5 * sizes["float32"]
    script, torn = tmp_path / "float32/predict.py", tmp_path / "int8/model.onnx"
    script.write_text(f"import sys\nsys.path.append({str(ROOT)!r})\nimport cases\n{script.read_text('utf-8')}")
    with pytest.raises(InputError, match="The bundle imported cases, models of Casebook"):
        found("float32")
    damage(torn)
    damaged = found("int8")
    assert damaged["same"] < damaged["items"] and damaged["largest_difference"] > 0.1
    torn.write_bytes(torn.read_bytes()[:2000])
    with pytest.raises(InputError, match="The model for other programs failed in a new process: "):
        found("int8")


@pytest.mark.slow
@pytest.mark.parametrize("kind", made_sounds.BODIES)
def test_sounds_go_in_as_samples_and_models_of_eight_bits_stay_near(kind, learnt_sounds, tmp_path):
    dataset, bundle = made_sounds.write(tmp_path / "data", kind, count=30), learnt_sounds(kind)
    told = written("speech", bundle, dataset, tmp_path / "model")
    assert told["modality"] == "audio" and told["sample_rate"] == 16_000
    assert told["windows"]["seconds"] == told["window"] > 0
    evaluation = by_bundle(bundle, dataset, heard(dataset, tmp_path))
    found = proven("speech", bundle, dataset, evaluation, tmp_path / "model")
    assert found["same"] == found["items"] == 30
    assert found["largest_difference"] < 2e-3
    assert found["value"] == found["value_full"]
    assert is_alone(tmp_path / "model/model.onnx")
    if kind in ("whisper", "wav2vec2"):  # of spectra and of waves
        written("speech", bundle, dataset, tmp_path / "int8", "int8")
        assert proven("speech", bundle, dataset, evaluation, tmp_path / "int8")["same"] >= 29


def heard(dataset, folder):
    """A file of each sound that was kept."""
    waves = reader.sounds(dataset)
    return [str(reader.as_heard(folder, row, waves[row])) for row in range(len(dataset.samples))]


def test_texts_go_in_as_tokens_of_the_tokenizer_beside_it_also_where_bundles_share_a_body(learnt_texts, tmp_path):
    bundle = shutil.copytree(learnt_texts, tmp_path / "bundle")
    for number, file in enumerate((bundle / "body").glob("*.safetensors")):
        (tmp_path / f"{number}.second").hardlink_to(file)
    told, found = texts_go_in(bundle, tmp_path, 60)
    assert told["modality"] == "text" and told["tokenizer"]["charsmap"] is None
    assert found["same"] == found["items"] == 60
    assert found["largest_difference"] < 1e-5 and is_alone(tmp_path / "model/model.onnx")


def texts_go_in(bundle, folder, count, choice="float32"):
    """What is told of the model that is written of a bundle, for so many texts, and what is found of it."""
    dataset = made_texts.write(folder / "data", count)
    told = written("text_analysis", bundle, dataset, folder / "model", choice)
    evaluation = by_bundle(bundle, dataset, dataset.samples["text"].tolist())
    return told, proven("text_analysis", bundle, dataset, evaluation, folder / "model")


@pytest.fixture
def computed():
    """What a graph alone makes of one input."""

    def compute(graph, made, name, kind, shape, value):
        front = Front(graph, {name: (kind, shape)}, {"made": made})
        return runtime.load(front.alone.SerializeToString())({name: value})

    return compute


def noise(height, width):
    """A picture with all that a filter may blur: a gradient, edges and noise."""
    random = np.random.default_rng(height)
    ramp = np.linspace(0, 255, width)[None, :, None] + np.linspace(-90, 90, height)[:, None, None]
    checks = 60 * ((np.arange(height)[:, None] // 9 + np.arange(width) // 9) % 2)[..., None]
    return (ramp + checks + random.normal(0, 40, (height, width, 3))).clip(0, 255).astype(np.uint8)


EXTRACTORS = {"whisper": WhisperFeatures(80), "speakers": SpeakerFeatures(40), "wav2vec2": WaveformFeatures(True, 400),
              "hubert": WaveformFeatures(False, 400), "ast": AstFeatures(128, 1024)}  # fmt: skip
BOUNDS = {"whisper": 2e-3, "speakers": 1e-4, "wav2vec2": 1e-4, "hubert": 0.0, "ast": 5e-3}


def made_wave(samples):
    return (0.3 * sweep(samples) + np.random.default_rng(0).normal(0, 0.003, samples)).astype(np.float32)


@pytest.mark.parametrize("samples", [1, 160, 5000, 16_000, 40_123, LONGEST + 5000])
@pytest.mark.parametrize("kind", EXTRACTORS)
def test_the_frames_are_those_of_numpy_within_a_bound_also_of_silence(kind, samples, computed):
    extractor, graph, silence = EXTRACTORS[kind], Graph("samples"), np.zeros(8000, np.float32)
    made = feature_graphs.frames(extractor, graph, feature_graphs.begun(graph, "samples"))
    for wave, bound in ((made_wave(samples), BOUNDS[kind]), *([(silence, 1e-3)] if samples == 1 else [])):
        found = computed(graph, made, "samples", "float32", ("samples",), wave)[0]
        expected = extractor.frames(wave[:LONGEST])
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= bound * (1 if wave is silence else max(1, np.abs(expected).max()))
