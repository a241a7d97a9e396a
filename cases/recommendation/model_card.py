"""The model card: what a stranger must know before relying on the recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases.recommendation import model_card_texts
from cases.recommendation.baselines import CHOSEN_BY
from cases.recommendation.model_card_texts import Words
from cases.training import model_card
from models.pretrained import catalog

if TYPE_CHECKING:
    from cases.recommendation.trainer import RecommenderTrainer

FILES = {"en": "README.md", "zh": "README.zh-CN.md"}


def write(folder: Path, trainer: RecommenderTrainer, result: dict[str, Any]) -> None:
    """Write the card in each language into `folder`."""
    for language, file in FILES.items():
        (folder / file).write_text(_card(model_card_texts.LANGUAGES[language], trainer, result), "utf-8")


def _card(words: Words, trainer: RecommenderTrainer, result: dict[str, Any]) -> str:
    settings, division = trainer.settings, trainer.division
    start = words.nothing
    if trainer.read_texts:
        licence = catalog.licence(settings.model, trainer.read_texts[0].weights)
        start = words.their_text.format(model=settings.model, licence=licence)
    return words.card.format(
        name=trainer.dataset.name, items=trainer.history.items, model=_kept(words, trainer), start=start,
        training=model_card.training(words.common, trainer.used, result) if trainer.kept.network is not None else "–",
        digest=trainer.dataset.digest, people=trainer.history.people, lines=len(trainer.history.user),
        **{part: result["data"][part] for part in ("train", "validation", "test")}, how=words.how[division.how],
        ndcg=_interval(words, result["test"]["ndcg@10"]), recall=_interval(words, result["test"]["recall@10"]),
        references="\n".join(f"| NDCG@10{words.of}{words.common.references[name]} | "
                             f"{_interval(words, one['ndcg@10'])} |" for name, one in result["references"].items()),
        verdict=model_card.lost(words.common, CHOSEN_BY, result),
        same=result["onnx"]["same"], checked=result["onnx"]["items"], asked=len(trainer.test.people),
        text=words.text if trainer.read_texts else "", loss=_loss(words, result.get("shipped")),
        use=_use(words, trainer),
    )  # fmt: skip


def _kept(words: Words, trainer: RecommenderTrainer) -> str:
    kept, chosen = trainer.kept, trainer.chosen
    parts = [] if kept.network is None or chosen is None else [words.networks[chosen.network]]
    if kept.listed is not None:
        parts.append(words.common.references[kept.baseline])
    return words.and_.join(parts) + (words.chosen if trainer.tried else "")


def _loss(words: Words, shipped: Mapping[str, float] | None) -> str:
    """What it costs that a list leaves with its highest weights only."""
    return "" if shipped is None else words.loss.format(**shipped)


def _use(words: Words, trainer: RecommenderTrainer) -> str:
    files = {name: file for name, (file, *_) in trainer.portable.parts.items()}
    told = [words.by_network] if "network" in files else []
    if "list" in files:
        told.append(words.by_list.format(file=files["list"]))
    return "\n\n".join(told) + (words.both if len(told) == 2 else "")


def _interval(words: Words, value: dict[str, float]) -> str:
    return model_card.interval(words.common, value)
