"""A typed text, an example and a file of texts, asked of a small real model that was saved."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import time

import pytest
from made_texts import WORDS
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from models.progress import QUIET
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.inference import client, inputs
from runs.jobs import batch_prediction
from runs.store import dataset_rows, queue, records, shares, upload_rows
from runs.worker import worker


@pytest.fixture
def run(learn_texts, texts):
    """A run that is done, with its bundle and its data where they belong."""
    made = records.create_run("local", "fine_tune", "text_analysis", "texts", dataset="d1", edits={})
    dataset_rows.add("local", "d1", "text_analysis", "texts", sample=False)
    trainer = learn_texts()
    test = trainer.evaluate(QUIET).metrics
    told = {"data": {**trainer.counts, "set_aside": 0}, "test": test, "references": trainer.references}
    trainer.save(paths.run(made) / "bundle", told, QUIET)
    shutil.copytree(texts.folder, paths.datasets() / "d1")
    queue.claim_here(made)
    queue.end(made, "done", result=told)
    return records.run(made, "local")


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
    return cases.get("text_analysis").tasks[0].predict(bundle, [file])[0]


def test_a_text_is_answered_by_its_words_and_not_written_down(web, run, tmp_path):
    token = tokens.sign("answer", run=run.id, owner="local", rows=[])
    for text in ("it was lovely", "the food was cold", "where is it"):
        told = ask(web, token, text).json()
        assert told["labels"][0] == likeliest(paths.run(run.id) / "bundle", text, tmp_path)
        assert set(told) == {"labels", "probabilities", "shown"} and told["shown"] == ""
    shared = shares.by_token(shares.create(run, days=7, examples=False))
    secret = "a password that was typed here"
    for asking in (token, tokens.sign("answer", share=shared.id, rows=[])):
        assert ask(web, asking, secret, name="text.txt").status_code == 200
    files = [path for path in paths.home().rglob("*") if path.is_file()]
    assert len(files) > 10 and not [path for path in files if secret.encode() in path.read_bytes()]


def test_a_text_that_is_explained_is_kept_once_and_not_longer_than_a_day(home):
    file = paths.home() / inputs.keep("local", "it was lovely 很好 \udc80")
    assert file.read_text("utf-8") == "it was lovely 很好 ?"
    key = inputs.key_of_text("local", "it was lovely 很好 \udc80")
    assert inputs.key_of("local", f"tries/local/{file.name}") == key
    assert inputs.key_of("ann", f"tries/local/{file.name}") is None
    assert inputs.key_of_text("ann", "it was lovely 很好 \udc80") != key
    assert paths.home() / inputs.keep("local", "it was lovely 很好 \udc80") == file
    assert paths.home() / inputs.keep("local", "or not") != file
    yesterday = time.time() - 25 * 3600
    os.utime(file, (yesterday, yesterday))
    inputs.keep("local", "it was not")
    assert not file.exists()


def test_a_text_in_another_language_than_the_model_learnt_from_is_said_also_to_visitors(web, run):
    shared = shares.by_token(shares.create(run, days=7, examples=False))
    for token in (tokens.sign("answer", run=run.id, owner="local", rows=[]),
                  tokens.sign("answer", share=shared.id, rows=[])):  # fmt: skip
        assert ask(web, token, "味道很好，送得也快").json()["notes"] == [
            "The model learnt from texts in English; this one is in Chinese. It was not tested on such texts, so the "
            "probability means little."
        ]
        [note] = ask(web, token, "味道很好，送得也快", lang="zh").json()["notes"]
        assert note.startswith("训练文本是英文，这段用的是中文。")
        assert "notes" not in ask(web, token, "10/10 😀").json()


def test_a_bundle_that_is_older_than_this_says_it_by_the_data_it_learnt_from(web, run):
    told = paths.run(run.id) / "bundle/preprocessing.json"
    older = {name: value for name, value in json.loads(told.read_text("utf-8")).items() if name != "languages"}
    told.write_text(json.dumps(older), "utf-8")
    client.rest(paths.home())  # the process that answers has it in memory
    token = tokens.sign("answer", run=run.id, owner="local", rows=[])
    [note] = ask(web, token, "味道很好，送得也快").json()["notes"]
    assert note.startswith("The model learnt from texts in English; this one is in Chinese.")
    assert "notes" not in ask(web, token, "it was lovely").json()
    shutil.rmtree(paths.datasets() / "d1")
    client.rest(paths.home())
    assert "notes" not in ask(web, token, "味道很好，送得也快").json()


def test_an_empty_text_and_one_of_more_than_a_million_bytes_are_refused(web, run):
    token = tokens.sign("answer", run=run.id, owner="local", rows=[])
    told = ask(web, token, "  \n")
    assert told.status_code == 422
    assert told.json()["message"] == (
        "It holds no text. A text in Chinese, English or another language is needed, as UTF-8. "
        "Write or paste one, and try again."
    )
    told = ask(web, token, "x" * 1_000_001)
    assert (told.status_code, told.json()["message"]) == (
        422, "The file is larger than 1 MB. Larger files are not accepted here. Reduce it and try again."
    )  # fmt: skip


def test_an_example_out_of_a_table_is_answered_and_leaves_no_file(web, run, texts, tmp_path):
    shared = shares.by_token(shares.create(run, days=7, examples=True))
    for token in (tokens.sign("answer", run=run.id, owner="local", rows=[3]),
                  tokens.sign("answer", share=shared.id, rows=[3])):  # fmt: skip
        text = web.get("/api/example", params={"token": token, "row": 3})
        assert text.headers["content-type"] == "text/plain; charset=utf-8"
        assert text.text == texts.samples.at[3, "text"]
        told = ask(web, token, row="3").json()
        assert told["labels"][0] == likeliest(paths.run(run.id) / "bundle", text.text, tmp_path)
        assert ask(web, token, row="4").status_code == 404
    assert not (paths.home() / "tries").exists()


def test_a_table_of_texts_comes_back_with_the_texts_and_runs_nothing(run, tmp_path):
    lines = ["=1+1 lovely", "", "the food, cold", "很好酒店\nlovely"]
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["text", "id"], *([line, n] for n, line in enumerate(lines))])
    upload = paths.uploads() / "u1"
    upload.write_text(table.getvalue())
    upload_rows.add("local", "u1", "new.csv", upload.stat().st_size, "0" * 64)
    parts = [{"upload": "u1", "split": ""}]
    job = records.create_run("local", "predict", "text_analysis", "new.csv", parts=parts, subject=run.id)
    worker.work(queue.claim_here(job))
    made = batch_prediction.table(paths.run(job) / batch_prediction.FILE, "en").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(made, newline="")))
    assert list(rows[0])[:4] == ["Name", "Text", "id", "Prediction"]  # with what else the person's table says
    assert [row["id"] for row in rows] == ["0", "1", "2", "3"]  # in their order, also the one without an answer
    assert [row["Text"] for row in rows] == ["'=1+1 lovely", "", "the food, cold", "很好酒店\nlovely"]
    assert [row["Name"] for row in rows][:3] == ["new.csv:2", "new.csv:3", "new.csv:4"]
    expected = [likeliest(paths.run(run.id) / "bundle", line, tmp_path) if line else "" for line in lines]
    assert [row["Prediction"] for row in rows] == expected and set(expected) <= {*WORDS, ""}
    result = records.run(job, "local").result
    assert rows[1]["Problem"] and result["items"] == 3 and not rows[3]["Problem"]
    assert [one["name"] for one in result["told"]] == ["new.csv:3 id 1"]  # of the line without a text
    unlike = "Texts in a language the model did not learn from: {n:,}. Their probabilities mean little."
    assert result["counted"] == {unlike: 1} and result["counted_names"] == {unlike: ["new.csv:5"]}


def test_only_what_a_cell_holds_of_a_long_text_is_written(tmp_path):
    from cases.base import Prediction
    from cases.ingest.archives import Member

    member, task = Member("a", tmp_path, "x" * 40_000), cases.get("text_analysis").tasks[0]
    columns = batch_prediction._columns([member], task, 2)  # as many as a model of two classes tells
    row = batch_prediction._row(member, Prediction(("b", "c"), (0.9, 0.1)), columns, [])
    assert row[1] == "x" * 32_767 and len(row) == len(columns)
    assert columns[2:] == ["Prediction", "Probability", "Second prediction", "Second probability", "Problem"]
