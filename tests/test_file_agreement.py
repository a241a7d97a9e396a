"""Step 7 tells how the files that leave agree with the model, and warns where they do not."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page(onnx, script):
    from pages.task_types.classification import model

    result = {"onnx": onnx, "script": script, "data": {"test": 5000}}
    model.tell_agreement(result)
    model.show_agreement(result)


def told(onnx, script):
    app = AppTest.from_function(page, kwargs={"onnx": onnx, "script": script}, default_timeout=60).run()
    assert not app.exception
    return [[one.value for one in some] for some in (app.markdown, app.caption, app.warning)]


GOOD = {"items": 2000, "same": 2000, "close": [], "largest_difference": 2.1e-7, "of": 5000}


def test_both_files_are_told_and_how_they_were_asked():
    markdown, captions, warnings = told(GOOD, {**GOOD, "same": 1999, "close": ["river"]})
    assert markdown == [
        "Checked: in a new process it gave the same predictions for 1,999 of 2,000 test examples.",
        "ONNX check: same label as the model on **2,000 of 2,000** test examples. Probabilities differ by at most "
        "0.000001.",
        "Check of `predict.py`: same label as the model on **1,999 of 2,000** test examples. Probabilities differ by "
        "at most 0.000001.",
    ]
    assert captions[:2] == ["Checked in a new process that has only the files of the zip.",
                            "2,000 of 5,000 test examples were drawn for the check."]  # fmt: skip
    assert "river" in captions[2] and warnings == []


def test_one_sentence_says_that_every_file_gives_the_same():
    markdown, _, warnings = told(GOOD, GOOD)
    sentence = "Checked: in a new process it gave the same predictions for all 2,000 test examples."
    assert markdown[0].endswith(sentence) and "check_circle" in markdown[0] and warnings == []


def test_below_999_of_a_thousand_a_warning_stands_and_other_answers_are_named():
    _, captions, warnings = told(GOOD, {**GOOD, "same": 1990, "wrong": ["lake", "sea"]})
    assert [one for one in captions if one.startswith("Other answers for: ")]
    assert len(warnings) == 1 and warnings[0].startswith("Fewer than 99.9% of the answers are the same")


def test_of_a_bundle_from_before_only_the_onnx_check_is_told():
    markdown, captions, warnings = told({"items": 24, "same": 24, "close": [], "largest_difference": 0.0}, None)
    assert len(markdown) == 1 and captions == warnings == []
