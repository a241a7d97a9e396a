"""Counted words answer together with the network where that helps, and wherever the model goes they go along."""

from __future__ import annotations

import json

import numpy as np
import pytest
from made_texts import CHINESE, RESULT, WORDS, said

from cases.base import Item
from cases.classification import ensemble
from cases.classification.hyperparameters import ALONE, TOGETHER
from cases.settings import AUTOMATIC
from cases.text_analysis import explanation, ngrams, predict, predictor, standalone, standalone_predict
from cases.text_analysis.tfidf import WordCounts
from models.heads import linear_probe
from models.progress import QUIET

TEXTS = [
    "",
    "!",
    "the food was good",
    "Good GOOD good food",
    "很好，不坏",
    "好" * 6000,
    "a\x1cb\u2028c",
    "naïve İstanbul ΟΔΟΣ",
]


@pytest.fixture(scope="module")
def counted():
    texts, labels = zip(*said(120), strict=True)
    return WordCounts(texts, np.array([list(WORDS).index(label) for label in labels]))


@pytest.mark.parametrize("classes", [2, 3])
def test_without_scikit_learn_the_same_probabilities(classes):
    texts, labels = zip(*said(120), strict=True)
    numbers = np.array([list(WORDS).index(label) % classes for label in labels])
    fitted = WordCounts(texts, numbers)
    exported = fitted.exported(4, factor=1.0)  # a class more than any text has
    told = np.exp(exported.log_probabilities(TEXTS))
    assert np.allclose(told, fitted.probabilities(TEXTS, 4), atol=1e-6)


def test_texts_of_one_class_alone_are_told_so():
    exported = WordCounts(["a", "b"], np.array([1, 1])).exported(3, factor=1.0)
    assert np.exp(exported.log_probabilities(["a", "c"])).argmax(1).tolist() == [1, 1]


def test_what_is_written_is_read_again(counted, tmp_path):
    made = counted.exported(3, factor=1.25)
    assert ngrams.load(tmp_path) is None and ngrams.vocabulary(tmp_path) is None
    ngrams.save(made, tmp_path)
    read = ngrams.load(tmp_path)
    logits = np.random.default_rng(0).normal(size=(len(TEXTS), 3))
    assert np.array_equal(read.joined(logits, TEXTS), made.joined(logits, TEXTS))
    assert not [file.name for file in tmp_path.iterdir() if file.suffix not in (".json", ".safetensors")]


def test_the_script_counts_as_the_bundle_does(counted):
    vocabulary = counted.exported(3, factor=1.0).vocabulary
    model = {"words": {"longest": ngrams.LONGEST}, "vocabulary": vocabulary}
    for text in [*TEXTS, CHINESE]:
        pairs = [sorted(zip(one["word_ids"][0], one["word_counts"][0], strict=True))
                 for one in (ngrams.inputs(vocabulary, [text]), standalone_predict.counted(model, [text]))]  # fmt: skip
        assert pairs[0] == pairs[1]


def scores(seed, labels):
    """Of a model that is often right, with mistakes of its own."""
    return 2.0 * np.eye(3)[labels] + np.random.default_rng(seed).normal(0, 1.5, (len(labels), 3))


def softmax(values):
    return np.exp(values - np.logaddexp.reduce(values, 1, keepdims=True))


def test_left_to_itself_the_second_model_answers_only_where_it_clearly_helps():
    labels = np.random.default_rng(0).integers(0, 3, 300)
    network, other = scores(1, labels), softmax(scores(2, labels))
    noise = softmax(np.random.default_rng(3).normal(size=(300, 3)))
    helped = ensemble.judge(AUTOMATIC, "validation", network, other, labels)
    assert helped.taken and helped.together > helped.alone and helped.items == 300
    assert not ensemble.judge(AUTOMATIC, "validation", network, noise, labels).taken
    assert not ensemble.judge(AUTOMATIC, "validation", network, softmax(network), labels).taken  # it is the same model
    assert ensemble.judge(TOGETHER, "validation", network, noise, labels).taken


@pytest.mark.parametrize(
    ("chosen", "part"),
    [
        ({"mode": "head"}, "out_of_fold"),
        ({"mode": "head", "hidden": 8}, "validation"),
        ({"mode": "lora"}, "validation"),
    ],
)
def test_a_linear_head_is_judged_by_all_that_may_be_learnt_from_which_tell_more_than_validation(
    learn_texts, chosen, part
):
    trainer = learn_texts(epochs=1, learning_rate=0.005, words=AUTOMATIC, **chosen)
    counts = trainer.counts
    asked = counts["validation"] + (counts["train"] if part == "out_of_fold" else 0)
    assert (trainer.trained["ensemble"]["part"], trainer.trained["ensemble"]["items"]) == (part, asked)


def test_what_the_network_reaches_alone_is_measured_on_the_test_part_where_both_answer(learn_texts):
    trainer = learn_texts(epochs=1, learning_rate=1e-7, words=TOGETHER)
    rows, alone = trainer.test_probabilities(QUIET)
    told = trainer.evaluate(QUIET).more["alone"]["accuracy"]
    assert told["value"] == (alone.argmax(1) == trainer.context.labels[rows]).mean()
    assert told["low"] < told["value"] < told["high"]
    assert learn_texts(epochs=1, words=ALONE).evaluate(QUIET).more == {}  # it is the figure of the model


