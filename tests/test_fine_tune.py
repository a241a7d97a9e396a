"""The command line: the same work without a browser, and one line when it cannot be done."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import made_items
import made_sounds
import made_speech
import made_texts
import pytest
from conftest import ROOT
from sounds import encoded, tone

import cases
from cases.image_recognition.settings import Settings
from cases.settings import used
from models.pretrained import catalog
from runs import arguments, paths
from runs.fine_tune import main
from runs.store import records
from runs.worker.launchers import torchrun

KEYS = [
    "case",
    "model",
    "settings",
    "trained",
    "data",
    "test",
    "references",
    "edits",
    "as_read",
    "repeated",
    "validation",
    "onnx",
    "script",
    "seconds",
    "peak_memory_mb",
    "bundle",
]
LABELS = ["accuracy", "macro_f1"]
TRANSCRIPTS = ["wer", "cer", "raw_wer", "raw_cer"]
LISTS = [f"{measure}@{most}" for measure in ("ndcg", "recall", "hit", "mrr") for most in (5, 10, 20)]


def fine_tune(*given):
    command = [sys.executable, "-m", "runs.fine_tune", "image_recognition", *map(str, given)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def refused(*given, out):
    """The one line of a failure, when nothing else came of it."""
    ran = fine_tune(*given, "--out", out)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert not out.exists()
    assert "Traceback" not in ran.stderr
    return ran.stderr.splitlines()[-1]


@pytest.fixture
def here(monkeypatch, capsys):
    """The same in this process, which has torch loaded: the status and the last line of standard error."""

    def fine_tune_here(*given, case="image_recognition"):
        monkeypatch.setattr(sys, "argv", ["fine_tune", case, *map(str, given)])
        return main(), capsys.readouterr().err.splitlines()[-1]

    return fine_tune_here


@pytest.fixture(scope="module")
def archive(tmp_path_factory, pictures, zip_of):
    return zip_of(tmp_path_factory.mktemp("zip") / "noise.zip", {**pictures(12), "moss/letter.jpg": b"Dear Sir"})


def test_more_processes_than_this_machine_has_are_refused(here, archive, tmp_path, home):
    most = torchrun.most()
    told = here("--data", archive, "--processes", most + 1, "--out", tmp_path / "out")
    assert told == (1, f"error: {most + 1} processes were asked for. On this machine 1 to {most} can train together. "
                       "Choose a number in this range.")  # fmt: skip


def test_a_zip_becomes_a_result_and_a_bundle_that_works_alone(archive, body, pictures, tmp_path):
    out = tmp_path / "deep" / "out"
    ran = fine_tune("--data", archive, "--model", body, "--seed", 5, "--set", "epochs=3", "--set", "mode=full",
                    "--set", "learning_rate=", "--out", out)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert list(result) == KEYS
    assert (result["case"], result["model"]) == ("image_recognition", str(body))
    assert result["settings"] == used(Settings(model=str(body), seed=5, epochs=3, mode="full"))
    assert result["settings"]["learning_rate"] and result["trained"]["epochs"] == 3
    assert result["data"] == {"train": 24, "validation": 6, "test": 6, "set_aside": 1}
    for figures in (result["test"], *result["references"].values()):
        assert list(figures) == ["accuracy", "macro_f1"]
        assert all(list(one) == ["value", "low", "high"] for one in figures.values())
    assert list(result["references"]) == ["majority", "frozen_features"]
    assert list(result["seconds"]) == ["prepare", "train", "evaluate", "export"]
    assert all(seconds > 0 for seconds in result["seconds"].values())
    assert 50 < result["peak_memory_mb"] < 5000
    assert result["bundle"] == str(out / "bundle")
    assert ran.stdout == f"{json.dumps(result['test'])} {out / 'bundle'}\n"
    assert [run.status for run in records.run_list("local")] == ["done"]
    assert not list(paths.run(records.run_list("local")[0].id).glob("checkpoint-*"))
    says_the_same_alone(out / "bundle", pictures(4, seed=9), tmp_path)


def says_the_same_alone(bundle, new, tmp_path):
    """`predict.py` runs in another directory without Casebook and says what the case says."""
    from cases import get

    names = []
    for number, content in enumerate(new.values()):
        names.append(str(tmp_path / f"{number}.png"))
        (tmp_path / f"{number}.png").write_bytes(content)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, bundle / "predict.py", *names],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    said = [line.split("\t") for line in ran.stdout.splitlines()]
    assert [name for name, _, _ in said] == names
    assert [label for _, label, _ in said] == get("image_recognition").tasks[0].predict(bundle, names)
    assert all(1 / 3 <= float(share) <= 1 for _, _, share in said)


def texts(folder, zip_of):
    for name, count in (("train.csv", 60), ("test.csv", 24)):
        (folder / name).write_text(made_texts.table(count, seed=count, heading="review,mood"))
    columns = ("--set", "text=review", "--set", "label=mood")
    given = ("--data", folder / "train.csv", "--test", folder / "test.csv", *columns)
    return made_texts.write_body(folder / "body"), given


def recordings(folder, zip_of):
    train, test = (zip_of(folder / f"{count}.zip", made_sounds.recordings(count, seed=count)) for count in (60, 24))
    return made_sounds.write_body(folder / "body"), ("--data", train, "--test", test)


def dictation(folder, zip_of):
    (folder / "dictation.zip").write_bytes(made_speech.archive(40))
    return made_speech.write_body(folder / "body"), ("--data", folder / "dictation.zip", "--set", "task=transcribe")


def ratings(folder, zip_of):
    for name, content in zip(("ratings.csv", "items.csv"), made_items.tables(), strict=True):
        (folder / name).write_text(content)
    return made_texts.write_body(folder / "body"), ("--data", folder / "ratings.csv", "--items", folder / "items.csv",
                                                  "--set", "min_rating=all")  # fmt: skip


@pytest.mark.parametrize(
    ("case", "brought", "decided", "data", "figures", "references"),
    [
        ("text_analysis", texts, {}, (51, 9, 24), LABELS, ["majority", "frozen_features", "word_counts"]),
        ("speech", recordings, {"task": "label"}, (51, 9, 24), LABELS, ["majority", "frozen_features", "mfcc"]),
        ("speech", dictation, {"task": "transcribe"}, (28, 6, 6), TRANSCRIPTS, ["untouched"]),
        ("recommendation", ratings, {"min_rating": "all"}, (300, 60, 60), LISTS,
         ["popularity", "item_knn", "ease", "ease_decayed"]),
    ],
    ids=["texts", "recordings", "dictation", "ratings"],
)  # fmt: skip
def test_texts_recordings_and_ratings_come_to_a_result_with_the_figures_that_the_readme_promises(
    here, tokens_at_hand, zip_of, tmp_path, case, brought, decided, data, figures, references
):
    body, given = brought(tmp_path, zip_of)
    out = tmp_path / "out"
    status, said = here(*given, "--model", body, "--set", "epochs=2", "--out", out, case=case)
    assert status == 0, said
    result = json.loads((out / "result.json").read_text("utf-8"))
    keys = [key for key in KEYS if key != "script" or case != "recommendation"]  # whose script asks the ONNX file
    assert [key for key in result if key not in ("lists", "kept", "tried", "chosen", "shipped")] == keys
    assert (result["case"], result["model"], result["bundle"]) == (case, str(body), str(out / "bundle"))
    as_used = used(cases.get(case).Settings(model=str(body), epochs=2, **decided))
    assert {name: result["settings"][name] for name in as_used if as_used[name] is not None} == {
        name: value for name, value in as_used.items() if value is not None
    }
    assert [name for name, value in result["settings"].items() if value is None] == []
    if case == "text_analysis":  # the penalty that stands for an empty weight decay
        assert result["settings"]["weight_decay"] == 0.0 and result["trained"]["l2_penalty"] > 0
    assert result["data"] == {**dict(zip(("train", "validation", "test"), data, strict=True)), "set_aside": 0}
    assert list(result["references"]) == references
    for told in (result["test"], *result["references"].values()):
        assert list(told) == figures
        assert all(list(one) == ["value", "low", "high"] for one in told.values())
        assert all(0 <= one["low"] <= one["value"] <= one["high"] for one in told.values())
    portable = result["onnx"]
    assert portable["items"] == result["data"]["test"] >= portable["same"] >= portable["items"] - len(portable["close"])
    assert (out / "bundle" / "predict.py").is_file()


def test_a_test_zip_is_used_for_the_test_only_and_the_seed_decides_the_rest(
    here, archive, body, pictures, zip_of, tmp_path
):
    test = zip_of(tmp_path / "test.zip", pictures(5, seed=7))
    results = []
    for name in ("one", "two"):
        status, _ = here("--data", archive, "--test", test, "--model", body, "--out", tmp_path / name)
        assert status == 0
        results.append(json.loads((tmp_path / name / "result.json").read_text("utf-8")))
    assert results[0]["data"] == {"train": 30, "validation": 6, "test": 15, "set_aside": 1}
    for same in ("test", "references", "data", "settings"):
        assert results[0][same] == results[1][same]


def test_a_setting_outside_its_bounds_is_one_line(archive, tmp_path):
    assert refused("--data", archive, "--set", "epochs=0", out=tmp_path / "out") == (
        "error: The setting “epochs” was given as “0”. “epochs” must lie between 1 and 1000. Correct it and start "
        "again."
    )


def test_a_column_is_no_setting_of_a_case_without_tables(archive, tmp_path):
    assert refused("--data", archive, "--set", "label=mood", out=tmp_path / "out").startswith(
        "error: The setting “label” was given as “mood”. Available settings: model, mode, epochs,"
    )


def test_the_columns_of_a_table_are_chosen_like_settings(monkeypatch):
    given = ["--data", "t.csv", "--set", "label=a=b", "--set", "epochs=3", "--out", "out"]
    monkeypatch.setattr(sys, "argv", ["fine_tune", "text_analysis", *given])
    args = arguments.read("")
    assert arguments.columns(args, arguments.like(args)) == {"label": "a=b"}
    assert arguments.settings(args, arguments.like(args)).epochs == 3


def test_the_columns_of_the_run_to_be_repeated_are_taken(monkeypatch, tmp_path):
    record = tmp_path / "run.json"
    record.write_text(json.dumps({"settings": {}, "edits": {}, "columns": {"text": "said", "label": "mood"}}))
    given = ["--data", "t.csv", "--like", str(record), "--set", "label=place", "--out", "out"]
    monkeypatch.setattr(sys, "argv", ["fine_tune", "text_analysis", *given])
    args = arguments.read("")
    assert arguments.columns(args, arguments.like(args)) == {"text": "said", "label": "place"}


def test_a_column_that_is_not_there_is_one_line(here, tokens_at_hand, tmp_path):
    table = tmp_path / "said.csv"
    table.write_text("text,label\ngood food,a\nbad food,b\n")
    assert here("--data", table, "--set", "label=mood", "--out", tmp_path / "out", case="text_analysis") == (
        1,
        "error: The table “said.csv” has no column “mood”. Its columns are: text, label. Choose one of them.",
    )


def test_a_missing_file_is_one_line(tmp_path):
    assert refused("--data", "nowhere.zip", out=tmp_path / "out") == (
        "error: There is no file “nowhere.zip”. The data must be a file on this machine. Correct the path."
    )


def test_a_model_nobody_knows_is_one_line(here, archive, tmp_path):
    assert here("--data", archive, "--model", "perceptron", "--out", tmp_path / "out") == (
        1,
        "error: “perceptron” is neither in the catalogue nor a local folder nor a Hub ID. The catalogue has:"
        f" {', '.join(known.id for known in catalog.models_for('image'))}."
        " Choose one of them, a local folder, or a Hub ID (owner/name).",
    )
    assert not (tmp_path / "out").exists()


def test_a_part_nobody_knows_is_one_line(archive, tmp_path):
    assert refused("--part", "holdout", "", archive, out=tmp_path / "out") == (
        "error: Unknown split “holdout”. Supported splits: train, validation, test. Correct it, or leave it empty for "
        "an automatic split."
    )


DEEP = "[" * 100_000
RECORD = {"settings": {}, "edits": {}, "columns": {}}


@pytest.mark.parametrize("content", [
    "no JSON", "[]", '{"settings": {}}', DEEP, DEEP + "]" * 100_000, "5", "null", '"settings"', "\ufeff\0",
    *(json.dumps({**RECORD, **wrong}) for wrong in (
        {"columns": 5}, {"columns": ["text"]}, {"columns": {"text": 5}}, {"settings": 5}, {"settings": [1]},
        {"edits": [[0]]}, {"edits": {"first": "moss"}}, {"edits": {"0": 5}}, {"edits": {"-1": "moss"}},
        {"edits": {"1e3": None}}, {"edits": {"9" * 5000: None}},
        {"later_columns": 5}, {"later_columns": [5]}, {"later_columns": [{"text": 1}]},
        {"settings": {"probes": 5}}, {"settings": {"probes": ["x"]}}, {"settings": {"probes": [[1]]}},
    )),
])  # fmt: skip
def test_what_is_no_record_of_a_run_is_one_line(here, archive, tmp_path, content):
    record = tmp_path / "run.json"
    record.write_text(content, "utf-8")
    assert here("--data", archive, "--like", record, "--out", tmp_path / "out") == (
        1,
        f"error: “{record}” is not the record of a run. A bundle's run.json holds settings and edits. Use the "
        "unchanged run.json from a bundle.",
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("case", cases.NAMES)
@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"epochs": "many"}, {"epochs": [3]}, {"model": {"a": 1}}, {"seed": None}]
)
def test_a_record_with_settings_that_cannot_be_is_one_line(here, archive, tmp_path, case, wrong):
    record = tmp_path / "run.json"
    record.write_text(json.dumps({**RECORD, "settings": wrong}))
    status, line = here("--data", archive, "--like", record, "--out", tmp_path / "out", case=case)
    name, value = next(iter(wrong.items()))
    assert status == 1 and line.startswith(f"error: The setting “{name}” was given as “{value}”. ")


@pytest.mark.parametrize(("edits", "told"), [({"36": "moss"}, "36"), ({"2": None, "99": None, "100": "x"}, "99, 100")])
def test_a_record_with_edits_of_rows_that_are_not_there_is_one_line(here, archive, tmp_path, edits, told):
    record = tmp_path / "run.json"
    record.write_text(json.dumps({**RECORD, "edits": edits}))
    assert here("--data", archive, "--like", record, "--out", tmp_path / "out") == (
        1,
        f"error: The data lacks the rows {told}, which were edited in the original run. It has 36 rows, counted from "
        "0. Use the files of the original run, or remove these edits from its record.",
    )
    assert not records.run_list("local")


@pytest.mark.parametrize("given", ["epochs", "", "epochs:3"])
def test_a_setting_without_a_value_is_one_line(here, archive, tmp_path, given):
    assert here("--data", archive, "--set", given, "--out", tmp_path / "out") == (
        1,
        f"error: “{given}” has no equals sign. A setting is given as NAME=VALUE. Write NAME=VALUE; the value may be"
        " empty.",
    )
    assert here("--data", archive, "--set", "=3", "--out", tmp_path / "out")[0] == 1


def test_one_class_is_one_line(pictures, zip_of, tmp_path):
    one = zip_of(tmp_path / "one.zip", pictures(4, classes=("rust",)))
    assert refused("--data", one, out=tmp_path / "out") == (
        "error: “one.zip” holds one class only, “rust”. At least two classes are needed. Add pictures of a second "
        "class."
    )
    assert not list(paths.datasets().iterdir())


def test_a_place_that_cannot_be_written_is_one_line(here, archive, body, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a file")
    for out in (taken, taken / "deep" / "out"):
        assert here("--data", archive, "--model", body, "--set", "epochs=1", "--out", out) == (
            1,
            f"error: The folder “{out}” cannot be created. The result is written to a folder, which is created if "
            "missing. Choose another folder.",
        )
    assert not paths.datasets().exists() or not list(paths.datasets().iterdir())  # said before anything was read
    assert not records.run_list("local")
    assert taken.read_text() == "a file"


def test_a_folder_in_which_the_result_has_no_place_is_one_line(here, archive, body, tmp_path):
    (tmp_path / "out" / "result.json").mkdir(parents=True)
    status, line = here("--data", archive, "--model", body, "--set", "epochs=1", "--out", tmp_path / "out")
    assert (status, line.split(".")[0]) == (1, f"error: The folder “{tmp_path}/out” cannot be created")
    assert not records.run_list("local")


def test_one_class_folder_is_nothing_to_transcribe_either(here, zip_of, tmp_path):
    folder = zip_of(tmp_path / "folder.zip", {f"hello/{n}.wav": encoded(tone(0.5, 300 + n)) for n in range(12)})
    asked = ("--data", folder, "--set", "task=transcribe", "--out", tmp_path / "out")
    assert here(*asked, case="speech") == (
        1,
        "error: “folder.zip” holds one class only, “hello”. Classification needs at least two classes; transcription "
        "needs a transcript for each recording. Add recordings of a second class, or a table of files and transcripts.",
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("case", "given", "chosen"),
    [
        ("image_recognition", ["focus=1"], {"focal_gamma": 1.0}),
        ("text_analysis", ["refit=cross_validated"], {"final_fit": "cross_validated"}),
        ("speech", ["together=speaker"], {"group_by": "speaker"}),
        ("recommendation", ["least=4", "known="], {"min_rating": "4", "id_embedding_min_users": None}),
    ],
)
def test_settings_may_have_the_names_that_they_had(monkeypatch, case, given, chosen):
    pairs = [word for pair in given for word in ("--set", pair)]
    monkeypatch.setattr(sys, "argv", ["fine_tune", case, "--data", "data", *pairs, "--out", "out"])
    args = arguments.read("")
    settings = arguments.settings(args, arguments.like(args))
    assert settings == cases.get(case).Settings(**chosen)


def test_two_names_of_one_setting_are_refused_in_one_line(here, archive, tmp_path):
    given = ("--set", "refit=none", "--set", "final_fit=cross_validated")
    assert here("--data", archive, *given, "--out", tmp_path / "out") == (
        1,
        "error: The setting “refit” was given as “none”. Its new name “final_fit” was given as well. Remove one of the "
        "two.",
    )
