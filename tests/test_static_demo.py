"""The folder of a demo without a server: what it holds, what it must not hold, and the page where it is made."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest
import static_demos
import workshop
from conftest import ROOT

from cases.image_recognition import standalone
from models.errors import InputError
from models.evaluation import calibration, decision
from models.progress import QUIET
from pages.steps.export import report_sections, static_content
from pages.task_types.classification import threshold
from runs import paths
from runs.exports.report import document
from runs.exports.static_demo import library, model
from runs.store import records

pytestmark = pytest.mark.slow

needs_node = pytest.mark.skipif(not library.is_there(), reason="Node.js brings what these demos need: make web")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("static") / "home"


@pytest.fixture(scope="module")
def trained(place, materials):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(place))
        return workshop.done(workshop.queued(materials, "image_recognition"))


@pytest.fixture
def run(trained, place, monkeypatch):
    """A finished run, in the home in which it was trained."""
    monkeypatch.setenv("CASEBOOK_HOME", str(place))
    return trained


@pytest.fixture(scope="module")
def measured(trained, place, tmp_path_factory):
    """What is found of each way to store its weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(place))
        return model.measure(trained, tmp_path_factory.mktemp("measured"), QUIET)


@needs_node
def test_the_folder_holds_page_model_and_examples_and_nothing_of_its_maker(run, place, tmp_path):
    folder = static_demos.write(run, tmp_path, title="<Moss> & 锈", description="Try it.")
    assert folder.name == "demo-moss"
    top = {path.name for path in folder.iterdir()}
    assert top == {"index.html", "page", "vendor", "model", "examples", "demo.json", "README.md"}
    assert "<title>&lt;Moss&gt; &amp; 锈</title>" in (folder / "index.html").read_text("utf-8")
    told = json.loads((folder / "demo.json").read_text("utf-8"))
    assert told["title"] == "<Moss> & 锈" and set(told["languages"]) == {"en", "zh"}
    assert told["languages"]["zh"]["words"]["try"] == "试一试"
    licences = [(folder / f"vendor/{name}/LICENSE").read_text() for name in ("onnxruntime-web", "tokenizers")]
    assert "Microsoft" in licences[0] and "Apache" in licences[1]
    assert len(told["examples"]) == run.result["data"]["test"]
    assert "majority class" in told["languages"]["en"]["card"]
    assert not any(" ONNX" in told["languages"][one]["card"] for one in ("en", "zh"))  # that file is not in the folder
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for private in (str(place), run.id):
        assert private.encode() not in everything
    assert set(told["files"]) == {"model/model.onnx"}  # the script is for programs; no page loads it
    [picture] = sorted((folder / "examples").iterdir())[:1]
    answer = subprocess.run([sys.executable, "-I", folder / "model/predict.py", picture], capture_output=True,
                            text=True, check=True)  # fmt: skip
    classes = json.loads((folder / "model/model.json").read_text("utf-8"))["classes"]
    assert answer.stdout.split("\t")[1] in classes
    assert "pip install onnxruntime numpy pillow" in (folder / "README.md").read_text("utf-8")


def test_the_demo_and_the_report_of_a_sample_say_whose_data_they_are(run):
    told = static_content.of(run, title="", description="", examples=True)["languages"]
    assert "CC BY" not in str(told["en"]["sentences"])
    records.create_run("local", "read", run.case, "digits", dataset=run.dataset, settings={"sample": "digits"})
    told = static_content.of(run, title="", description="", examples=True)["languages"]
    assert all("CC BY 4.0" in str(told[language]["sentences"]) for language in ("en", "zh"))
    assert "CC BY 4.0" in document.html(report_sections.of(run, examples=False))


def test_every_way_to_store_the_weights_is_measured_first(run):
    job = workshop.done(records.create_run("local", "static_sizes", run.case, run.name, subject=run.id))
    assert job.status == "done", job.error
    measured = job.result["choices"]
    assert list(measured) == ["float32", "int8"]
    assert measured["int8"]["size"] < measured["float32"]["size"]
    assert measured["float32"]["agreement"]["same"] == measured["float32"]["agreement"]["items"] > 0
    assert [path.name for path in paths.run(job.id).iterdir()] == []


