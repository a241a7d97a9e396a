"""The model card: what a stranger must know before relying on the recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cases.recommendation import model_card_texts
from cases.recommendation.baselines import CHOSEN_BY
from cases.recommendation.model_card_texts import Words
from cases.recommendation.portable import Portable
from cases.recommendation.trained import TrainedRecommender
from cases.training import model_card
from models.pretrained import catalog

FILES = {"en": "README.md", "zh": "README.zh-CN.md"}


def write(folder: Path, trained: TrainedRecommender, result: dict[str, Any]) -> None:
    """Write the card in each language into `folder`."""
    for language, file in FILES.items():
        (folder / file).write_text(_card(model_card_texts.LANGUAGES[language], trained, result), "utf-8")


def _card(words: Words, trained: TrainedRecommender, result: dict[str, Any]) -> str:
    context, common = trained.context, words.common
    history, dataset, onnx = context.history, context.dataset, result["onnx"]
    return words.card.format(
        name=model_card.escaped(dataset.name),
        items=history.items, model=_kept(words, trained), start=_start(words, trained),
        training=model_card.training(common, trained.used, result) if trained.kept.network is not None else "–",
        digest=dataset.digest, people=history.people, lines=len(history.user),
        **{part: result["data"][part] for part in ("train", "validation", "test")}, how=words.how[context.division.how],
        ndcg=_interval(words, result["test"]["ndcg@10"]), recall=_interval(words, result["test"]["recall@10"]),
        references="\n".join(f"| NDCG@10{words.of}{common.references[name]} | "
                             f"{_interval(words, one['ndcg@10'])} |" for name, one in result["references"].items()),
        verdict=model_card.lost(common, CHOSEN_BY, result),
        same=onnx["same"], checked=onnx["items"], low=model_card.low(common, onnx),
        most=f"{onnx['largest_difference']:.1e}", asked=len(context.test.people),
        text=words.text if trained.start else "", loss=_loss(words, result.get("shipped")),
        use=_use(words, trained.portable),
    )  # fmt: skip


def _start(words: Words, trained: TrainedRecommender) -> str:
    if trained.start is None:
        return words.nothing
    model = trained.context.settings.model
    licence = catalog.licence(model, trained.start.texts.weights)
    return words.their_text.format(model=model_card.escaped(model), licence=model_card.escaped(licence))


def _kept(words: Words, trained: TrainedRecommender) -> str:
    kept, network = trained.kept, trained.network
    parts = [] if kept.network is None or network is None else [words.networks[network.network]]
    if kept.listed is not None:
        parts.append(words.common.references[kept.baseline])
    return words.and_.join(parts) + (words.chosen if trained.compared else "")


def _loss(words: Words, shipped: Mapping[str, float] | None) -> str:
    """What it costs that a list leaves with its highest weights only."""
    return "" if shipped is None or shipped["weights"] == shipped.get("of") else words.loss.format(**shipped)


def _use(words: Words, portable: Portable) -> str:
    files = {name: file for name, (file, *_) in portable.parts.items()}
    told = [words.by_network] if "network" in files else []
    if "list" in files:
        told.append(words.by_list.format(file=files["list"]))
    return "\n\n".join(told) + (words.both if len(told) == 2 else "")


def _interval(words: Words, value: dict[str, float]) -> str:
    return model_card.interval(words.common, value)
