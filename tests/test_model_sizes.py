"""What step 3 says before anything is measured: how long a pretrained model reads, and how large a download will be."""

from __future__ import annotations

import pytest
from made_runs import data, open_page
from opened_pages import said
from told import given

from models.pretrained import catalog
from pages.shared import i18n
from pages.task_types import leaving_size

__all__ = ["data", "open_page"]  # fixtures


@pytest.fixture(autouse=True)
def slow_machine(monkeypatch):
    """One that reads a text in ten seconds."""
    monkeypatch.setattr(catalog, "RATES", {"text": 0.1})


def test_how_long_a_model_reads_is_said_at_once_and_how_large_the_download_will_be(data, open_page):
    data("text")
    app = open_page("text_analysis", data="d1")
    told, cards = said(app), {card["id"]: card["facts"] for card in given(app, "casebook_cards")["cards"]}
    assert "71.6 MB packaged, 494 MB trained (32-bit)" in cards["multilingual-e5-small"]
    assert not [fact for fact in cards["all-MiniLM-L6-v2"] if "packaged" in fact]  # both are about the same
    assert "To read 30 examples the pretrained model takes roughly 5 min." in told
    [size] = [text for text in told if text.startswith("The trained model is a download of about 494 MB: ")]
    assert "packaged with fewer bits (71.6 MB)" in size and size.endswith("8-bit weights: about 123 MB.")


def test_the_same_is_said_in_chinese(data, open_page):
    data("text")
    told = said(open_page("text_analysis", data="d1", locale="zh-CN"))
    assert "预训练模型读取 30 个样本大约需要 5 分钟。" in told
    assert any("下载训练好的模型约 494 MB" in text for text in told)


def test_a_recommender_that_reads_titles_says_how_much_smaller_a_baseline_is(data, open_page):
    data("item")
    told = said(open_page("recommendation", data="d1"))
    assert "To read 30 titles the pretrained model takes roughly 5 min." in told
    [size] = [text for text in told if text.startswith("The trained model is a download of about 494 MB: ")]
    assert "The strongest baseline alone needs no text model" in size and "“None: the strongest baseline”" in size


def test_why_a_download_is_larger_than_the_package_is_true_of_each_model():
    models = {name: catalog.find(name) for name in ("timm/resnet18.a1_in1k", "whisper-tiny.en")}
    with i18n.speaking("en"):
        told = {name: leaving_size.on_card(model, whole=True) for name, model in models.items()}
        assert leaving_size.on_card(models["whisper-tiny.en"]) == ""  # only its encoder leaves
    assert told == {"timm/resnet18.a1_in1k": "46.8 MB packaged, 98.3 MB trained (two formats)",
                    "whisper-tiny.en": "75.5 MB packaged, 159 MB trained (32-bit)"}  # fmt: skip