def test_labels_are_judged_by_the_folds_that_both_were_judged_by(learn_texts):
    trainer = learn_texts(epochs=1, words=AUTOMATIC)
    kept = trainer.evaluate(QUIET).outcome.out_of_fold
    trainer.known = None
    anew = trainer.evaluate(QUIET).outcome.out_of_fold
    assert np.array_equal(kept.rows, anew.rows) and np.allclose(kept.probabilities, anew.probabilities, atol=1e-6)


@pytest.mark.parametrize("text", [*TEXTS[2:4], TEXTS[-1]])
def test_what_words_add_stands_where_they_do_and_is_the_score(counted, text):
    model = counted.exported(3, factor=1.0)
    votes = model.votes(text, 1)
    ids, values = model.values(ngrams.counted(model.vocabulary, text))
    scores = values @ model.weight[ids]
    assert sum(vote.weight for vote in votes) == pytest.approx(scores[1] - scores.mean(), abs=1e-5)
    assert ngrams.by_character(votes, len(text)).sum() == pytest.approx(sum(vote.weight for vote in votes), abs=1e-6)
    for vote in votes:
        assert all(text[start:stop].lower() in vote.told for start, stop in vote.spans)


def test_an_explanation_tells_the_words_of_both(learn_texts, tmp_path):
    trainer = learn_texts(epochs=2, words=TOGETHER)
    trainer.save(tmp_path / "bundle", RESULT, QUIET)
    file = tmp_path / "a.txt"
    file.write_text("The food was lovely today", "utf-8")
    found = explanation.explain(tmp_path / "bundle", Item(file=file, truth="blame"), tmp_path)
    assert found["counted"]["predicted"][0] == ("lovely", 1.0) and found["counted"].keys() == found["words"].keys()
    assert dict(found["words"]["predicted"])["lovely "] == 1
    shares = predict.predict(predict.load(tmp_path / "bundle"), ["The food was lovely today"])[0]
    assert found["confidence"] == pytest.approx(shares.max(), abs=1e-5)


def test_both_are_bounded_alike_wherever_they_are_computed():
    assert ngrams.LEAST == linear_probe.LEAST


@pytest.mark.parametrize(
    "chosen", [{"mode": "head"}, {"mode": "head", "final_fit": "cross_validated"}, {"mode": "lora"}]
)  # fmt: skip
def test_a_bundle_that_counts_words_says_what_was_evaluated(learn_texts, tmp_path, chosen):
    trainer = learn_texts(epochs=2, learning_rate=0.005, words=TOGETHER, **chosen)
    known = trainer.save(tmp_path / "bundle", RESULT, QUIET)
    assert known["onnx"]["same"] == 36 - len(known["onnx"]["close"]) and known["onnx"]["largest_difference"] < 1e-5
    tested = trainer.tested
    found = tested.compare(predict.predict(predict.load(tmp_path / "bundle"), tested.given))
    assert found.items == 36 and not found.wrong and found.largest < 1e-4
    assert trainer.trained["ensemble"]["taken"] and trainer.trained["ensemble"]["member"] == "word_counts"
    answers = predictor.load(tmp_path / "bundle")([text.encode() for text in tested.given])
    shares = np.array([[dict(zip(one.labels, one.probabilities, strict=True))[name] for name in sorted(WORDS)]
                       for one in answers])  # fmt: skip
    assert np.allclose(shares, trainer.evaluated, atol=1e-5)
    alone = learn_texts(epochs=2, learning_rate=0.005, words=ALONE, **chosen)
    alone.evaluate(QUIET)
    assert not np.allclose(alone.evaluated, trainer.evaluated, atol=1e-3)


def test_no_word_is_counted_where_the_network_answers_alone(learn_texts, tmp_path):
    trainer = learn_texts(epochs=2, words=ALONE)
    trainer.save(tmp_path / "bundle", RESULT, QUIET)
    assert not (tmp_path / "bundle" / ngrams.FILE).exists() and "ensemble" not in trainer.trained


@pytest.mark.parametrize("choice", ["float32", "int8", "int4-fewer-tokens"])
def test_a_folder_without_a_server_counts_words_too(learn_texts, texts, tmp_path, choice, monkeypatch):
    monkeypatch.setattr("models.onnx.quantization.TABLE", 64)  # so that the few words here are packed too
    trainer = learn_texts(epochs=2, words=TOGETHER)
    trainer.save(tmp_path / "bundle", RESULT, QUIET)
    folder = tmp_path / "folder"
    folder.mkdir()
    told = standalone.write(tmp_path / "bundle", folder, choice, trainer.context.dataset, QUIET)
    assert told["inputs"]["word_ids"] == "int64 (n, words)" and (folder / told["words"]["file"]).exists()
    given = trainer.tested.given
    answered = standalone_predict.predict(standalone_predict.load(folder), given)
    assert np.abs(answered - trainer.evaluated).max() < (1e-4 if choice == "float32" else 0.05)
    assert json.loads((folder / "model.json").read_text())["words"]["longest"] == ngrams.LONGEST
