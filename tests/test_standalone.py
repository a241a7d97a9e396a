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

import cases
from cases.base import Evaluation, UploadedFile, WorkDirs
from cases.image_recognition import standalone_predict
from cases.speech import reader
from cases.text_analysis import standalone as text_models
from cases.training import proof
from models.errors import InputError
from models.evaluation import decision
from models.evaluation.predictions import Predictions
from models.onnx import runtime
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


def test_eight_bits_make_a_picture_model_smaller(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    sizes = {}
    for choice in LABEL["image_recognition"].standalone_choices(bundle):
        told = written("image_recognition", bundle, dataset, tmp_path / choice, choice)
        sizes[choice] = told["size"]
        found = proven("image_recognition", bundle, dataset, evaluation, tmp_path / choice)
        assert told["choice"] == choice and found["largest_difference"] < 0.1
    assert sizes["int8"] < 0.5 * sizes["float32"]


def test_a_damaged_model_does_not_pass_for_the_evaluated_one(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    written("image_recognition", bundle, dataset, tmp_path / "model", "int8")
    damage(tmp_path / "model/model.onnx")
    found = proven("image_recognition", bundle, dataset, evaluation, tmp_path / "model")
    assert found["same"] < found["items"] and found["largest_difference"] > 0.1
    torn = tmp_path / "model/model.onnx"
    torn.write_bytes(torn.read_bytes()[:2000])
    with pytest.raises(InputError, match="The model for other programs failed in a new process: "):
        proven("image_recognition", bundle, dataset, evaluation, tmp_path / "model")


def test_a_folder_that_needs_casebook_is_no_proof(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    written("image_recognition", bundle, dataset, tmp_path / "model")
    script = tmp_path / "model/predict.py"
    script.write_text(f"import sys\nsys.path.append({str(ROOT)!r})\nimport cases\n{script.read_text('utf-8')}")
    with pytest.raises(InputError, match="The bundle imported cases, models of Casebook"):
        proven("image_recognition", bundle, dataset, evaluation, tmp_path / "model")


def test_names_of_test_items_do_not_leave(pictured, tmp_path):
    dataset, bundle, evaluation = pictured
    written("image_recognition", bundle, dataset, tmp_path / "model")
    found = proven("image_recognition", bundle, dataset, evaluation, tmp_path / "model")
    assert set(found) == {"items", "of", "same", "largest_difference", "metric", "value", "value_full", "bands"}


@pytest.mark.parametrize("kind", made_sounds.BODIES)
def test_sounds_go_in_as_samples(kind, learnt_sounds, tmp_path):
    dataset = made_sounds.write(tmp_path / "data", kind, count=30)
    bundle = learnt_sounds(kind)
    told = written("speech", bundle, dataset, tmp_path / "model")
    assert told["modality"] == "audio" and told["sample_rate"] == 16_000
    assert told["windows"]["seconds"] == told["window"] > 0
    evaluation = by_bundle(bundle, dataset, heard(dataset, tmp_path))
    found = proven("speech", bundle, dataset, evaluation, tmp_path / "model")
    assert found["same"] == found["items"] == 30
    assert found["largest_difference"] < 2e-3
    assert found["value"] == found["value_full"]
    assert is_alone(tmp_path / "model/model.onnx")


def heard(dataset, folder):
    """A file of each sound that was kept."""
    waves = reader.sounds(dataset)
    return [str(reader.as_heard(folder, row, waves[row])) for row in range(len(dataset.samples))]


@pytest.mark.parametrize("kind", made_sounds.BODIES)
def test_sound_models_of_eight_bits_stay_near(kind, learnt_sounds, tmp_path):
    dataset, bundle = made_sounds.write(tmp_path / "data", kind, count=30), learnt_sounds(kind)
    written("speech", bundle, dataset, tmp_path / "model", "int8")
    evaluation = by_bundle(bundle, dataset, heard(dataset, tmp_path))
    assert proven("speech", bundle, dataset, evaluation, tmp_path / "model")["same"] >= 29


def test_texts_go_in_as_tokens_of_the_tokenizer_beside_it(learnt_texts, tmp_path):
    dataset = made_texts.write(tmp_path / "data", 60)
    told = written("text_analysis", learnt_texts, dataset, tmp_path / "model")
    assert told["modality"] == "text" and told["tokenizer"]["charsmap"] is None
    evaluation = by_bundle(learnt_texts, dataset, dataset.samples["text"].tolist())
    found = proven("text_analysis", learnt_texts, dataset, evaluation, tmp_path / "model")
    assert found["same"] == found["items"] == 60
    assert found["largest_difference"] < 1e-5 and is_alone(tmp_path / "model/model.onnx")


def test_fewer_tokens_leave_the_answers_to_the_texts_of_the_data_as_they_were(learnt_texts, tmp_path):
    dataset = made_texts.write(tmp_path / "data", 3)
    choice = f"float32{text_models.FEWER}"
    assert choice in LABEL["text_analysis"].standalone_choices(learnt_texts)
    described = json.loads((learnt_texts / "body/tokenizer.json").read_text("utf-8"))
    written("text_analysis", learnt_texts, dataset, tmp_path / "model", choice)
    evaluation = by_bundle(learnt_texts, dataset, dataset.samples["text"].tolist())
    found = proven("text_analysis", learnt_texts, dataset, evaluation, tmp_path / "model")
    assert found["same"] == 3 and found["largest_difference"] < 1e-5
    fewer = json.loads((tmp_path / "model/tokenizer.json").read_text("utf-8"))
    assert len(fewer["model"]["vocab"]) <= len(described["model"]["vocab"])
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="no longer exists"):
        LABEL["text_analysis"].standalone(learnt_texts, tmp_path / "other", choice, None, QUIET)


def test_without_single_answers_nothing_is_said_of_agreement(learnt_texts, tmp_path):
    dataset = made_texts.write(tmp_path / "data", 3)
    assert written("text_analysis", learnt_texts, dataset, tmp_path / "model")["agreement"] is None
    nothing = Evaluation({}, pd.DataFrame({"id": [0, 1, 2]}))
    assert proven("text_analysis", learnt_texts, dataset, nothing, tmp_path / "model") is None


def test_a_body_that_several_bundles_share_is_read_all_the_same(learnt_texts, tmp_path):
    bundle = shutil.copytree(learnt_texts, tmp_path / "bundle")
    for number, file in enumerate((bundle / "body").glob("*.safetensors")):
        (tmp_path / f"{number}.second").hardlink_to(file)
    dataset = made_texts.write(tmp_path / "data", 3)
    written("text_analysis", bundle, dataset, tmp_path / "model")
    evaluation = by_bundle(bundle, dataset, dataset.samples["text"].tolist())
    assert proven("text_analysis", bundle, dataset, evaluation, tmp_path / "model")["same"] == 3
