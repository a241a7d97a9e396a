"""A saved model's answers without torch: what to show somebody, what is like an item, whom to show something new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Prediction
from cases.ranking.baselines import LISTED
from cases.recommendation import attribution, predict, queries
from cases.recommendation.beside import Beside
from cases.recommendation.item_table import named, text_of
from models.errors import N_, InputError
from models.onnx import runtime
from models.text import tokenizer

MOST = 20  # items of a list
MOST_TOLD = 20  # names that are not known
PEOPLE, BASELINES, TEXT = "people.safetensors", "baselines.safetensors", "text.onnx"
DISLIKED = 2.0  # how far an item falls that points where a disliked one does, in units of how scores differ
GONE = -1e8  # what counts for everybody of an item that was left out


class ItemPredictor:
    """See `cases.base.Predictor`. What is given is a question as JSON, with items by their names (see
    `Prediction.more`):

    `{"had": […], "disliked": […], "known": […], "novelty": 0 to 1, "genres": {name: -1 to 1}, "beside": true}`: what to
    show somebody who had these; all but the first may be missing. What is disliked or known is never shown, and what is
    disliked takes from the scores, see `_against`. `more` has items (numbers, best first), because (for each the number
    of the item of theirs that pulled it most, or null), pull (0 where there is nothing to compare with, as they had one
    item only) and with `beside` also beside: the lists of baselines by their names.
    `{"like": item}`: what is like an item; `more` also says how that is measured, by cosine or weight.
    `{"title": …, "genres": "A|B", "text": …}`: something nobody has yet. `more` has items that are like it, people
    (numbers of those it suits best) and share of all people in whose first twenty it would be, where they are known
    here. Labels are titles with the id behind.
    """

    def __init__(self, bundle: Path) -> None:
        if not (bundle / runtime.FILE).exists():
            raise InputError(
                found=N_("This run has no ONNX model."),
                expected=N_("Predictions need the ONNX file of the bundle."),
                remedy=N_("Train again, or download the model and use its predict.py."),
            )
        self.bundle, self.model = bundle, predict.load(bundle)
        self.names = [*map(named, self.model["titles"], self.model["ids"])]

    def __call__(self, given: Sequence[Path | bytes], *, show: bool = False) -> list[Prediction | InputError]:
        return [self._answer(one, show) for one in given]

    def _answer(self, given: Path | bytes, show: bool) -> Prediction | InputError:
        try:
            asked = queries.read(given)
            if "had" in asked:
                had, missing = self._numbers(asked["had"])
                return replace(self._list(had, asked, show), notes=_told_of(missing))
            if "like" in asked:
                [item], _missing = self._numbers([asked["like"]])
                measured = {"measure": "cosine" if "vectors" in self.model else "weight"}
                alike = self._told(*self._alike(item))
                return replace(alike, more={**alike.more, **measured})
            return self._new(asked)
        except InputError as error:
            return error

    def _numbers(self, names: Sequence[str]) -> tuple[list[int], list[str]]:
        """The items that are named, and the names of no single item.

        Raises:
            InputError: no item is left.
        """
        known, missing = predict.find(self.model, [*map(str, names)])
        if not known:
            raise InputError(
                found=N_("None of these items is in the model: {names}.") if missing else N_("No item was given."),
                expected=N_("Items are given by ID or by a unique title."),
                remedy=N_("Choose other items."),
                names=_few(missing),
            )
        return known, missing

    def _list(self, had: list[int], asked: Mapping[str, Any], show: bool) -> Prediction:
        """The score of an item is what the model says; the two wishes add to it, in units of how scores differ, and
        dislikes take from it."""
        disliked, known = (self._known(asked.get(name, [])) for name in ("disliked", "known"))
        hidden = list({*had, *disliked, *known})
        scores = predict.scores(self.model, [had])[0]
        spread = float(scores[scores > GONE].std()) or 1.0
        wished = scores + spread * (2 * float(asked.get("novelty", 0)) * self.rarity)
        for genre, wish in asked.get("genres", {}).items():
            wished = wished + spread * 3 * float(wish) * self.genres.get(genre, 0.0)
        wished -= self._against(disliked, spread)
        wished[hidden] = -np.inf
        items = _best(wished, min(MOST, len(wished) - len(hidden)))
        because, pull = attribution.of(self.model, had, items) if show else ([None] * len(items), [0.0] * len(items))
        left = np.where(np.isneginf(wished), -np.inf, scores)
        shares = np.exp(scores[items] - np.logaddexp.reduce(left))
        more = {"items": items.tolist(), "because": because, "pull": pull}
        if asked.get("beside"):
            more["beside"] = self._beside(had, hidden)
        return Prediction(tuple(self.names[item] for item in items), tuple(map(float, shares)), more=more)

    def _known(self, names: Any) -> list[int]:
        """The items that are named; other names are passed over."""
        return predict.find(self.model, [*map(str, names)])[0] if isinstance(names, list) and names else []

    def _against(self, disliked: list[int], spread: float) -> np.ndarray:
        """(items,) what dislikes take from each score.

        A list is linear in what somebody had, so a dislike counts as minus one of it. A network learnt from what people
        liked and takes in nothing else: there an item loses as much as its direction is that of a disliked one, in
        units of how scores differ.
        """
        lost = np.zeros(len(self.names), np.float32)
        if disliked and "list" in self.model["sessions"]:
            taken = {"items": np.array([disliked], np.int64), "counts": np.ones((1, len(disliked)), np.float32)}
            lost += self.model["sessions"]["list"].run(None, taken)[0][0] - self.model["liked"]
        if disliked and "vectors" in self.model:
            lost += spread * DISLIKED * (self.directions @ self.directions[disliked].T).max(1).clip(min=0)
        return lost

    def _beside(self, had: list[int], hidden: list[int]) -> dict[str, list[int]]:
        """Baseline → the numbers of its best items, without those that are `hidden`; under `LISTED` those of the list
        that the network is added to."""
        never = self.gone.copy()
        never[hidden] = True
        most = min(MOST, int((~never).sum()))
        lists, sessions = self._baselines.lists(had, self.model["people"]), self.model["sessions"]
        if {"network", "list"} <= sessions.keys():
            lists = {LISTED: predict.listed(self.model, [had])[0], **lists}
        best = {name: _best(np.where(never, -np.inf, scores), most) for name, scores in lists.items()}
        return {name: items[lists[name][items] > 0].tolist() for name, items in best.items()}

    def _new(self, asked: Mapping[str, Any]) -> Prediction:
        genres = str(asked.get("genres", ""))
        text = text_of(str(asked.get("title", "")).strip(), genres, str(asked.get("text", "")).strip())
        if not text:
            raise InputError(
                found=N_("The item has no text."),
                expected=N_("A title is needed; genres and a description help."),
                remedy=N_("Type a title."),
            )
        if not (self.bundle / TEXT).exists():
            raise InputError(
                found=N_("This model has no text features."),
                expected=N_("New items are embedded from their text."),
                remedy=N_("Train a model with text-embedding initialisation."),
            )
        reading, tokeniser = self._reading
        vector = reading(tokeniser.padded(tokeniser.ids([text])))[0]
        answer = self._told(*self._nearest(self._cosines(vector)))
        return Prediction(answer.labels, answer.probabilities, more={**answer.more, **self._whom(vector)})

    def _whom(self, vector: np.ndarray) -> dict[str, Any]:
        if self._people is None:
            return {}
        people, vectors, edges = (self._people[name] for name in ("people", "vectors", "edges"))
        above = vectors @ vector[:-1] + vector[-1] - edges
        best = _best(above, min(MOST, len(above)))
        return {"people": people[best].tolist(), "share": float((above > 0).mean())}

    def _alike(self, item: int) -> tuple[np.ndarray, np.ndarray]:
        """The items that are most like one, and how much: by the directions of their vectors, or, where a list has
        none, by the weights it gives them."""
        if "vectors" in self.model:
            found = self._cosines(self.model["vectors"][item])
            found[item] = -np.inf
            return self._nearest(found)
        found = np.full(len(self.names), -np.inf, np.float32)
        weights = self.model["weights"][item]
        positive = weights > 0
        found[self.model["neighbours"][item][positive]] = weights[positive] / max(float(weights.max()), 1e-9)
        return self._nearest(found)

    def _cosines(self, vector: np.ndarray) -> np.ndarray:
        """(items,) of the angles between their vectors and this one."""
        return self.directions @ (vector[:-1] / max(float(np.linalg.norm(vector[:-1])), 1e-9))

    def _nearest(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found[self.gone] = -np.inf
        items = _best(found, MOST)
        items = items[np.isfinite(found[items])]
        return items, found[items]

    def _told(self, items: np.ndarray, shares: np.ndarray) -> Prediction:
        return Prediction(
            tuple(self.names[item] for item in items), tuple(map(float, shares)), more={"items": items.tolist()}
        )

    @cached_property
    def gone(self) -> np.ndarray:
        """(items,) those that a person left out."""
        return (self.model["vectors"][:, -1] if "vectors" in self.model else self.model["liked"]) < GONE

    @cached_property
    def directions(self) -> np.ndarray:
        own = self.model["vectors"][:, :-1]
        return own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)

    @cached_property
    def rarity(self) -> np.ndarray:
        """(items,) how seldom people have each, of mean 0 and deviation 1 on a scale of logarithms."""
        rare = -np.log(np.array(self.model["people"], np.float32) + 1)
        return (rare - rare.mean()) / max(float(rare.std()), 1e-9)

    @cached_property
    def genres(self) -> dict[str, np.ndarray]:
        """Genre → (items,) 1 for those of it."""
        found: dict[str, np.ndarray] = {}
        for row, genres in enumerate(self.model["genres"]):
            for genre in filter(None, genres.split("|")):
                found.setdefault(genre, np.zeros(len(self.names), np.float32))[row] = 1
        return found

    @cached_property
    def _people(self) -> dict[str, np.ndarray] | None:
        """None where the bundle has left the run it came from."""
        from safetensors.numpy import load_file

        path = self.bundle.parent / PEOPLE
        return load_file(path) if path.exists() else None

    @cached_property
    def _baselines(self) -> Beside:
        return Beside.open(self.bundle.parent / BASELINES)

    @cached_property
    def _reading(self) -> tuple[Any, Any]:
        return runtime.load(self.bundle / TEXT), tokenizer.load(self.bundle / "body")


load = ItemPredictor  # see `cases.base.Task.predictor`


def by_script(bundle: Path, files: Sequence[Path]) -> list[str]:
    """See `cases.base.Task.predict`: the id of the best item for each file."""
    model = predict.load(bundle)
    had = [predict.find(model, predict.read([str(file)]))[0] for file in files]
    best = [predict.recommend(model, items, most=1)[0] for items in had]
    return [model["ids"][item] for item in best]


def _told_of(missing: list[str]) -> tuple[dict[str, Any], ...]:
    message = N_("Not found or not unique, ignored: {names}.")
    return ({"message": message, "args": {"names": _few(missing)}},) if missing else ()


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= MOST_TOLD else [*names[:MOST_TOLD], "…"]


def _best(scores: np.ndarray, most: int) -> np.ndarray:
    some = np.argpartition(-scores, most - 1)[:most] if most < len(scores) else np.arange(len(scores))
    return some[np.argsort(-scores[some], kind="stable")]
