"""The command line: the same work without a browser, with the settings that were asked for."""

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
from command_line import archive, fine_tune, here
from conftest import ROOT
from test_docs import in_code, tables

import cases
from cases.image_recognition.settings import Settings
from cases.settings import used
from runs import arguments, paths
from runs.store import records

pytestmark = pytest.mark.slow

__all__ = ["archive", "here"]  # fixtures

KEYS = ["case", "model", "settings", "trained", "data", "test", "references", "edits", "as_read", "repeated",
        "validation", "onnx", "script", "seconds", "peak_memory_mb", "bundle"]  # fmt: skip
LABELS = ["accuracy", "macro_f1"]
TRANSCRIPTS = ["wer", "cer", "raw_wer", "raw_cer", "spelling"]
LISTS = [f"{measure}@{most}" for measure in ("ndcg", "recall", "hit", "mrr") for most in (5, 10, 20)]


def test_a_zip_becomes_a_result_and_a_bundle_that_works_alone(archive, body, pictures, tmp_path):
    out = tmp_path / "deep" / "out"
    ran = fine_tune("--data", archive, "--model", body, "--seed", 5, "--set", "epochs=2", "--set", "mode=full",
                    "--set", "learning_rate=", "--out", out)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert list(result) == KEYS
    assert (result["case"], result["model"]) == ("image_recognition", str(body))
    asked = used(Settings(model=str(body), seed=5, epochs=2, mode="full"))
    assert result["settings"] == {**asked, "contrastive": "supervised"}  # of twelve examples a class
    assert result["settings"]["learning_rate"] and result["trained"]["epochs"] == 2
    assert result["data"] == {"train": 24, "validation": 6, "test": 6, "set_aside": 1}
    for figures in (result["test"], *result["references"].values()):
        assert list(figures) == ["accuracy", "macro_f1"]
        assert all(list(one) == ["value", "low", "high"] for one in figures.values())
    assert list(result["references"]) == ["majority", "frozen_features", "colors"]
    assert list(result["seconds"]) == ["prepare", "train", "evaluate", "export"]
    assert all(seconds > 0 for seconds in result["seconds"].values())
    assert 50 < result["peak_memory_mb"] < 5000
    assert result["bundle"] == str(out / "bundle")
    assert ran.stdout == f"{json.dumps(result['test'])} {out / 'bundle'}\n"
    assert [run.status for run in records.run_list("local")] == ["done"]
    assert not list(paths.run(records.run_list("local")[0].id).glob("checkpoint-*"))
    says_the_same_alone(out / "bundle", pictures(4, seed=9), tmp_path)
    rows = tables((ROOT / "docs/command-line.md").read_text("utf-8"))[1]
    described = {key: {*in_code(about)} for names, about in rows for key in in_code(names)}
    assert set(result) <= described.keys() and set(result["references"]) <= described["references"]
    for key in ("trained", "data", "seconds"):
        assert set(result[key]) <= {*described[key], "step"}, key


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
    own = ("alone", "lists", "kept", "tried", "chosen", "shipped", "normalisation")  # of some tasks
    assert [key for key in result if key not in own] == keys
    assert ("normalisation" in result) is ("wer" in figures)
    assert (result["case"], result["model"], result["bundle"]) == (case, str(body), str(out / "bundle"))
    as_used = used(cases.get(case).Settings(model=str(body), epochs=2, **decided))
    as_used |= {"contrastive": "none"} if as_used.get("mode") == "head" else {}
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
    if case == "recommendation":  # the seed decides
        assert here(*given, "--model", body, "--set", "epochs=2", "--out", tmp_path / "again", case=case)[0] == 0
        again = json.loads((tmp_path / "again/result.json").read_text("utf-8"))
        assert all(again[same] == result[same] for same in ("test", "references", "data", "settings"))


def asked(monkeypatch, *given, case="text_analysis"):
    """What the command line asks for, and the run that is to be repeated."""
    monkeypatch.setattr(sys, "argv", ["fine_tune", case, "--data", "t.csv", *given, "--out", "out"])
    args = arguments.read("")
    return args, arguments.like(args)


def test_the_columns_of_a_table_are_chosen_like_settings_or_are_those_of_the_run_to_be_repeated(monkeypatch, tmp_path):
    given = asked(monkeypatch, "--set", "label=a=b", "--set", "epochs=3")
    assert arguments.columns(*given) == {"label": "a=b"} and arguments.settings(*given).epochs == 3
    record = tmp_path / "run.json"
    record.write_text(json.dumps({"settings": {}, "edits": {}, "columns": {"text": "said", "label": "mood"}}))
    given = asked(monkeypatch, "--like", str(record), "--set", "label=place")
    assert arguments.columns(*given) == {"text": "said", "label": "place"}


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
    assert arguments.settings(*asked(monkeypatch, *pairs, case=case)) == cases.get(case).Settings(**chosen)
