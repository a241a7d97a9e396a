"""Texts become batches of numbers of like length, by what a model's folder says of itself."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from tokenizers import Tokenizer, models, pre_tokenizers

from models.errors import InputError
from models.text import tokenizer


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
    return [one.tolist() for one in tokenizer.load(folder).ids(texts)]


def test_texts_come_back_in_order_and_are_not_padded(words):
    assert ids(words, "a b", "c", "", "d a") == [[1, 2], [3], [], [0, 1]]
    assert ids(words, *["a", "b b", "c"] * 700) == [[1], [2, 2], [3]] * 700  # more than are cut at once


def test_the_smallest_limit_counts(words):
    assert ids(words, "a " * 50) == [[1] * 6]
    write(words, "tokenizer_config.json", model_max_length=5)
    assert ids(words, "a " * 50) == [[1] * 5]
    write(words, "sentence_bert_config.json", max_seq_length=3)
    assert ids(words, "a " * 50) == [[1] * 3]
    assert tokenizer.load(words).most == 3


def test_the_prompt_that_the_model_wants_by_default_comes_first(words):
    write(words, "config_sentence_transformers.json", prompts={"q": "say: ", "d": "b "}, default_prompt_name="q")
    assert ids(words, "a", "") == [[4, 5, 1], [4, 5]]
    write(words, "config_sentence_transformers.json", prompts={"q": "say: "}, default_prompt_name=None)
    assert ids(words, "a") == [[1]]


def test_a_batch_is_filled_up_to_its_longest(words):
    batch = tokenizer.load(words).padded([np.array([1, 2, 3]), np.array([2]), np.array([3, 1])])
    assert batch["input_ids"].tolist() == [[1, 2, 3], [2, 7, 7], [3, 1, 7]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert {array.dtype for array in batch.values()} == {np.dtype(np.int64)}


def test_a_folder_without_a_tokenizer_is_refused(words):
    (words / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=rf"The model in “{words.name}” has no tokenizer\.json\."):
        tokenizer.load(words)


MEASURED = """
import resource, sys
from pathlib import Path
from models.text import tokenizer

tokeniser = tokenizer.load(Path(sys.argv[1]))
text = "good bad " * 2_000_000  # 18 MB
tokeniser.ids(["good"])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ids, counted = tokeniser.ids([text]), tokeniser.lengths([text] + ["good bad " * 10_000] * 40)
print(len(ids[0]), counted[0], (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_text_of_many_megabytes_is_cut_before_it_is_counted(words):
    """The tokenizer keeps 270 bytes for each character."""
    done = subprocess.run([sys.executable, "-c", MEASURED, words], cwd=ROOT, capture_output=True, text=True, check=True)
    read, counted, megabytes = map(int, done.stdout.split())
    assert read < 1000
    assert 3_900_000 < counted < 4_100_000
    assert megabytes < 400
