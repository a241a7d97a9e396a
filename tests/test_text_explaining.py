"""Which words spoke for a class: the right ones, adding up to what the text made of its score."""

from __future__ import annotations

import json

import pytest
import torch

from cases.base import Item
from cases.classification.explanation import head_of
from cases.text_analysis import explanation, predict
from cases.text_analysis.explanation import attribute
from cases.text_analysis.word_spans import pieces
from models.errors import InputError


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


@pytest.mark.parametrize("text", ["  the food,\nit was  so bad!\t ", "很好 food的酒店", "好", "\u200bgood\u200b"])
def test_the_pieces_give_the_text_as_it_was_without_the_space_around_it(explain, text):
    words = explain(text)["words"]["predicted"]
    assert "".join(piece for piece, _ in words) == text.strip()


def test_what_the_model_did_not_read_is_cut_off_and_counted(explain):
    found = explain("lovely " * 40)
    assert "".join(piece for piece, _ in found["words"]["predicted"]) == ("lovely " * 30).strip()
    assert found["unseen"] == len(" lovely" * 10)


def test_a_row_of_the_data_set_is_explained_by_its_text(learnt_texts, texts, tmp_path):
    found = explanation.explain(learnt_texts, Item(texts, 3, truth=texts.samples.at[3, "label"]), tmp_path)
    assert "".join(piece for piece, _ in found["words"]["predicted"]) == texts.samples.at[3, "text"]


def test_what_is_no_text_is_said_to_be_none(explain):
    with pytest.raises(InputError, match=r"It holds no text\. A text in Chinese, English or another language is"):
        explain(" \n")


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
