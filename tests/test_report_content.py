"""What a report says, in whose words, and what is in it only where its owner wants that."""

from __future__ import annotations

import re

import numpy as np
import pytest
import reported
from evaluation_page import answered, evaluated

from runs.store import metric_rows


def measured(run):
    """With curves of seven epochs."""
    values = {"train": {"loss": 1.2}, "validation": {"loss": 1.0, "accuracy": 0.7}, "machine": {"memory": 1.0}}
    metric_rows.add([
        {"run": run, "split": split, "step": step, "written": 3 * step + place, "values": {**some, "epoch": step}}
        for step in range(1, 8) for place, (split, some) in enumerate(values.items())
    ])  # fmt: skip
    return run


@pytest.mark.parametrize(("locale", "language", "title"), [("en-GB", "en", "Limitations"), ("zh-CN", "zh-CN", "局限")])
def test_a_report_says_how_good_the_model_is_in_the_language_of_the_page(usual, locale, language, title):
    found = reported.read(content := reported.made(measured(usual), "image_recognition.py", locale))
    assert f'<html lang="{language}">' in content and title in found.text
    assert "75.0%" in found.text and "img" not in found.tags and "Epoch {" not in found.text
    if language == "zh-CN":
        words = {word for word in re.findall(r"[A-Za-z]{4,}", found.text)}
        assert words <= KEPT_IN_CHINESE, words - KEPT_IN_CHINESE


def test_a_report_says_what_of_many_classes_it_leaves_out(dataset):
    labels = np.arange(90) % 45
    run = evaluated(answered([f"kind {n:02}" for n in range(45)], labels, np.where(labels == 7, 8, labels), 0.9))
    text = reported.read(reported.made(run, "image_recognition.py", "en-GB")).text
    assert "Metrics by class (45)" in text and "The 40 classes with the most mistakes, of 45." in text
    assert "Not printed: with more than 20 classes it is not legible on a page. This run has 45." in text


KEPT_IN_CHINESE = {"Casebook", "Macro", "EfficientNet", "Lite", "Wilson", "Apache", "moss", "rust", "slate", "noise",
                   "AdamW", "Bootstrap", "Dropout", "GELU", "ReLU", "LoRA", "ImageNet"}  # fmt: skip


def test_a_report_has_the_title_purpose_author_and_language_that_its_owner_gave(usual):
    found = reported.read(content := reported.made(
        usual, "image_recognition.py", language="zh", title="墙面", purpose="给 <b>评审</b> 看", author="Ada & Co"
    ))  # fmt: skip
    assert '<html lang="zh-CN">' in content and "Ada & Co" in found.text and "给 <b>评审</b> 看" in found.text
    assert re.search("<h1><bdi>墙面</bdi></h1>", content) and "概要" in found.text
    usual_title = reported.read(reported.made(usual, "image_recognition.py")).text
    assert "Recognises pictures: moss, rust, slate" in usual_title and "Made by" not in usual_title


def test_a_report_explains_the_terms_that_it_uses_where_they_stand_and_no_others(usual):
    found = reported.read(reported.made(measured(usual), "image_recognition.py")).text
    assert "Macro-F1" not in found and "Significant" not in found and "Epochs 0 to 7" in found
    terms = ("Accuracy: the share", "Limitations", "Baseline: a simple method",
             "Of the examples predicted as this class", "Confidence: probability")  # fmt: skip
    places = [found.index(term) for term in terms]
    assert places == sorted(places)
    assert " 1 examples" not in found


def test_pictures_are_in_a_report_only_where_its_owner_ticked_that(usual):
    assert "img" not in reported.read(reported.made(usual, "image_recognition.py")).tags
    found = reported.read(reported.made(usual, "image_recognition.py", examples=True))
    assert found.tags.count("img") == 8 and "moss → rust" in found.text