def test_what_was_measured_stands_in_the_demo_where_its_files_are_the_same_and_is_found_out_anew_where_not(
    run, measured, tmp_path
):
    asked = {**measured["int8"], "agreement": {"items": 1, "same": 0}}
    assert model.write(run, tmp_path / "model", "int8", asked, QUIET)["agreement"] == {"items": 1, "same": 0}
    other = model.write(run, tmp_path / "model", "float32", asked, QUIET)["agreement"]
    assert other["items"] == other["of"] == run.result["data"]["test"]
    assert json.loads((tmp_path / "model/model.json").read_text("utf-8"))["agreement"] == other
    del asked["version"]  # as of an earlier version
    assert model.write(run, tmp_path / "earlier", "int8", asked, QUIET)["agreement"] == measured["int8"]["agreement"]


def test_the_accuracy_told_of_a_confidence_is_that_of_the_weights_in_the_folder(run, place, tmp_path, monkeypatch):
    """Here they are surer than the evaluated model, as weights of fewer bits may be."""
    shutil.copytree(place, tmp_path / "home")
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(calibration, "JUDGED", run.result["data"]["test"])  # the test part is small
    evaluated = threshold.tested(run)
    (model.bundle(run) / decision.FILE).write_text(json.dumps({"temperature": 0.01, "threshold": None}))
    found = model.measure(run, tmp_path / "measured", QUIET)["int8"]
    bands = found["agreement"]["bands"]
    assert sum(n for *_told, n in bands) == found["agreement"]["items"]
    assert bands[0][0] == 0.9 > evaluated[0][0]
    told = model.write(run, tmp_path / "model", "int8", found, QUIET)
    assert told["agreement"] == found["agreement"]


def test_a_way_whose_files_give_no_answers_is_not_offered_and_says_why(run, tmp_path, monkeypatch):
    """As where onnxruntime does not know what a model of 8 bits is made of."""
    whole = standalone.write

    def torn(bundle, folder, choice, *more):
        told = whole(bundle, folder, choice, *more)
        if choice == "int8":
            (folder / "model.onnx").write_bytes(b"torn")
        return told

    monkeypatch.setattr(standalone, "write", torn)
    found = model.measure(run, tmp_path / "found", QUIET)
    assert found["float32"]["agreement"]["same"] == found["float32"]["agreement"]["items"]
    assert found["int8"]["problem"]["found"] == "The model for other programs failed in a new process: {told}"
    monkeypatch.setattr(standalone, "choices", lambda bundle: ("int8",))
    with pytest.raises(InputError, match="failed in a new process"):
        model.measure(run, tmp_path / "found", QUIET)


def test_without_the_libraries_it_is_said_how_they_come(run, monkeypatch, tmp_path):
    monkeypatch.setattr(library, "MODULES", tmp_path)
    told = static_content.of(run, title="", description="", examples=False)
    settings = {**told, "choice": "float32", "measured": {}}
    job = workshop.done(records.create_run("local", "static_demo", run.case, "r", subject=run.id, settings=settings))
    assert job.status == "failed"
    assert job.error["remedy"] == "Install Node.js, run `make web` in Casebook's folder and try again."


def test_the_page_has_all_the_words_that_it_says(run):
    """In both languages; keys as they stand in its scripts."""
    scripts = "\n".join(path.read_text("utf-8") for path in (ROOT / "web/page").rglob("*.js"))
    asked = {word for calls in (r"(?:say|refuse|failed|refusal)\('(\w+)'", r"spoken\([^\n]*, '(\w+)'[,)]")
             for word in re.findall(calls, scripts)}  # fmt: skip
    of_other_cases = {
        "pick", "search", "none_found", "suggested", "recommendations", "picked", "like", "like_title", "remove_title",
        "known_by", "score_told", "record", "record_stop", "quiet", "timeline", "unheard", "aria-label", "placeholder",
        "silence", "copy", "copied", "sure",
    }  # fmt: skip
    told = static_content.of(run, title="", description="", examples=False)["languages"]
    for language in ("en", "zh"):
        missing = asked - set(told[language]["words"]) - of_other_cases
        assert {word for word in missing if not word.startswith("microphone")} == set()
