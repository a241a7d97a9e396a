"""Texts become batches of numbers of like length, by what a model's folder says of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from models import tokenising
from models.errors import InputError
from models.tokenising import alike


@pytest.fixture
def words(tmp_path):
    """A model's folder whose tokenizer knows six words."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0, "a": 1, "b": 2, "c": 3, "say": 4, ":": 5}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 6, "pad_token_id": 7}))
    return tmp_path


def write(folder, name, **content):
    (folder / name).write_text(json.dumps(content))


def ids(folder, *texts):
    return [one.tolist() for one in tokenising.load(folder).ids(texts)]


def test_texts_come_back_in_order_and_are_not_padded(words):
    assert ids(words, "a b", "c", "", "d a") == [[1, 2], [3], [], [0, 1]]


def test_more_texts_than_are_cut_at_once_come_back_in_order(words):
    assert ids(words, *["a", "b b", "c"] * 700) == [[1], [2, 2], [3]] * 700


def test_the_smallest_limit_counts(words):
    assert ids(words, "a " * 50) == [[1] * 6]
    write(words, "tokenizer_config.json", model_max_length=5)
    assert ids(words, "a " * 50) == [[1] * 5]
    write(words, "sentence_bert_config.json", max_seq_length=3)
    assert ids(words, "a " * 50) == [[1] * 3]
    assert tokenising.load(words).most == 3


def test_the_prompt_that_the_model_wants_by_default_comes_first(words):
    write(words, "config_sentence_transformers.json", prompts={"q": "say: ", "d": "b "}, default_prompt_name="q")
    assert ids(words, "a", "") == [[4, 5, 1], [4, 5]]
    write(words, "config_sentence_transformers.json", prompts={"q": "say: "}, default_prompt_name=None)
    assert ids(words, "a") == [[1]]


def test_a_batch_is_filled_up_to_its_longest(words):
    batch = tokenising.load(words).padded([np.array([1, 2, 3]), np.array([2]), np.array([3, 1])])
    assert batch["input_ids"].tolist() == [[1, 2, 3], [2, 7, 7], [3, 1, 7]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert {array.dtype for array in batch.values()} == {np.dtype(np.int64)}


def test_batches_hold_like_lengths_within_the_limit():
    lengths = np.random.default_rng(0).integers(3, 40, 500)
    batches = alike(lengths, 100)
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert max(len(rows) * lengths[rows].max() for rows in batches) <= 100
    assert all(lengths[a].min() >= lengths[b].max() for a, b in pairwise(batches))


def test_a_text_longer_than_a_batch_is_a_batch():
    assert [rows.tolist() for rows in alike([2, 500, 2], 100)] == [[1], [2, 0]]
    assert alike([], 100) == []


def test_a_folder_without_a_tokenizer_is_refused(words):
    (words / "tokenizer.json").unlink()
    with pytest.raises(InputError) as caught:
        tokenising.load(words)
    assert str(caught.value) == (
        f"The model in “{words.name}” has no tokenizer.json. A text model needs its tokenizer beside its weights. "
        "Save it there with transformers’ AutoTokenizer and save_pretrained, or choose another model."
    )


def test_it_needs_no_torch():
    script = "import sys, models.tokenising; print({'torch', 'transformers'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "set()\n"
