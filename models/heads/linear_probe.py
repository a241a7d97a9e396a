"""How strongly a linear head is held back, as cross-validation finds best (Stone 1974)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from models.evaluation import folds
from models.heads.augmented_features import stacked
from models.heads.head import Head, ProbeConfig, warm_start
from models.progress import QUIET, ProgressReporter

Pair = tuple[Tensor, Tensor]
Beside = Callable[[np.ndarray, np.ndarray], np.ndarray]  # places fitted to, places asked about → (asked, classes)

PENALTIES = tuple(10.0 ** (power / 2) for power in range(2, -11, -1))  # of the squared weights, strongest first
PATIENCE, WORSE = 2, 1.01  # so many weaker ones are tried that are clearly worse than the best; among equals it goes on
EXACT = 1e-5  # of a loss that is only compared
FOLDS = 5
LEAST = 1e-4  # probability of another method, which must not outvote the head alone
ENOUGH = 2_000  # answers to choose by; with many items one fold gives them, few items are parted anew
MOST_HEADS = 15
MOST = 20_000  # items that the choice is made on
STRENGTHS = (0.15, 0.5)  # of a prior: the more there are, the less it should count
NAMED = 100  # items a class, from which on a prior is not tried: they tell more than it knows


def select_penalty_cv(
    features: Tensor, labels: Tensor, classes: int, *, enough: Sequence[int] = (), prior: Tensor | None = None,
    report: ProgressReporter,
) -> ProbeConfig:  # fmt: skip
    """The one with which heads are surest of the right classes of items they were not fitted to.

    What it costs to hold back strongly is certainty, which a single factor gives back (temperature scaling, Guo et
    al. 2017). Without the factor few items would be held back too little.

    Args:
        features: (items, width) and labels (items,), of all that may be learnt from.
        enough: so many features, from the first on, may be better than all: few items do not bear many.
        prior: see `ProbeConfig`; it is taken where items are few and heads that are pulled towards it are clearly
            better (weights with a prior mean, as in transfer learning by Chelba and Acero 2006).
    """
    return _chosen(features, labels, classes, _pairs(labels), enough, prior, report)


def try_one_fold(
    features: Tensor, labels: Tensor, classes: int, *, enough: Sequence[int] = (), prior: Tensor | None = None
) -> ProbeConfig:
    """As `select_penalty_cv` does, with a single fold held back: a profile takes the time of that."""
    return _chosen(features, labels, classes, _pairs(labels)[:1], enough, prior, QUIET)


def tries_prior(items: int, classes: int) -> bool:
    return items < NAMED * classes


def _chosen(
    features: Tensor,
    labels: Tensor,
    classes: int,
    pairs: Sequence[Pair],
    enough: Sequence[int],
    prior: Tensor | None,
    report: ProgressReporter,
) -> ProbeConfig:
    widths = (*enough, features.shape[1])
    strengths = STRENGTHS if prior is not None and tries_prior(len(labels), classes) else ()
    total, begun = (len(widths) + len(strengths)) * len(PENALTIES), 0

    def best(known: ProbeConfig, strongest: int = 0) -> _Tried:
        nonlocal begun
        tried = []
        for one in _ever_weaker(features[:, : known.width], labels, classes, pairs, PENALTIES[strongest:], known):
            tried.append(one)
            report.check()
            report.progress("folds", begun + PENALTIES.index(one.hold.penalty), total)
        begun += len(PENALTIES)
        return min(tried, key=_mean_loss)

    chosen = best(ProbeConfig(0.0, 1.0, widths[0]))
    for width in widths[1:]:
        strongest = max(0, PENALTIES.index(chosen.hold.penalty) - 1)  # most often much the same suits
        chosen = _better(best(ProbeConfig(0.0, 1.0, width), strongest), chosen, len(labels))
    if prior is not None and strengths:
        known = ProbeConfig(0.0, 1.0, chosen.hold.width, prior.to(features.device))
        named = [best(replace(known, strength=strength)) for strength in strengths]
        chosen = _better(min(named, key=_mean_loss), chosen, len(labels))
    report.progress("folds", total, total)
    return chosen.hold


@dataclass(frozen=True)
class _Tried:
    """`losses`: (answers,) the cross-entropy of each answer about an item that was held back."""

    hold: ProbeConfig
    losses: np.ndarray


def _mean_loss(one: _Tried) -> float:
    return float(one.losses.mean())


def _better(more: _Tried, fewer: _Tried, items: int) -> _Tried:
    """The first if it gains more than one standard error; else the simpler head (Breiman et al. 1984)."""
    gain = fewer.losses - more.losses
    clear = gain.mean() > gain.std() / math.sqrt(min(len(gain), items))  # several answers about an item are as one
    return more if clear else fewer


def _ever_weaker(
    features: Tensor, labels: Tensor, classes: int, pairs: Sequence[Pair], penalties: Sequence[float],
    known: ProbeConfig,
) -> Iterator[_Tried]:  # fmt: skip
    """What comes of each of the penalties, strongest first, until the best lies behind; all else is `known`."""
    blank = [_blank(features[others], classes, known.towards) for others, _ in pairs]
    truth = torch.cat([labels[held] for _, held in pairs])
    means: list[float] = []
    for penalty in penalties:
        scores = []
        for head, (others, held) in zip(blank, pairs, strict=True):
            seen = features[others], labels[others]
            warm_start(head, *seen, penalty=penalty, exact=EXACT, towards=known.towards)  # goes on from the stronger's
            with torch.no_grad():
                scores.append(head(features[held]))
        together = torch.cat(scores)
        factor = sharpen(together, truth, len(labels))
        losses = nn.functional.cross_entropy(factor * together, truth, reduction="none").cpu().numpy()
        means.append(losses.mean())
        yield _Tried(replace(known, penalty=penalty, factor=factor), losses)
        if sum(mean > WORSE * min(means) for mean in means[int(np.argmin(means)) :]) == PATIENCE:
            break


def heads(items: int) -> int:
    """So many are fitted for each penalty."""
    return min(MOST_HEADS, math.ceil(ENOUGH * FOLDS / min(items, MOST)))


def fit(features: Tensor, labels: Tensor, classes: int, hold: ProbeConfig) -> Head:
    """A linear head on these features, standardised by them; those that are not used weigh nothing."""
    towards = None if hold.towards is None else hold.towards.to(features.device)
    used = _blank(features[:, : hold.width], classes, towards)
    warm_start(used, features[:, : hold.width], labels, penalty=hold.penalty, towards=towards)
    head = _blank(features, classes)
    with torch.no_grad():
        head.std.fill_(used.std[0])
        head.output.weight[:, : hold.width] = hold.factor * used.output.weight
        head.output.bias.copy_(hold.factor * used.output.bias)
    return head


def out_of_fold(
    features: Tensor, labels: Tensor, classes: int, hold: ProbeConfig, together: np.ndarray, report: ProgressReporter,
    beside: Sequence[Beside] = (), views: Tensor | None = None,
) -> np.ndarray:  # fmt: skip
    """(items, classes) probabilities of each item, by a head that was fitted to the items of other folds.

    Args:
        features: (items, width), and labels (items,).
        together: (items,) numbers of groups that are in one fold as a whole, copies of one another; -1 for none.
        beside: other methods; the log-probabilities of each count as much as the head's. The mean is made as sure as it
            is right by one factor, as a head is.
        views: (items, count, width); a head is fitted to those of its items, too, and asked about plain items alone.
    """
    return joined(*every_out_of_fold(features, labels, classes, hold, together, report, beside, views), labels.cpu())


def joined(scores: np.ndarray, others: Sequence[np.ndarray], labels: Tensor) -> np.ndarray:
    """(items, classes) probabilities, see `out_of_fold`, of what `every_out_of_fold` tells."""
    told = torch.from_numpy(scores)
    if not others:
        return told.softmax(1).numpy()
    for other in others:
        told = told + torch.from_numpy(np.log(np.maximum(other, LEAST)))
    told = told / (1 + len(others))
    return (sharpen(told, labels, len(labels)) * told).softmax(1).numpy()


def every_out_of_fold(
    features: Tensor, labels: Tensor, classes: int, hold: ProbeConfig, together: np.ndarray, report: ProgressReporter,
    beside: Sequence[Beside], views: Tensor | None = None,
) -> tuple[np.ndarray, list[np.ndarray]]:  # fmt: skip
    """(items, classes) log-probabilities of the heads of `out_of_fold`, and what each of `beside` told of the same
    items."""
    fold = folds.assign(labels.cpu().numpy(), together, FOLDS)
    random, told = np.random.default_rng(0), np.empty((len(labels), classes), np.float32)
    told_beside = [np.empty_like(told) for _ in beside]
    most = MOST if views is None else MOST // (1 + views.shape[1])
    for number in range(FOLDS):
        report.check()
        report.progress("labels", int((fold < number).sum()), len(labels))
        held, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        known = torch.from_numpy(np.sort(random.permutation(others)[:most]))
        learnt = features[known], labels[known]
        if views is not None:
            learnt = stacked(features[known], views[known], labels[known])
        head = fit(*learnt, classes, hold)
        with torch.no_grad():
            told[held] = head(features[torch.from_numpy(held)]).log_softmax(1).cpu().numpy()
        for other, method in zip(told_beside, beside, strict=True):
            report.check()
            other[held] = method(known.numpy(), held)
    report.progress("labels", len(labels), len(labels))
    return told, told_beside


def on_features(features: Tensor, labels: Tensor, classes: int, hold: ProbeConfig) -> Beside:
    """A head on other `features` (items, width) of the same items, to judge beside the first."""

    def told(known: np.ndarray, held: np.ndarray) -> np.ndarray:
        rows = torch.from_numpy(known)
        head = fit(features[rows], labels[rows], classes, hold)
        with torch.no_grad():
            return head(features[torch.from_numpy(held)]).softmax(1).cpu().numpy()

    return told


def _blank(features: Tensor, classes: int, towards: Tensor | None = None) -> Head:
    head = Head(features.shape[1], classes, hidden=0, activation="relu", dropout=0.0).to(features.device)
    head.standardise(features)
    if towards is not None:
        with torch.no_grad():
            head.output.weight.copy_(towards)
    return head


def _pairs(labels: Tensor) -> list[Pair]:
    """Rows to fit to and rows held back, fold by fold; every class is spread over all folds of a round."""
    random, classes = np.random.default_rng(0), labels.cpu().numpy()
    pairs: list[Pair] = []
    while len(pairs) < heads(len(classes)):
        rows = random.permutation(len(classes))[:MOST]
        dealt = torch.from_numpy(rows[np.argsort(classes[rows], kind="stable")])
        turn = torch.arange(len(dealt)) % FOLDS
        pairs += [(dealt[turn != fold], dealt[turn == fold]) for fold in range(FOLDS)]
    return pairs[: heads(len(classes))]


def sharpen(scores: Tensor, labels: Tensor, items: int) -> float:
    """The factor on `scores` with the least cross-entropy, as if one more of so many items had an unknown class.

    Without that one, few items that are all told apart would ask for endless certainty, and nothing that is trained
    from there would move, for a loss of 0 has no gradient (as the targets of Platt 1999).
    """
    unknown = 1 / (items + 1)

    def loss(power: float) -> float:
        return nn.functional.cross_entropy(math.exp(power) * scores, labels, label_smoothing=unknown).item()

    return math.exp(minimize_scalar(loss, bounds=(-7, 7), method="bounded", options={"xatol": 0.01}).x)
