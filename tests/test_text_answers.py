"""A saved text model answers without torch; typed texts, examples and files of texts are asked of it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import time

import numpy as np
import pytest
import torch
from made_texts import RESULT, WORDS
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from cases.base import Item, Prediction
from cases.classification.explanation import head_of
from cases.text_analysis import explanation, predict
from cases.text_analysis.explanation import attribute
from cases.text_analysis.word_spans import pieces
from models.errors import InputError
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.inference import client, inputs
from runs.jobs import batch_prediction
from runs.store import dataset_rows, queue, records, shares, upload_rows
from runs.worker import worker

pytestmark = pytest.mark.slow

TASK = cases.get("text_analysis").tasks[0]


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    """A home of all tests here: one process answers for them."""
    place = tmp_path_factory.mktemp("answering") / "home"
    yield place
    client.rest(place)


@pytest.fixture
def run(answering, monkeypatch, learnt_texts, texts):
    """A run that is done, with its bundle and its data where they belong."""
    monkeypatch.setenv("CASEBOOK_HOME", str(answering))
    if not (paths.datasets() / "d1").exists():
        shutil.copytree(texts.folder, paths.datasets() / "d1")
        dataset_rows.add("local", "d1", "text_analysis", "texts", sample=False)
    return finished(learnt_texts, "d1")


def finished(bundle, dataset):
    made = records.create_run("local", "fine_tune", "text_analysis", "texts", dataset=dataset, edits={})
    shutil.copytree(bundle, paths.run(made) / "bundle")
    queue.claim_here(made)
    queue.end(made, "done", result={**RESULT, "data": {**RESULT["data"], "set_aside": 0}})
    return records.run(made, "local")


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES))


def ask(web, token, text="", **query):
    return web.put("/api/answer", params=query, content=text.encode(), headers={"X-Answer-Token": token})


def owner_of(run, *rows):
    return tokens.sign("answer", run=run.id, owner="local", rows=rows)


def ways(run, *rows):
    """The tokens of its owner and of a visitor, who may see these examples."""
    shared = shares.by_token(shares.create(run, days=7, examples=bool(rows)))
    return owner_of(run, *rows), tokens.sign("answer", share=shared.id, rows=rows)


def likeliest(bundle, text, tmp_path):
    """What the script of the bundle says."""
    file = tmp_path / "one.txt"
    file.write_text(text)
    return cases.get("text_analysis").tasks[0].predict(bundle, [file])[0]


def test_a_text_is_answered_by_its_words_and_not_written_down(web, run, tmp_path):
    for text in ("it was lovely", "the food was cold", "where is it"):
        told = ask(web, owner_of(run), text).json()
        assert told["labels"][0] == likeliest(paths.run(run.id) / "bundle", text, tmp_path)
        assert set(told) == {"labels", "probabilities", "shown"} and told["shown"] == ""
    secret = "a password that was typed here"
    for asking in ways(run):
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
    for token in ways(run):
        assert ask(web, token, "味道很好，送得也快").json()["notes"] == [
            "The model learnt from texts in English; this one is in Chinese. It was not tested on such texts, so the "
            "probability means little."
        ]
        [note] = ask(web, token, "味道很好，送得也快", lang="zh").json()["notes"]
        assert note.startswith("训练文本是英文，这段用的是中文。")
        assert "notes" not in ask(web, token, "10/10 😀").json()


def test_an_empty_text_and_one_of_more_than_a_million_bytes_are_refused(web, run):
    for text, found in (("  \n", "It holds no text. "), ("x" * 1_000_001, "The file is larger than 1 MB. ")):
        told = ask(web, owner_of(run), text)
        assert told.status_code == 422 and told.json()["message"].startswith(found)


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


@pytest.fixture
def predictor(learnt_texts):
    return TASK.predictor(learnt_texts)


@pytest.fixture
def given(tmp_path):
    """Files that hold these texts or bytes."""

    def write(*contents):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"{number}.txt")
            files[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        return files

    return write


def test_texts_of_all_lengths_are_answered_in_their_order_as_the_script_says(predictor, learnt_texts, given):
    texts = ["where is it", "the food was lovely today", "很好", "bad " * 40, "it was so cold, very rude", "the"]
    answers = predictor(given(*texts), show=True)
    expected = predict.predict(predict.load(learnt_texts), [text.strip() for text in texts])
    labels = ("blame", "praise", "question")
    for answer, found in zip(answers, expected, strict=True):
        assert answer.labels == tuple(labels[i] for i in np.argsort(-found))
        assert np.allclose(answer.probabilities, np.sort(found)[::-1], atol=1e-5)
        assert answer.shown == ""
    assert [answer.labels[0] for answer in answers[:2]] == ["question", "praise"]


def test_of_a_text_that_is_too_long_the_beginning_is_read_and_what_surrounds_a_text_says_nothing(predictor, given):
    contents = "lovely " * 1000, "lovely " * 30, "\ufeff\r\n good food \n", "good food"  # 30 and a mark at each end
    long, beginning, marked, plain = predictor(given(*contents))
    assert long == beginning and marked == plain
    assert predictor([]) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "It holds no text."),
        (" \n\u3000".encode(), "It holds no text."),
        (b"good\0bad", "It contains invalid characters."),
        ("很好".encode("gb18030"), "It is not written in UTF-8."),
        (b"good " * 2**18, "It is larger than 1 MB."),
    ],
)
def test_what_cannot_be_read_is_answered_by_its_reason_beside_the_others(predictor, given, content, reason):
    bad, good = predictor(given(content, "good"))
    assert isinstance(bad, InputError) and isinstance(good, Prediction)
    assert str(bad).startswith(f"{reason} A text in Chinese, English or another language is needed, as UTF-8.")


def test_a_bundle_without_a_portable_model_says_so_and_those_with_the_same_tokenizer_hold_it_once(
    predictor, learnt_texts, tmp_path
):
    assert TASK.predictor(learnt_texts).tokeniser is predictor.tokeniser
    with pytest.raises(InputError, match="This run has no ONNX model"):
        TASK.predictor(tmp_path)


@pytest.fixture
def explain(learnt_texts, tmp_path):
    def explained(text, truth=None):
        file = tmp_path / "a.txt"
        file.write_text(text, "utf-8", newline="")
        return explanation.explain(learnt_texts, Item(file=file, truth=truth), tmp_path)

    return explained


def test_the_word_that_tells_the_class_spoke_the_loudest(explain, learnt_texts):
    text = "the food was lovely today"
    found = explain(text)
    assert json.loads(json.dumps(found)).keys() == {"predicted", "confidence", "truth", "pictures", "words", "unseen"}
    assert (found["predicted"], found["truth"], found["pictures"], found["unseen"]) == ("praise", None, [], 0)
    [words] = found["words"].values()
    assert [piece for piece, _ in words] == ["the ", "food ", "was ", "lovely ", "today"]
    assert dict(words)["lovely "] == 1 and all(-1 <= weight <= 1 for _, weight in words)
    shares = predict.predict(predict.load(learnt_texts), [text])[0]
    assert found["confidence"] == pytest.approx(shares.max(), abs=1e-5)


def test_the_label_is_explained_beside_the_answer_where_they_differ(explain):
    found = explain("the food was lovely today", truth="blame")
    assert (found["truth"], list(found["words"])) == ("blame", ["predicted", "truth"])
    assert dict(found["words"]["truth"])["lovely "] < 0
    assert list(explain("the food was lovely today", truth="praise")["words"]) == ["predicted"]
    assert explain("the food was lovely today", truth="a class it never met")["truth"] is None


@pytest.mark.parametrize("text", ["the food was lovely today", "很好的酒店，food so bad!", "cold"])
def test_what_the_tokens_are_given_adds_up_to_what_the_text_made_of_the_score(learnt_texts, text):
    model = predict.load(learnt_texts)
    network = explanation.Scores(model["body"], head_of(learnt_texts, model["activation"]))
    [seen] = explanation.Seen.by(model, text).windows
    silent, mask = seen.silent(model["pad"]), torch.ones_like(seen.ids)[None]
    with torch.no_grad():
        made = network(seen.ids[None], mask)[0] - network(silent[None], mask)[0]
    table, largest = network.body.get_input_embeddings(), float(made.abs().max())
    for number in range(3):
        spoke = attribute(network, table, seen.ids, silent, number, bf16=False)
        assert float(spoke.sum()) == pytest.approx(float(made[number]), abs=0.002 * largest)
        rounded = attribute(network, table, seen.ids, silent, number, bf16=True)
        assert float(rounded.sum()) == pytest.approx(float(made[number]), abs=0.03 * largest)
        assert spoke[[0, -1]].tolist() == [0, 0]  # the marks at both ends say the same with any text


def test_what_the_model_did_not_read_is_cut_off_and_counted(explain):
    found = explain("lovely " * 40)
    assert "".join(piece for piece, _ in found["words"]["predicted"]) == ("lovely " * 30).strip()
    assert found["unseen"] == len(" lovely" * 10)


def test_tokens_become_words_and_chinese_stays_as_it_was_cut():
    text = "Don't like 这家酒店, re-reads"
    spans = [(0, 3), (3, 4), (4, 5), (5, 10), (10, 12), (12, 13), (13, 15), (15, 16), (16, 19), (19, 20), (20, 24),
             (24, 25)]  # fmt: skip
    assert pieces(text, spans, [1] * len(spans)) == [
        ("Don't ", 3), ("like ", 1), ("这", 1), ("家", 1), ("酒店", 1), (", ", 1), ("re", 1), ("-", 1), ("reads", 2),
    ]  # fmt: skip
    several = [(0, 1), (0, 1), (0, 1), (1, 2), (2, 3), (3, 4)]  # of one character; and a bare space, for what follows
    assert pieces("龘好 a", several, [1, 2, 4, 8, 16, 32]) == [("龘", 7), ("好 ", 8), ("a", 48)]
    assert pieces("\u200b", [], []) == [("\u200b", 0.0)]
