"""A model that leaves for other programs says what the bundle says, from raw inputs on, and tells how to use it."""

from __future__ import annotations

import json
import shutil

import made_sounds
import made_texts
import numpy as np
import onnx
import pytest

import cases
from cases.base import UploadedFile, WorkDirs
from cases.image_recognition import standalone as picture_models
from cases.text_analysis import standalone as text_models
from models.onnx import runtime
from models.progress import QUIET
from runs.jobs import data_import

LABEL = {name: cases.get(name).tasks[0] for name in ("image_recognition", "text_analysis", "speech")}


@pytest.fixture(scope="module")
def pictured(tmp_path_factory, body, pictures, zip_of):
    """The data and the bundle of a picture classifier."""
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
    return dataset, folder / "bundle"


def written(case, bundle, dataset, rows, folder, choice="float32"):
    folder.mkdir()
    told = LABEL[case].standalone(bundle, folder, choice, dataset, np.asarray(rows), QUIET)
    assert json.loads((folder / "model.json").read_text("utf-8")) == told
    return told


def is_alone(path):
    """Whether the file needs no other, and is of an opset that resizes smoothly."""
    model = onnx.load(path, load_external_data=False)
    inside = all(one.data_location == onnx.TensorProto.DEFAULT for one in model.graph.initializer)
    return inside and next(one.version for one in model.opset_import if not one.domain) >= 18


def test_pictures_of_any_size_go_in_as_pixels(pictured, tmp_path):
    dataset, bundle = pictured
    rows = range(len(dataset.samples))
    told = written("image_recognition", bundle, dataset, rows, tmp_path / "model")
    assert told["kind"] == "classification" and told["modality"] == "image" and told["classes"] == [*dataset.classes]
    assert told["agreement"]["items"] == told["agreement"]["same"] == len(rows)
    assert told["agreement"]["largest_difference"] < 0.01
    assert told["size"] == (tmp_path / "model/model.onnx").stat().st_size and is_alone(tmp_path / "model/model.onnx")
    pixels = picture_models.whole(dataset.file(dataset.samples.at[0, "file"]))
    answered = runtime.load(tmp_path / "model/model.onnx")({"pixels": pixels})
    assert answered.shape == (1, 3) and answered.sum() == pytest.approx(1, abs=1e-5)


def test_eight_bits_make_a_picture_model_smaller(pictured, tmp_path):
    dataset, bundle = pictured
    sizes = {}
    for choice in LABEL["image_recognition"].standalone_choices(bundle):
        told = written("image_recognition", bundle, dataset, range(30), tmp_path / choice, choice)
        sizes[choice] = told["size"]
        assert told["choice"] == choice and told["agreement"]["largest_difference"] < 0.1
    assert sizes["int8"] < 0.5 * sizes["float32"]


@pytest.mark.parametrize("kind", made_sounds.BODIES)
def test_sounds_go_in_as_samples(kind, learnt_sounds, tmp_path):
    dataset = made_sounds.write(tmp_path / "data", kind, count=30)
    bundle = learnt_sounds(kind)
    told = written("speech", bundle, dataset, range(30), tmp_path / "model")
    assert told["modality"] == "audio" and told["sample_rate"] == 16_000
    assert told["windows"]["seconds"] == told["window"] > 0
    assert told["agreement"]["same"] == told["agreement"]["items"] == 30
    assert told["agreement"]["largest_difference"] < 2e-3
    assert told["agreement"]["metric"] == "accuracy" and told["agreement"]["value"] == told["agreement"]["value_full"]
    assert is_alone(tmp_path / "model/model.onnx")


@pytest.mark.parametrize("kind", made_sounds.BODIES)
def test_sound_models_of_eight_bits_stay_near(kind, learnt_sounds, tmp_path):
    dataset = made_sounds.write(tmp_path / "data", kind, count=30)
    told = written("speech", learnt_sounds(kind), dataset, range(30), tmp_path / "model", "int8")
    assert told["agreement"]["same"] >= 29


def test_texts_go_in_as_tokens_of_the_tokenizer_beside_it(learnt_texts, tmp_path):
    dataset = made_texts.write(tmp_path / "data", 60)
    told = written("text_analysis", learnt_texts, dataset, range(60), tmp_path / "model")
    assert told["modality"] == "text" and told["tokenizer"]["charsmap"] is None
    assert told["agreement"]["same"] == told["agreement"]["items"] == 60
    assert told["agreement"]["largest_difference"] < 1e-5 and is_alone(tmp_path / "model/model.onnx")


def test_fewer_tokens_leave_the_answers_to_the_texts_of_the_data_as_they_were(learnt_texts, tmp_path):
    dataset = made_texts.write(tmp_path / "data", 3)
    choice = f"float32{text_models.FEWER}"
    assert choice in LABEL["text_analysis"].standalone_choices(learnt_texts)
    described = json.loads((learnt_texts / "body/tokenizer.json").read_text("utf-8"))
    told = written("text_analysis", learnt_texts, dataset, range(3), tmp_path / "model", choice)
    assert told["agreement"]["same"] == 3 and told["agreement"]["largest_difference"] < 1e-5
    fewer = json.loads((tmp_path / "model/tokenizer.json").read_text("utf-8"))
    assert len(fewer["model"]["vocab"]) <= len(described["model"]["vocab"])


def test_without_test_items_nothing_is_said_of_agreement(learnt_texts, tmp_path):
    dataset = made_texts.write(tmp_path / "data", 3)
    assert written("text_analysis", learnt_texts, dataset, [], tmp_path / "model")["agreement"] is None


def test_a_body_that_several_bundles_share_is_read_all_the_same(learnt_texts, tmp_path):
    bundle = shutil.copytree(learnt_texts, tmp_path / "bundle")
    for number, file in enumerate((bundle / "body").glob("*.safetensors")):
        (tmp_path / f"{number}.second").hardlink_to(file)
    dataset = made_texts.write(tmp_path / "data", 3)
    assert written("text_analysis", bundle, dataset, range(3), tmp_path / "model")["agreement"]["same"] == 3
