"""Which samples stand for a data set, before anything is counted."""

from __future__ import annotations

from collections.abc import Sequence

from cases import ranges
from cases.dataset import LEFT_OUT, Dataset


def of_each_label(dataset: Dataset, most: int) -> Sequence[int]:
    """Select at most `most` rows: the same number of each label, or one of each of the largest where there are many
    labels, in the order of `ranges.sorted_classes`."""
    labels = dataset.samples["label"][dataset.samples["split"] != LEFT_OUT]
    largest = ranges.sorted_classes(labels.value_counts()[:most].to_dict())
    of_each = max(1, most // max(1, len(largest)))
    return [int(row) for label in largest for row in labels.index[labels == label][:of_each]]


def most_popular(dataset: Dataset, most: int) -> Sequence[int]:
    """Rows of the items that the most users have, the most popular first."""
    kept = dataset.samples[dataset.samples["split"] != LEFT_OUT]
    return [int(row) for row in kept["people"].sort_values(ascending=False, kind="stable").index[:most]]
