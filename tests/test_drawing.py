"""The network as the form draws it: which layers there are, what learns, how much, and how large all will be."""

from __future__ import annotations

import made_items
import numpy as np
import pytest
from made_runs import data, open_page
from opened_pages import said
from told import given

from cases.base import WorkDirs
from cases.classification.layers import layers
from cases.image_recognition import profile
from cases.image_recognition.network import assemble
from cases.image_recognition.settings import Settings
from cases.ranking import interactions
from cases.ranking import layers as ranking_layers
from cases.recommendation import profile as recommendation_profile
from cases.recommendation.settings import Settings as RecommendationSettings
from cases.recommendation.trainer import build
from cases.settings import as_json
from cases.text_analysis import settings as text_settings
from cases.text_analysis.profile import TextProfileInputs
from cases.training import config
from cases.training.context import prepare
from models.pretrained import catalog
from models.pretrained.catalog import find
from models.pretrained.registry import MODELS, BackboneSpec
from models.progress import QUIET
from pages.components import network_diagram
from pages.shared import i18n
from pages.task_types import leaving_size

__all__ = ["data", "open_page"]  # fixtures

CLASSES = ("moss", "rust", "slate")
LITE = MODELS[0].body


def drawn(body=LITE, **chosen):
    return layers(body, as_json(Settings(**chosen)), CLASSES)


def learning(body=LITE, **chosen):
    return sum(layer.learning for layer in drawn(body, **chosen))


def test_the_layers_follow_the_data():
    kinds = [layer.kind for layer in drawn(hidden=16)]
    assert kinds == ["input", *["block"] * 8, "features", "hidden", "output"]
    assert [layer.units for layer in drawn() if layer.kind in ("input", "features", "output")] == [224, 1280, 3]
    assert "hidden" not in [layer.kind for layer in drawn()]


@pytest.mark.parametrize("mode", ["full", "last_blocks"])
def test_the_vectors_of_the_words_stay_frozen_where_everything_else_learns(mode):
    reader = find("multilingual-e5-small").body
    blocks = [layer for layer in drawn(reader, mode=mode, blocks=13) if layer.kind == "block"]
    assert [block.state for block in blocks] == ["frozen", *["learns"] * 12]
    assert blocks[0].learning == 198_144  # places and scales beside 250,037 words
    assert learning(reader, mode=mode, blocks=13) == reader.parameters - reader.fixed + 3 * 769


@pytest.mark.parametrize("mode", ["last_blocks", "lora", "full"])
def test_what_is_said_to_learn_is_what_learns(body, mode):
    settings = Settings(model=str(body), mode=mode, hidden=8, rank=3)
    network, preprocessing = assemble(settings, body, np.array([4, 4, 4]))
    facts = BackboneSpec(**profile.described(network, preprocessing))
    config.open_up(network, settings)
    real = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert learning(facts, **{"model": str(body), "mode": mode, "hidden": 8, "rank": 3}) == real


@pytest.mark.parametrize("mode", ["last_blocks", "lora", "full"])
def test_what_is_said_to_learn_of_a_text_model_is_what_learns(text_body, texts, tmp_path, mode):
    chosen = {"model": str(text_body), "mode": mode, "blocks": 50, "hidden": 8, "rank": 3}
    trial = TextProfileInputs(
        prepare(text_settings.Settings(**chosen), texts, WorkDirs(tmp_path / "run", tmp_path), QUIET), text_body
    )
    facts = BackboneSpec(**trial.described())
    config.open_up(trial.network, trial.context.settings)
    real = sum(parameter.numel() for parameter in trial.network.parameters() if parameter.requires_grad)
    drawn_layers = layers(facts, as_json(trial.context.settings), texts.classes)
    assert sum(layer.learning for layer in drawn_layers) == real


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "begin"), [("towers", "nothing"), ("attention", "text"), ("factors", "nothing"), ("residual", "text")]
)
def test_what_is_said_to_learn_of_a_network_that_makes_lists_is_what_learns(text_body, tmp_path, network, begin):
    books = made_items.write(tmp_path / "books")
    chosen = {**made_items.QUICK, "model": str(text_body), "network": network, "begin": begin}
    settings = RecommendationSettings(**chosen)
    trainer = build(settings, books, WorkDirs(tmp_path / "run", tmp_path / "cache"), QUIET)
    (tmp_path / "run").mkdir(exist_ok=True)
    reads = interactions.reads_texts(books, as_json(settings))
    assert reads == (trainer.start is not None)
    facts = recommendation_profile.measure(settings, books, WorkDirs(tmp_path / "run", tmp_path / "cache"), QUIET)
    assert facts["pace"]["tried"] <= 1  # nothing was left open
    body = BackboneSpec(**facts["body"]) if reads else None
    told = {"text_pca_dims": trainer.start.axes.axes.shape[1]} if reads else {}  # so alike are the titles
    drawn_layers = ranking_layers.layers(body, as_json(settings) | told, items=30, people=interactions.people(books))
    real = sum(parameter.numel() for parameter in trainer.network.parameters())
    assert sum(layer.learning for layer in drawn_layers) == real
    assert sum(layer.parameters for layer in drawn_layers) == real + (body.parameters if body else 0)


def test_a_model_of_which_only_the_body_is_used_says_how_its_two_counts_differ():
    assert "3.4 million of its 4.7 million parameters" in network_diagram.taken_over(find("efficientnet_lite0"))
    assert "8.2 million of its 37.8 million parameters" in network_diagram.taken_over(find("whisper-tiny.en"))
    assert "Transfer learning" not in network_diagram.taken_over(find("multilingual-e5-small"))  # all of it is used


# Before anything is measured: how long a pretrained model reads, and how large a download will be


@pytest.fixture
def slow_machine(monkeypatch):
    """One that reads a text in ten seconds."""
    monkeypatch.setattr(catalog, "RATES", {"text": 0.1})


def test_how_long_a_model_reads_is_said_at_once_and_how_large_the_download_will_be(slow_machine, data, open_page):
    data("text")
    app = open_page("text_analysis", data="d1")
    told, cards = said(app), {card["id"]: card["facts"] for card in given(app, "casebook_cards")["cards"]}
    assert "71.6 MB packaged, 494 MB trained (32-bit)" in cards["multilingual-e5-small"]
    assert not [fact for fact in cards["all-MiniLM-L6-v2"] if "packaged" in fact]  # both are about the same
    assert "To read 30 examples the pretrained model takes roughly 5 min." in told
    [size] = [text for text in told if text.startswith("The trained model is a download of about 494 MB: ")]
    assert "packaged with fewer bits (71.6 MB)" in size and size.endswith("8-bit weights: about 123 MB.")


def test_a_recommender_that_reads_titles_says_how_much_smaller_a_baseline_is(slow_machine, data, open_page):
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
