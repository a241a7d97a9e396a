"""The command line: one line when it cannot be done, and nothing else comes of it."""

from __future__ import annotations

import json
from itertools import cycle

import pytest
from command_line import archive, fine_tune, here
from sounds import encoded, tone

import cases
from models.pretrained import catalog
from runs import paths
from runs.store import records
from runs.worker.launchers import torchrun

__all__ = ["archive", "here"]  # fixtures


def test_in_a_process_of_its_own_a_missing_file_is_one_line(tmp_path):
    ran = fine_tune("--data", "nowhere.zip", "--out", tmp_path / "out")
    assert (ran.returncode, ran.stdout, (tmp_path / "out").exists()) == (1, "", False)
    assert "Traceback" not in ran.stderr
    assert ran.stderr.splitlines()[-1] == (
        "error: There is no file “nowhere.zip”. The data must be a file on this machine. Correct the path."
    )


def test_more_processes_than_this_machine_has_are_refused(here, archive, tmp_path, home):
    most = torchrun.most()
    told = here("--data", archive, "--processes", most + 1, "--out", tmp_path / "out")
    assert told == (1, f"error: {most + 1} processes were asked for. On this machine 1 to {most} can train together. "
                       "Choose a number in this range.")  # fmt: skip


MODELS = ", ".join(known.id for known in catalog.models_for("image"))
GIVEN_WRONGLY = {
    "a setting outside its bounds": (
        ("--data", "{archive}", "--set", "epochs=0"),
        "error: The setting “epochs” was given as “0”. “epochs” must lie between 1 and 1000. Correct it and start "
        "again."),
    "a column where there are no tables": (
        ("--data", "{archive}", "--set", "label=mood"),
        "error: The setting “label” was given as “mood”. Available settings: model, mode, epochs,"),
    "two names of one setting": (
        ("--data", "{archive}", "--set", "refit=none", "--set", "final_fit=cross_validated"),
        "error: The setting “refit” was given as “none”. Its new name “final_fit” was given as well. Remove one of the "
        "two."),
    "no equals sign": (
        ("--data", "{archive}", "--set", "epochs"),
        "error: “epochs” has no equals sign. A setting is given as NAME=VALUE. Write NAME=VALUE; the value may be "
        "empty."),
    "another sign": (("--data", "{archive}", "--set", "epochs:3"), "error: “epochs:3” has no equals sign."),
    "nothing": (("--data", "{archive}", "--set", ""), "error: “” has no equals sign."),
    "no name": (("--data", "{archive}", "--set", "=3"), "error: "),
    "an unknown part": (
        ("--part", "holdout", "", "{archive}"),
        "error: Unknown split “holdout”. Supported splits: train, validation, test. Correct it, or leave it empty for "
        "an automatic split."),
    "an unknown model": (
        ("--data", "{archive}", "--model", "perceptron"),
        "error: “perceptron” is neither in the catalogue nor a local folder nor a Hub ID. The catalogue has: "
        f"{MODELS}. Choose one of them, a local folder, or a Hub ID (owner/name)."),
    "a folder in place of the record of a run": (
        ("--data", "{archive}", "--like", "{folder}"),
        "error: --like names “{folder}”, which is no file. A bundle's run.json holds settings and edits. Name the "
        "run.json in the folder of a bundle."),
}  # fmt: skip


@pytest.mark.parametrize(("given", "told"), GIVEN_WRONGLY.values(), ids=GIVEN_WRONGLY)
def test_what_was_given_wrongly_is_one_line(here, archive, tmp_path, given, told):
    status, line = here(*(one.format(archive=archive, folder=tmp_path) for one in given), "--out", tmp_path / "out")
    assert status == 1 and line.startswith(told.format(folder=tmp_path))
    assert not (tmp_path / "out").exists()


def test_a_column_that_is_not_there_is_one_line(here, tokens_at_hand, tmp_path):
    table = tmp_path / "said.csv"
    table.write_text("text,label\ngood food,a\nbad food,b\n")
    assert here("--data", table, "--set", "label=mood", "--out", tmp_path / "out", case="text_analysis") == (
        1,
        "error: The table “said.csv” has no column “mood”. Its columns are: text, label. Choose one of them.",
    )


DEEP = "[" * 100_000
RECORD = {"settings": {}, "edits": {}, "columns": {}}


@pytest.mark.parametrize("content", [
    "no JSON", "[]", '{"settings": {}}', DEEP, DEEP + "]" * 100_000, "5", "null", '"settings"', "\ufeff\0",
    *(json.dumps({**RECORD, **wrong}) for wrong in (
        {"columns": 5}, {"columns": ["text"]}, {"columns": {"text": 5}}, {"settings": 5}, {"settings": [1]},
        {"edits": [[0]]}, {"edits": {"first": "moss"}}, {"edits": {"0": 5}}, {"edits": {"--1": "moss"}},
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


WRONG = [{"colour": "red"}, {"epochs": "many"}, {"epochs": [3]}, {"model": {"a": 1}}, {"seed": None}]


@pytest.mark.parametrize(("case", "wrong"), [*zip(cycle(cases.NAMES), WRONG, strict=False)])
def test_a_record_with_settings_that_cannot_be_is_one_line(here, archive, tmp_path, case, wrong):
    record = tmp_path / "run.json"
    record.write_text(json.dumps({**RECORD, "settings": wrong}))
    status, line = here("--data", archive, "--like", record, "--out", tmp_path / "out", case=case)
    name, value = next(iter(wrong.items()))
    assert status == 1 and line.startswith(f"error: The setting “{name}” was given as “{value}”. ")


@pytest.mark.parametrize(
    ("edits", "told"),
    [({"36": "moss"}, "36"), ({"2": None, "99": None, "100": "x"}, "99, 100"), ({"-1": "lime", "-9": "x"}, "-9")],
)
def test_a_record_with_edits_of_rows_that_are_not_there_is_one_line(here, archive, tmp_path, edits, told):
    record = tmp_path / "run.json"
    record.write_text(json.dumps({**RECORD, "edits": edits}))
    assert here("--data", archive, "--like", record, "--out", tmp_path / "out") == (
        1,
        f"error: The data lacks the rows {told}, which were edited in the original run. It has 36 rows, counted from "
        "0. Use the files of the original run, or remove these edits from its record.",
    )
    assert not records.run_list("local")


def test_one_class_is_one_line(here, pictures, zip_of, tmp_path):
    one = zip_of(tmp_path / "one.zip", pictures(4, classes=("rust",)))
    assert here("--data", one, "--out", tmp_path / "out") == (
        1,
        "error: “one.zip” holds one class only, “rust”. At least two classes are needed. Add pictures of a second "
        "class.",
    )
    assert not (tmp_path / "out").exists()
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
