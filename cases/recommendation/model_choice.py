"""Which model is kept: the network, the strongest baseline, or both together. Validation decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cases.ranking.split import EvalQueries
from cases.recommendation import network
from cases.recommendation.baselines import Whole
from cases.recommendation.batches import filled
from cases.recommendation.scorer_evaluation import AT_ONCE, Scores, judge
from models.errors import N_
from models.progress import Checking, ProgressReporter

SHARES = (0.25, 0.5, 0.75)  # of the list beside the network
SHARPNESS = tuple(2.0**power for power in range(-3, 9))  # of a list's scores, in units of their usual deviation
NETWORK = "network"
STEPS = (0.5, 1.0)  # of the way from a list to a network that corrects it


@dataclass(frozen=True, eq=False)
class Kept:
    """A model: what a network says of an item counts `share`, and what a list says is added; either may be missing.

    `name`: `NETWORK` or that of the list, both joined by + where both are there.
    """

    name: str
    network: nn.Module | None
    share: float
    listed: Whole | None

    @property
    def baseline(self) -> str:
        """The name of the list."""
        return self.name.removeprefix(f"{NETWORK}+")

    def scores(self, asked: EvalQueries, items: int, *, whole: bool = False) -> Scores:
        """With the weights of the list that leave, so that choice and figures are those of what is exported; `whole`:
        with all."""
        said = by_network(self.network, asked, items) if self.network is not None else None
        listed = self.listed if whole or self.listed is None else self.listed.shipped

        def of(places: np.ndarray) -> np.ndarray:
            parts = [] if said is None else [self.share * said(places)]
            if listed is not None:
                parts.append(listed.scores([asked.had[place] for place in places]))
            return sum(parts[1:], parts[0])

        return of


def by_network(model: nn.Module, asked: EvalQueries, items: int) -> Scores:
    """What the network says as it is now."""
    model = model.eval()
    where = next(model.parameters()).device
    with torch.no_grad():
        vectors = model.items()

    def of(places: np.ndarray) -> np.ndarray:
        told = filled([asked.had[place][-model.longest :] for place in places], items)
        people = torch.from_numpy(asked.people[places]).to(where)
        with torch.no_grad():
            return network.scores(model.vectors_of(told.to(where), people), vectors).float().cpu().numpy()

    return of


def alone(name: str, listed: Whole, asked: EvalQueries) -> Kept:
    """A list without a network, its scores made as sharp as what people went on to want is likeliest under."""
    return Kept(name, None, 0.0, sharpened(listed, asked))


def decide(
    model: nn.Module, name: str, listed: Whole, asked: EvalQueries, measure: str, report: ProgressReporter
) -> tuple[Kept, dict[str, float]]:
    """The best on the validation part that is `asked`; and of each combination its value of `measure`.

    The list stands unless something beats it by more than the standard error of the difference, user by user: of few
    users many differences are chance, and a list is at least no gamble.

    A list says how much, a network how likely. So the list is made as sharp as fits what people went on to want; then
    both are logarithms of odds, and their weighted mean is one as well.
    """
    sharp = sharpened(listed, asked)
    options = [Kept(NETWORK, model, 1.0, None)]
    options += [Kept(f"{NETWORK}+{name}", model, 1 - share, sharp.times(share)) for share in SHARES]
    options.append(Kept(name, None, 0.0, sharp))
    best, values = _best(options, asked, listed.items, measure, report)
    tried = {NETWORK: values[0], f"{NETWORK}+{name}": max(values[1:-1]), name: values[-1]}
    return options[best], tried


def decide_residual(
    model: nn.Module, corrected: tuple[str, Whole], name: str, listed: Whole, asked: EvalQueries, measure: str,
    report: ProgressReporter,
) -> tuple[Kept, dict[str, float]]:  # fmt: skip
    """The same where the network corrects a list: how far it goes from there, as far as the validation part bears it.

    `corrected`: the name of that list, and the list; `name` and `listed`: the strongest, which may be another.
    """
    base, whole = corrected
    both = f"{NETWORK}+{base}"
    options = [Kept(both, model, share, whole.times(model.factor)) for share in STEPS]
    options.append(Kept(name, None, 0.0, sharpened(listed, asked)))
    best, values = _best(options, asked, listed.items, measure, report)
    return options[best], {both: max(values[:-1]), name: values[-1]}


def _best(
    options: Sequence[Kept], asked: EvalQueries, items: int, measure: str, report: ProgressReporter
) -> tuple[int, list[float]]:
    """Which is best, the last, a list alone, unless another is clearly better; and the value of each."""
    people = []
    for number, option in enumerate(options):
        report.check()
        report.progress("combinations", number, len(options))
        people.append(judge(asked, items, option.scores(asked, items), Checking(report)).metrics[measure])
    report.progress("combinations", len(options), len(options))
    values = [float(of_option.mean()) for of_option in people]
    last = len(options) - 1
    return max((n for n in range(len(options)) if n == last or _beats(people[n], people[-1])),
               key=values.__getitem__), values  # fmt: skip


def _beats(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether one is better than the other, (people,) each, by more than chance lets the mean waver."""
    gain = one - other
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def sharpened(listed: Whole, asked: EvalQueries) -> Whole:
    """Times the factor under which the shares of its scores make what was wanted likeliest."""
    items, leaving, spread, told = listed.items, listed.shipped, 0.0, np.zeros(len(SHARPNESS))
    step = max(1, AT_ONCE // items)
    for start in range(0, len(asked.people), step):
        places = range(start, min(start + step, len(asked.people)))
        table = leaving.scores([asked.had[place] for place in places])
        if not spread:
            spread = max(float(table.std(1).mean()), 1e-9)
        for row, place in enumerate(places):
            told += [_likelihood(table[row] * factor / spread, asked, place) for factor in SHARPNESS]
    return listed.times(SHARPNESS[int(told.argmax())] / spread)


def _likelihood(scores: np.ndarray, asked: EvalQueries, place: int) -> float:
    """The mean logarithm of the shares of what somebody wanted, among what they had not seen."""
    wanted = asked.wanted[place][asked.wanted[place] >= 0]
    open_ = scores.copy()
    open_[asked.seen[place]] = -np.inf
    return float(scores[wanted].mean() - np.logaddexp.reduce(open_))


CORRECTED = N_("The network that starts from EASE was selected: validation NDCG@10 {network:.3f}, strongest baseline "
               "{list:.3f}.")  # fmt: skip
_ALONE, _BOTH, _NETWORK = range(3)
_TOLD = {
    "popularity": (
        N_("Popularity was selected: no network was clearly better on validation (NDCG@10 {network:.3f} against "
           "{list:.3f})."),
        N_("The network was combined with popularity: validation NDCG@10 {both:.3f}, network alone {network:.3f}, "
           "popularity alone {list:.3f}."),
        N_("The network was selected: validation NDCG@10 {network:.3f}, popularity {list:.3f}."),
    ),
    "item_knn": (
        N_("Item-based CF was selected: no network was clearly better on validation (NDCG@10 {network:.3f} against "
           "{list:.3f})."),
        N_("The network was combined with item-based CF: validation NDCG@10 {both:.3f}, network alone {network:.3f}, "
           "item-based CF alone {list:.3f}."),
        N_("The network was selected: validation NDCG@10 {network:.3f}, item-based CF {list:.3f}."),
    ),
    "ease": (
        N_("EASE was selected: no network was clearly better on validation (NDCG@10 {network:.3f} against "
           "{list:.3f})."),
        N_("The network was combined with EASE: validation NDCG@10 {both:.3f}, network alone {network:.3f}, EASE alone "
           "{list:.3f}."),
        N_("The network was selected: validation NDCG@10 {network:.3f}, EASE {list:.3f}."),
    ),
    "ease_decayed": (
        N_("Time-decayed EASE was selected: no network was clearly better on validation (NDCG@10 {network:.3f} against "
           "{list:.3f})."),
        N_("The network was combined with time-decayed EASE: validation NDCG@10 {both:.3f}, network alone "
           "{network:.3f}, time-decayed EASE alone {list:.3f}."),
        N_("The network was selected: validation NDCG@10 {network:.3f}, time-decayed EASE {list:.3f}."),
    ),
}  # fmt: skip


def told(kept: Kept, tried: Mapping[str, float], name: str) -> tuple[str, dict[str, float]]:
    """The choice in plain words: a message and its arguments; `name`: of the list that was compared."""
    if NETWORK not in tried:
        return _told_of_correction(kept, tried, name)
    which = _ALONE if kept.network is None else _NETWORK if kept.listed is None else _BOTH
    both = tried[f"{NETWORK}+{name}"]
    return _TOLD[name][which], {"network": tried[NETWORK], "list": tried[name], "both": both}


def _told_of_correction(kept: Kept, tried: Mapping[str, float], name: str) -> tuple[str, dict[str, float]]:
    figures = {"network": max(value for one, value in tried.items() if one != name), "list": tried[name]}
    return _TOLD[name][_ALONE] if kept.network is None else CORRECTED, figures
