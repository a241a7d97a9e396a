"""The model card: what a stranger must know before relying on the recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models import catalog

if TYPE_CHECKING:
    from cases.recommendation.learner import Recommending

CARD = """# {name}

It recommends {items} items, by what somebody had before. It was trained with Casebook.

| | |
|---|---|
| model | {model} |
| items start from | {start} |
| data | “{name}” (content {digest}): {people} users, {lines} things they had |
| divided | {train} to train, {validation} to validate, {test} to test; {how} |
| test NDCG@10 | {ndcg} |
| test recall@10 | {recall} |
{references}{loss}
| ONNX file | the same item first for {same} of {checked} users of the test |

The figures were measured once, on what {asked} users had last; for each of them every item they did not have was
ranked. In brackets stand 95 % intervals over users. Nothing about any user leaves with the model.

## Limits

The figures hold for people and items like those of the data. It recommends what people with such a history went on to
have, which may be what they were shown, not what they would have liked best: it repeats what the data favours. What few
people have it recommends seldom. Nobody has checked whether it is fair to people or to those who made the items.

## Use

    pip install onnxruntime safetensors numpy
    python predict.py ID ID

{use}{text}

`python repeat.py` says how this model came about; with Casebook and the original data it trains it again.
"""
TEXT = """

`text.onnx` makes such a vector of an item nobody has yet, from its title, genres and description, with the tokenizer
and the weights of `body/`."""
BY_NETWORK = """`items.json` names the items, `items.safetensors` has a vector for each: its last number counts for
everybody, the others are multiplied with the vector that `model.onnx` makes of somebody's items."""
BY_LIST = """`items.json` names the items, `items.safetensors` has of each those that speak for it most, with their
weights; `{file}` adds them up over somebody's items."""
NETWORKS = {
    "attention": "sequence model (SASRec, Kang and McAuley 2018)",
    "towers": "two towers",
    "factors": "matrix factorisation (BPR, Rendle et al. 2009)",
}
REFERENCES = {
    "popularity": "what most people have",
    "item_knn": "items the same people have (item-kNN)",
    "ease": "EASE (Steck 2019)",
    "ease_decayed": "EASE whose histories fade (time-decayed)",
}


def write(path: Path, learner: Recommending, result: dict[str, Any]) -> None:
    settings, division = learner.settings, learner.division
    start = "nothing"
    if learner.reads_texts:
        start = f"their text, by {settings.model} ({catalog.licence(settings.model, learner.texts.weights)})"
    how = {
        "last": "each user's last items",
        "moment": "one moment for all",
        "drawn": "by chance, for there are no times",
    }
    card = CARD.format(
        name=learner.dataset.name, items=learner.history.items, model=_kept(learner), start=start,
        digest=learner.dataset.digest, people=learner.history.people, lines=len(learner.history.user),
        **{part: result["data"][part] for part in ("train", "validation", "test")}, how=how[division.how],
        ndcg=_interval(result["test"]["ndcg@10"]), recall=_interval(result["test"]["recall@10"]),
        references="\n".join(f"| NDCG@10 of {REFERENCES[name]} | {_interval(one['ndcg@10'])} |"
                             for name, one in result["references"].items()),
        same=result["onnx"]["same"], checked=result["onnx"]["items"], asked=len(learner.test.people),
        text=TEXT if learner.reads_texts else "", loss=_loss(result.get("shipped")), use=_use(learner),
    )  # fmt: skip
    path.write_text(card, "utf-8")


def _kept(learner: Recommending) -> str:
    kept = learner.kept
    parts = [] if kept.network is None else [NETWORKS[learner.chosen.network]]
    if kept.listed is not None:
        parts.append(REFERENCES[kept.baseline])
    chosen = "; chosen on the validation part" if learner.tried else ""
    return " and ".join(parts) + chosen


def _loss(shipped: Mapping[str, float] | None) -> str:
    """What it costs that a list leaves with its highest weights only."""
    if shipped is None:
        return ""
    row = "| test NDCG@10 of this bundle, which has the {weights} highest weights for each item, not all | {kept:.3f} |"
    return "\n" + row.format(**shipped)


def _use(learner: Recommending) -> str:
    files = {name: file for name, (file, *_) in learner.portable.parts.items()}
    told = [BY_NETWORK] if "network" in files else []
    if "list" in files:
        told.append(BY_LIST.format(file=files["list"]))
    return "\n\n".join(told) + ("\n\nBoth are added." if len(told) == 2 else "")


def _interval(value: dict[str, float]) -> str:
    return "{value:.3f} ({low:.3f} to {high:.3f})".format(**value)
