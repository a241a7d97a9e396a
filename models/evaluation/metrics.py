"""How good predictions are, with how sure we are of it.

scipy and scikit-learn are imported where they are first asked: pages that show no figures start without them.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from models.errors import N_

Interval = dict[str, float]

FALLING = frozenset({"loss", "wer", "cer", "raw_wer", "raw_cer"})  # of these the lower is the better

NAMES = {  # what they are called: message ids, or names that are the same in every language
    "loss": N_("Loss"), "accuracy": N_("Accuracy"), "macro_f1": N_("Macro-F1"), "wer": N_("Word error rate (WER)"),
    "cer": N_("Character error rate (CER)"), "raw_wer": N_("Unnormalised WER"), "raw_cer": N_("Unnormalised CER"),
    "spelling": N_("Errors of spelling only"),
    "ndcg": "NDCG", "recall": N_("Recall"), "hit": N_("Hit rate"), "mrr": "MRR", "top_3": N_("Top-3 accuracy"),
    "roc_auc": "ROC-AUC",
}  # fmt: skip
NORMALISATION = "normalisation"  # key of a result: by which rules its texts were compared
FORMER_NAMES = {  # of figures that were measured by other rules: by Whisper's, which delete what stands in brackets
    "wer": N_("WER by Whisper’s normalisation"), "cer": N_("CER by Whisper’s normalisation"),
}  # fmt: skip


def is_share(name: str) -> bool:
    """Whether it is told in percent; the metrics of lists, as NDCG@10, are told as numbers from 0 to 1."""
    return "@" not in name


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    return float((labels == predicted).mean())


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Mean of the classes' F1; a class that neither occurs nor is predicted does not count.

    By hand, for an interval asks a thousand times: scikit-learn looks at its input for longer than this takes.
    """
    classes = max(labels.max(), predicted.max()) + 1
    right = np.bincount(labels[labels == predicted], minlength=classes)
    named = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    return float((2 * right[named > 0] / named[named > 0]).mean())


def interval(
    metric: Callable[[np.ndarray, np.ndarray], float],
    labels: np.ndarray,
    predicted: np.ndarray,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """The metric with its percentile bootstrap interval over items (Efron & Tibshirani 1993, chapter 13).

    Two items are added to those that are drawn from, one right and one wrong (Laplace's rule of succession): few items
    without a mistake would otherwise look certain.

    As many items are drawn alike whoever answered, from the right ones first: two models that are right of as many have
    the same interval, whichever items these are.
    """
    order = np.lexsort((predicted, labels, labels != predicted))
    labels, predicted = labels[order], predicted[order]
    value, random = metric(labels, predicted), np.random.default_rng(0)
    classes = max(int(labels.max()), int(predicted.max()), 1) + 1
    values = [metric(*_resample(labels, predicted, classes, random)) for _ in range(resamples)]
    low, high = map(float, np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
    # resamples of few items can lack whole classes, and then none of them comes up to the value
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def _resample(
    labels: np.ndarray, predicted: np.ndarray, classes: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """As many items as there are; where an added one is drawn, an item of the others is made right, or wrong."""
    n = len(labels)
    drawn, instead = random.integers(0, n + 2, n), random.integers(0, n, n)
    others = 1 + (random.random(n) * (classes - 1)).astype(int)  # of each, so that what is drawn next never differs
    rows = np.where(drawn < n, drawn, instead)
    truth, said = labels[rows], predicted[rows]
    said[drawn == n] = truth[drawn == n]
    wrong = drawn == n + 1
    said[wrong] = (truth[wrong] + others[wrong]) % classes
    return truth, said


def wilson(right: np.ndarray) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927), which stays honest on few items and near 100 %.

    Args:
        right: (items,) whether each is right; at least one item.
    """
    from scipy.stats import binomtest

    found = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, "wilson")
    return float(found.low), float(found.high)


def wilson_of(right: np.ndarray, items: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the same of many shares at once: `right` of so many `items` each; from 0 to 1 where there are none."""
    n, deviations = np.maximum(items, 1).astype(float), NormalDist().inv_cdf((1 + level) / 2)
    share, spread = right / n, deviations**2 / n
    middle = (share + spread / 2) / (1 + spread)
    reach = deviations / (1 + spread) * np.sqrt(share * (1 - share) / n + spread / (4 * n))
    none = np.asarray(items) == 0
    low, high = np.clip(middle - reach, 0, share), np.clip(middle + reach, share, 1)
    return np.where(none, 0.0, low), np.where(none, 1.0, high)


def rule_of_three(items: int, level: float = 0.95) -> float:
    """Return the largest share of items that may have what none of so many has: about 3 in so many (Hanley &
    Lippman-Hand 1983, "If nothing goes wrong, is everything all right?")."""
    return float(1 - (1 - level) ** (1 / items))


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return (classes, classes) counts: rows by label, columns by what was predicted."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(labels, predicted, labels=np.arange(classes))


def per_class(labels: np.ndarray, predicted: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Return precision, recall, f1 and support, (classes,) each; 0 where nothing was right."""
    from sklearn.metrics import precision_recall_fscore_support

    figures = precision_recall_fscore_support(labels, predicted, labels=np.arange(classes), zero_division=0)
    return dict(zip(("precision", "recall", "f1", "support"), figures, strict=True))


def per_class_intervals(
    labels: np.ndarray, predicted: np.ndarray, classes: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the 95 % bounds of each class's precision, recall and f1, (classes,) each.

    All by Wilson's score interval, so that equal counts have equal intervals. F1 is no share of items, but it rises
    with one, the Jaccard index of what is predicted as the class and what belongs to it: F1 = 2 J / (1 + J).
    """
    right = np.bincount(labels[labels == predicted], minlength=classes)
    said, own = (np.bincount(some, minlength=classes) for some in (predicted, labels))
    jaccard = wilson_of(right, said + own - right)
    low, high = (2 * bound / (1 + bound) for bound in jaccard)
    return {"precision": wilson_of(right, said), "recall": wilson_of(right, own), "f1": (low, high)}


def among_top(probabilities: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Return (items,) whether the label is among the `k` likeliest classes; of equal ones the label comes last."""
    own = probabilities[np.arange(len(labels)), labels]
    return (probabilities >= own[:, None]).sum(1) <= k


def top(probabilities: np.ndarray, labels: np.ndarray, k: int) -> Interval:
    """Return the share of items whose label is among the `k` likeliest classes, with the interval that an accuracy of
    as much has."""
    missed = ~among_top(probabilities, labels, k)
    return interval(accuracy, np.zeros(len(missed), int), missed.astype(int))


def roc_auc(probabilities: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the mean over classes of the area under each one's ROC curve against all others (Hanley & McNeil 1982).

    A class that all items have, or none, has no curve; None when that holds for every class.
    """
    from sklearn.metrics import roc_auc_score

    own = labels[:, None] == np.arange(probabilities.shape[1])
    drawn = own.any(0) & ~own.all(0)
    return float(roc_auc_score(own[:, drawn], probabilities[:, drawn])) if drawn.any() else None


def sign_test(gained: int, lost: int) -> float:
    """Return how likely so large a difference is by chance alone, two-sided: the mid-p value of the exact test
    (McNemar 1947), which misses fewer differences among few (Fagerland, Lydersen & Laake 2013)."""
    from scipy.stats import binom, binomtest

    n = gained + lost
    if not n:
        return 1.0
    same = float(binom.pmf(gained, n, 0.5))
    return float(binomtest(gained, n).pvalue) - (same / 2 if gained == lost else same)
