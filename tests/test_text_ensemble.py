"""Counted words: a reference alone, and beside the network where that helps, wherever the model goes."""

from __future__ import annotations

import json
import shutil
from functools import cache

import made_texts
import numpy as np
import pytest
from made_texts import CHINESE, RESULT, WORDS, said

from cases.base import Item
from cases.classification import ensemble
from cases.classification.hyperparameters import TOGETHER
from cases.settings import AUTOMATIC
from cases.text_analysis import explanation, ngrams, predict, predictor, standalone, standalone_predict
from cases.text_analysis.ngrams import ngrams as words
from cases.text_analysis.tfidf import WordCounts
from models.heads import linear_probe
from models.progress import QUIET

TEXTS = ["", "!", "the food was good", "Good GOOD good food", "很好，不坏", "好" * 6000, "a\x1cb\u2028c",
         "naïve İstanbul ΟΔΟΣ"]  # fmt: skip


@pytest.fixture(scope="module")
def counted():
    texts, labels = zip(*said(120), strict=True)
    return WordCounts(texts, np.array([list(WORDS).index(label) for label in labels]))


@pytest.fixture(scope="module")
def learn(text_body, seen_texts, tmp_path_factory):
    """A trainer that learnt by these settings, and the folder for its bundle; each once."""

    @cache
    def learning(**chosen):
        folder = tmp_path_factory.mktemp("learnt")
        shutil.copytree(seen_texts, folder / "cache")
        usual = {"model": str(text_body), "epochs": 2, "learning_rate": 0.005}
        return made_texts.learn(made_texts.write(folder / "data"), folder, QUIET, **usual, **chosen), folder / "bundle"

    return learning


@pytest.fixture(scope="module")
def leave(learn):
    """The same with its bundle written, and what is known of that."""

    @cache
    def leaving(**chosen):
        trainer, bundle = learn(**chosen)
        return trainer, bundle, trainer.save(bundle, RESULT, QUIET)

    return leaving


@pytest.mark.parametrize("classes", [2, 3])
def test_without_scikit_learn_the_same_probabilities(classes):
    texts, labels = zip(*said(120), strict=True)
    fitted = WordCounts(texts, np.array([list(WORDS).index(label) % classes for label in labels]))
    told = np.exp(fitted.exported(4, factor=1.0).log_probabilities(TEXTS))  # a class more than any text has
    assert np.allclose(told, fitted.probabilities(TEXTS, 4), atol=1e-6)
    alone = WordCounts(["a", "b"], np.array([1, 1])).exported(3, factor=1.0)  # of texts of one class
    assert np.exp(alone.log_probabilities(["a", "c"])).argmax(1).tolist() == [1, 1]
    assert ngrams.LEAST == linear_probe.LEAST  # bounded alike wherever they are computed


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
    ("chosen", "part"), [({}, "out_of_fold"), ({"hidden": 8}, "validation"), ({"mode": "lora"}, "validation")]
)
def test_a_linear_head_is_judged_by_all_that_may_be_learnt_from_which_tell_more_than_validation(learn, chosen, part):
    trainer, _bundle = learn(words=AUTOMATIC, **chosen)
    counts, judged = trainer.counts, trainer.trained["ensemble"]
    asked = counts["validation"] + (counts["train"] if part == "out_of_fold" else 0)
    assert (judged["part"], judged["items"]) == (part, asked)


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


def test_an_explanation_tells_the_words_of_both(leave, tmp_path):
    _trainer, bundle, _known = leave(words=TOGETHER)
    file = tmp_path / "a.txt"
    file.write_text("The food was lovely today", "utf-8")
    found = explanation.explain(bundle, Item(file=file, truth="blame"), tmp_path)
    assert found["counted"]["predicted"][0] == ("lovely", 1.0) and found["counted"].keys() == found["words"].keys()
    assert dict(found["words"]["predicted"])["lovely "] == 1
    shares = predict.predict(predict.load(bundle), ["The food was lovely today"])[0]
    assert found["confidence"] == pytest.approx(shares.max(), abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [{}, {"final_fit": "cross_validated"}, {"mode": "lora"}])
def test_a_bundle_that_counts_words_says_what_was_evaluated(leave, chosen):
    trainer, bundle, known = leave(words=TOGETHER, **chosen)
    assert known["onnx"]["same"] == 36 - len(known["onnx"]["close"]) and known["onnx"]["largest_difference"] < 1e-5
    tested = trainer.tested
    found = tested.compare(predict.predict(predict.load(bundle), tested.given))
    assert found.items == 36 and not found.wrong and found.largest < 1e-4
    assert trainer.trained["ensemble"]["taken"] and trainer.trained["ensemble"]["member"] == "word_counts"
    answers = predictor.load(bundle)([text.encode() for text in tested.given])
    shares = np.array([[dict(zip(one.labels, one.probabilities, strict=True))[name] for name in sorted(WORDS)]
                       for one in answers])  # fmt: skip
    assert np.allclose(shares, trainer.evaluated, atol=1e-5)


@pytest.mark.parametrize("choice", ["float32", "int8", "int4-fewer-tokens"])
def test_a_folder_without_a_server_counts_words_too(leave, tmp_path, choice, monkeypatch):
    monkeypatch.setattr("models.onnx.quantization.TABLE", 64)  # so that the few words here are packed too
    trainer, bundle, _known = leave(words=TOGETHER)
    told = standalone.write(bundle, tmp_path, choice, trainer.context.dataset, QUIET)
    assert told["inputs"]["word_ids"] == "int64 (n, words)" and (tmp_path / told["words"]["file"]).exists()
    answered = standalone_predict.predict(standalone_predict.load(tmp_path), trainer.tested.given)
    assert np.abs(answered - trainer.evaluated).max() < (1e-4 if choice == "float32" else 0.05)
    assert json.loads((tmp_path / "model.json").read_text())["words"]["longest"] == ngrams.LONGEST


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Good food", ["good", "food", "good food"]),
        ("很好 very", ["很", "好", "很 好", "very", "好 very"]),
        ("好吃ok", ["好", "吃", "好 吃", "ok", "吃 ok"]),
        ("!😀", ["!", "😀", "! 😀"]),
        ("不 好吃!", ["不", "好", "不 好", "吃", "好 吃", "不 好 吃", "!", "吃 !"]),
    ],
)
def test_a_text_is_counted_by_words_signs_and_chinese_characters_and_their_neighbours(text, found):
    assert list(words(text)) == found


def test_it_learns_in_both_languages_which_words_go_with_which_class():
    texts = ["好吃，推荐", "味道很好", "难吃，太慢", "送来都凉了", "tasty and quick", "cold and slow"]
    counted = WordCounts(texts, np.array([1, 1, 0, 0, 1, 0]))
    assert counted.guesses(["很好吃", "太慢了", "quick", "slow"]).tolist() == [1, 0, 1, 0]
    assert WordCounts(["a", "b"], np.array([3, 3])).guesses(["c"]).tolist() == [3]  # of one class alone
    assert sum(1 for _ in words("好" * 1_000_000)) == 14_997  # of a long text the beginning
