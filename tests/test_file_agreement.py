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
    assert [one.partition(":")[0] for one in markdown] == ["Checked", "ONNX check", "Check of `predict.py`"]
    assert all(figure in one for figure, one in zip(("1,999 of", "**2,000 of", "**1,999 of"), markdown, strict=True))
    assert all("at most 0.000001." in one for one in markdown[1:])
    assert "2,000 of 5,000 test examples" in captions[1] and "river" in captions[2] and warnings == []


def test_one_sentence_says_that_every_file_gives_the_same_and_of_an_old_bundle_only_the_onnx_check():
    markdown, _, warnings = told(GOOD, GOOD)
    assert "for all 2,000 test examples." in markdown[0] and "check_circle" in markdown[0] and warnings == []
    markdown, captions, warnings = told({"items": 24, "same": 24, "close": [], "largest_difference": 0.0}, None)
    assert len(markdown) == 1 and captions == warnings == []


def test_below_999_of_a_thousand_a_warning_stands_and_other_answers_are_named():
    assert told(GOOD, {**GOOD, "same": 1998})[2] == []
    _, captions, warnings = told(GOOD, {**GOOD, "same": 1997, "wrong": ["lake", "sea"]})
    assert [one for one in captions if one.startswith("Other answers for: ")]
    assert len(warnings) == 1 and warnings[0].startswith("Fewer than 99.9% of the answers are the same")
