"""What the arms of a lesson learn from and are judged by: kept features, divided and changed as the lesson says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from models.errors import N_, InputError
from models.lessons import clusters

FOLDS, HELD = 5, 2  # of five folds two are held out: enough to judge by, even of few examples
LEAST = 40  # examples that a lesson needs
XOR = "xor"
BY_HAND = "by_hand"


@dataclass(frozen=True, eq=False)
class FeatureData:
    """What a frozen network made of a data set.

    Attributes:
        features: (samples, width); `labels` (samples,), the number of each class.
        rows: those of the training and the validation part; the test part is not among them.
        together: (samples,) the number of the group that no division may tear apart, -1 for none.
        by_hand: (samples, other width) features that somebody thought of, without a network; None where there are none.
    """

    features: np.ndarray
    labels: np.ndarray
    classes: int
    rows: np.ndarray
    together: np.ndarray
    by_hand: np.ndarray | None = None


@dataclass(frozen=True)
class DataOptions:
    """What an arm changes in the data; as they stand, all are left as they are.

    Attributes:
        examples, each: at most so many training examples, in all and of each class; 0 for all.
        share: of the training examples.
        rare, rare_held: which share of its examples the smallest class keeps, in the training and in the held-out part.
        balance: training examples of the smaller classes are repeated until every class has as many (oversampling).
        wrong: which share of the training labels is replaced by another class, drawn at random.
        leak: which share of the held-out part stands in the training part as well.
        clusters: the training examples are grouped into so many without their labels, and each group is named by what a
            person sees of it, see `clusters.named`; 0: every example has its own label.
        features: "" for those of the frozen network, `BY_HAND` for those without one.
        labels: "" for those of the data; `XOR` for two made classes that no straight line parts: the items are told by
            the two main directions of their features alone, and the class is whether both have the same sign.
    """

    examples: int = 0
    each: int = 0
    share: float = 1.0
    rare: float = 1.0
    rare_held: float = 1.0
    balance: bool = False
    wrong: float = 0.0
    leak: float = 0.0
    clusters: int = 0
    features: str = ""
    labels: str = ""

    @property
    def plane(self) -> bool:
        """Whether items are told by two numbers and have one of two classes, so that they can be drawn as points."""
        return self.labels == XOR and not self.features

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> DataOptions:
        """
        Raises:
            ValueError: there is no such option.
        """
        if unknown := set(told) - {one.name for one in fields(cls)}:
            raise ValueError(f"There are no such data options: {', '.join(sorted(unknown))}.")
        if told.get("labels", "") not in ("", XOR):
            raise ValueError(f"Labels are those of the data or {XOR!r}, not {told['labels']!r}.")
        if told.get("features", "") not in ("", BY_HAND):
            raise ValueError(f"Features are those of the network or {BY_HAND!r}, not {told['features']!r}.")
        return cls(**told)


@dataclass(frozen=True, eq=False)
class ArmData:
    """Features (items, width) and labels (items,) of the two parts; `train_rows`, `held_rows`: (items,) which samples
    they are; `leaked`: (held-out items,) which of them the training part holds too; `rarest`: the class with the fewest
    training examples; `plane`: as of `DataOptions`."""

    train: np.ndarray
    train_labels: np.ndarray
    held: np.ndarray
    held_labels: np.ndarray
    leaked: np.ndarray
    classes: int
    rarest: int
    train_rows: np.ndarray
    held_rows: np.ndarray
    plane: bool = False


def arrange(data: FeatureData, options: DataOptions, seed: int) -> ArmData:
    """Divide and change the data; with the same seed and other options the held-out part is the same.

    Raises:
        InputError: there are too few examples.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # a second of imports, which no page needs

    data = _xor(data) if options.labels == XOR else data
    random, rows, labels, classes = np.random.default_rng(seed), data.rows, data.labels, data.classes
    if len(rows) < max(LEAST, 4 * classes):
        raise _too_few(len(rows), max(LEAST, 4 * classes))
    groups = np.where(data.together[rows] >= 0, data.together[rows], -1 - np.arange(len(rows)))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    number = np.zeros(len(rows), int)
    for fold, (_, places) in enumerate(folds.split(rows, labels[rows], groups)):
        number[places] = fold
    train, held = random.permutation(rows[number >= HELD]), np.sort(rows[number < HELD])
    rarest = int(np.argmin(np.bincount(labels[train], minlength=classes)))
    train = _thinned(train, labels, rarest, options.rare)
    held = _thinned(held, labels, rarest, options.rare_held)
    train = _fewer(train, labels, classes, options)
    leaked = np.zeros(len(held), bool)
    leaked[random.permutation(len(held))[: round(options.leak * len(held))]] = True
    train = np.concatenate([train, held[leaked]])
    train = _balanced(train, labels, classes) if options.balance else train
    features = _features(data, options)
    seen, asked = np.array(features[train]), np.array(features[held])
    given = _with_errors(labels[train], classes, options.wrong, random)
    if options.clusters:
        given = clusters.named(seen, given, options.clusters, seed)
    return ArmData(seen, given, asked, labels[held], leaked, classes, rarest, train, held, options.plane)


