"""A typed text, an example and a file of texts, asked of a small real model that was saved."""

from __future__ import annotations

import csv
import io
import re
import shutil

import pytest
from made_texts import WORDS
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from models.report import QUIET
from runs import answering, files, predicting, queue, shares, store, tokens
from runs.routes import ROUTES


@pytest.fixture
def run(learn_texts, texts):
    """A run that is done, with its bundle and its data where they belong."""
    made = store.create_run("local", "fine_tune", "text_analysis", "texts", dataset="d1", edits={})
    learner = learn_texts()
    test = learner.evaluate(QUIET).metrics
    told = {"data": {**learner.counts, "set_aside": 0}, "test": test, "references": learner.references}
    learner.save(files.run(made) / "bundle", told, QUIET)
    shutil.copytree(texts.folder, files.datasets() / "d1")
    queue.claim_here(made)
    queue.end(made, "done", result=told)
    yield store.run(made, "local")
    answering.address_file().unlink(missing_ok=True)  # the process that answers leaves then


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES))


def ask(web, token, text="", **query):
    headers = {"X-Answer-Token": token}
    return web.put("/api/answer", params=query, content=text.encode(), headers=headers)


def likeliest(bundle, text, tmp_path):
    """What the script of the bundle says."""
    file = tmp_path / "one.txt"
    file.write_text(text)
    return cases.get("text_analysis").predict(bundle, [file])[0]


def test_a_text_is_answered_by_its_words(web, run, tmp_path):
    token = tokens.sign("answer", run=run.id, owner="local", rows=[])
    for text in ("it was lovely", "the food was cold", "where is it"):
        told = ask(web, token, text, name="text.txt").json()
        assert told["labels"][0] == likeliest(files.run(run.id) / "bundle", text, tmp_path)
        assert told["shown"] == "" and re.fullmatch(r"tries/[0-9a-f]{32}\.txt", told["file"])
        assert (files.home() / told["file"]).read_text() == text


def test_an_empty_text_is_refused_in_the_readers_language(web, run):
    token = tokens.sign("answer", run=run.id, owner="local", rows=[])
    told = ask(web, token, "  \n", name="text.txt")
    assert told.status_code == 422
    assert told.json()["message"] == (
        "It holds no text. A text in Chinese, English or another language is needed, as UTF-8. "
        "Write or paste one, and try again."
    )


def test_an_example_out_of_a_table_is_answered_and_leaves_no_file(web, run, texts, tmp_path):
    shared = shares.by_token(shares.create(run, days=7, pictures=True))
    for token in (tokens.sign("answer", run=run.id, owner="local", rows=[3]),
                  tokens.sign("answer", share=shared.id, rows=[3])):  # fmt: skip
        text = web.get("/api/example", params={"token": token, "row": 3})
        assert text.headers["content-type"] == "text/plain; charset=utf-8"
        assert text.text == texts.samples.at[3, "text"]
        told = ask(web, token, row="3").json()
        assert told["labels"][0] == likeliest(files.run(run.id) / "bundle", text.text, tmp_path)
        assert ask(web, token, row="4").status_code == 404
    assert list((files.home() / "tries").iterdir()) == []


def test_a_table_of_texts_comes_back_with_the_texts_and_runs_nothing(run, tmp_path):
    lines = ["=1+1 lovely", "the food, cold", "很好\nlovely"]
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["text", "id"], *([line, n] for n, line in enumerate(lines)), ["", 3]])
    upload = files.uploads() / "u1"
    upload.write_text(table.getvalue())
    store.add_upload("local", "u1", "new.csv", upload.stat().st_size, "0" * 64)
    parts = [{"upload": "u1", "split": ""}]
    job = store.create_run("local", "predict", "text_analysis", "new.csv", parts=parts, subject=run.id)
    queue.claim_here(job)
    predicting.predict(store.run(job, "local"), QUIET)
    made = predicting.table(files.run(job) / predicting.FILE, "en").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(made, newline="")))
    assert list(rows[0])[:3] == ["Name", "Text", "Prediction"]
    assert [row["Text"] for row in rows] == ["'=1+1 lovely", "the food, cold", "很好\nlovely", ""]
    assert [row["Name"] for row in rows][:2] == ["new.csv:2", "new.csv:3"]
    expected = [likeliest(files.run(run.id) / "bundle", line, tmp_path) for line in lines]
    assert [row["Prediction"] for row in rows[:3]] == expected and set(expected) <= set(WORDS)
    assert rows[3]["Problem"] and store.run(job, "local").result["items"] == 3


def test_only_what_a_cell_holds_of_a_long_text_is_written(tmp_path):
    from cases.archives import Member
    from cases.base import Answer

    columns = predicting._columns([Member("a", tmp_path, "x" * 40_000)], cases.get("text_analysis").tasks[0])
    row = predicting._row(Member("a", tmp_path, "x" * 40_000), Answer(("b",), (1.0,)), columns, [])
    assert row[1] == "x" * 32_767 and len(row) == len(columns)
