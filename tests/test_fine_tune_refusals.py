"""The command line: one line when it cannot be done, and nothing else comes of it."""

from __future__ import annotations

import json

import pytest
from command_line import archive, fine_tune, here
from sounds import encoded, tone

from runs import paths
from runs.store import records
from runs.worker.launchers import torchrun

__all__ = ["archive", "here"]  # fixtures


@pytest.mark.slow
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


def test_one_class_folder_is_nothing_to_transcribe_either(here, zip_of, tmp_path):
    folder = zip_of(tmp_path / "folder.zip", {f"hello/{n}.wav": encoded(tone(0.5, 300 + n)) for n in range(12)})
    asked = ("--data", folder, "--set", "task=transcribe", "--out", tmp_path / "out")
    assert here(*asked, case="speech") == (
        1,
        "error: “folder.zip” holds one class only, “hello”. Classification needs at least two classes; transcription "
        "needs a transcript for each recording. Add recordings of a second class, or a table of files and transcripts.",
    )
    assert not (tmp_path / "out").exists()