def _features(data: FeatureData, options: DataOptions) -> np.ndarray:
    """(samples, width)

    Raises:
        InputError: there are none made by hand.
    """
    if options.features != BY_HAND:
        return data.features
    if data.by_hand is None:
        raise InputError(
            found=N_("For these data there are no features made by hand."),
            expected=N_("This lesson compares such features with learnt ones."),
            remedy=N_("Choose recordings with labels, or the sample."),
        )
    return data.by_hand


def _thinned(rows: np.ndarray, labels: np.ndarray, rarest: int, share: float) -> np.ndarray:
    """At least one of the class stays."""
    of_class = np.flatnonzero(labels[rows] == rarest)
    kept = max(1, round(share * len(of_class)))
    return np.delete(rows, of_class[kept:])


def _fewer(rows: np.ndarray, labels: np.ndarray, classes: int, options: DataOptions) -> np.ndarray:
    """The first of every class, class by class in turn, so that each has about as many; of a share in proportion."""
    rank = np.zeros(len(rows), int)
    sizes = np.bincount(labels[rows], minlength=classes)
    for one in range(classes):
        places = np.flatnonzero(labels[rows] == one)
        rank[places] = np.arange(len(places))
    most = np.maximum(1, np.round(options.share * sizes))[labels[rows]]
    kept = rank < (np.minimum(most, options.each) if options.each else most)
    rows, rank = rows[kept], rank[kept]
    if options.examples and len(rows) > options.examples:
        rows = rows[np.argsort(rank, kind="stable")[: options.examples]]
    return rows


def _balanced(rows: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Every class as often as the largest; a class without any example stays without."""
    of_class = [rows[labels[rows] == one] for one in range(classes)]
    most = max(map(len, of_class))
    return np.concatenate([np.resize(some, most) for some in of_class if len(some)])


def _with_errors(labels: np.ndarray, classes: int, share: float, random: np.random.Generator) -> np.ndarray:
    wrong = random.permutation(len(labels))[: round(share * len(labels))]
    given = labels.copy()
    given[wrong] = (labels[wrong] + random.integers(1, classes, len(wrong))) % classes
    return given


def _xor(data: FeatureData) -> FeatureData:
    """The same items in two features, measured from their medians in their own deviations; of two made classes."""
    some = np.array(data.features[data.rows], np.float64)
    centred = some - some.mean(0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2]
    places = centred @ directions.T
    places = (places - np.median(places, 0)) / np.maximum(places.std(0), 1e-12)
    features, labels = np.zeros((len(data.labels), 2), np.float32), np.full(len(data.labels), -1)
    features[data.rows] = places
    labels[data.rows] = (places[:, 0] > 0) ^ (places[:, 1] > 0)
    return replace(data, features=features, labels=labels, classes=2)


def _too_few(there: int, needed: int) -> InputError:
    return InputError(
        found=N_("The data have {n} examples to learn from."),
        expected=N_("A lesson needs at least {needed}."),
        remedy=N_("Choose other data, or the sample."),
        n=there,
        needed=needed,
    )
