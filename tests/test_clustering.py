"""Vectors that point the same way are found to be groups, whatever else they have in common."""

from __future__ import annotations

import numpy as np
import pytest

from cases.text_analysis import vector_clusters
from models.progress import QUIET, NullReporter, Stopped

WIDTH = 64


def clouds(sizes, spread=0.25, seed=0):
    """Points around as many directions, and which direction each belongs to."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(len(sizes), WIDTH))
    members = np.repeat(np.arange(len(sizes)), sizes)
    return centres[members] + spread * random.normal(size=(len(members), WIDTH)), members


def same_partition(one, other):
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


@pytest.mark.parametrize("sizes", [(60, 40), (50, 40, 30), (40,) * 7])
def test_clear_groups_are_found_again_and_their_number_is_suggested(sizes):
    vectors, members = clouds(sizes)
    points = vector_clusters.directions(vectors, np.zeros(len(vectors)))
    found = vector_clusters.cluster(points, vector_clusters.numbers(len(vectors)), QUIET)
    assert vector_clusters.suggested(points, found) == len(sizes)
    assert same_partition(found[len(sizes)].labels, members)


def test_the_largest_group_is_the_first():
    vectors, _members = clouds((20, 60, 40))
    points = vector_clusters.directions(vectors, np.zeros(len(vectors)))
    labels = vector_clusters.cluster(points, range(3, 4), QUIET)[3].labels
    assert np.bincount(labels).tolist() == [60, 40, 20]


def test_what_a_kind_has_in_common_makes_no_group():
    vectors, members = clouds((60, 60), spread=0.1)
    kinds = np.tile(["zh", "en"], 60)
    far = np.random.default_rng(1).normal(size=WIDTH)
    vectors[kinds == "zh"] += 5 * far
    points = vector_clusters.directions(vectors, kinds)
    assert same_partition(vector_clusters.cluster(points, range(2, 3), QUIET)[2].labels, members)
    blind = vector_clusters.directions(vectors, np.zeros(len(vectors)))
    assert same_partition(vector_clusters.cluster(blind, range(2, 3), QUIET)[2].labels, kinds)


def test_a_kind_of_few_has_no_centre_of_its_own():
    vectors, _members = clouds((60, 40))
    kinds = np.array(["one"] * 99 + ["other"])
    points = vector_clusters.directions(vectors, kinds)
    assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5)


def test_the_nearest_to_the_centre_is_the_most_typical():
    vectors, members = clouds((50, 50))
    vectors[0] = vectors[members == 0].mean(0)
    points = vector_clusters.directions(vectors, np.zeros(len(vectors)))
    found = vector_clusters.cluster(points, range(2, 3), QUIET)[2]
    here = np.flatnonzero(found.labels == found.labels[0])
    assert here[found.nearness[here].argmax()] == 0 and found.nearness.max() <= 1 + 1e-5


@pytest.mark.parametrize(
    ("different", "numbers"), [(4, []), (9, []), (10, [2]), (24, [2, 3, 4]), (10**6, range(2, 21))]
)
def test_few_items_make_few_groups(different, numbers):
    assert list(vector_clusters.numbers(different)) == list(numbers)


def test_one_more_item_that_is_all_alone_changes_no_suggestion():
    vectors, _members = clouds((50, 50, 1))
    points = vector_clusters.directions(vectors, np.zeros(len(vectors)))
    found = vector_clusters.cluster(points, vector_clusters.numbers(len(vectors)), QUIET)
    assert vector_clusters.suggested(points, found) in (2, 3)


def test_a_stop_is_heard_between_two_numbers():
    class Stopping(NullReporter):
        def check(self):
            raise Stopped

    with pytest.raises(Stopped):
        vector_clusters.cluster(np.eye(10), range(2, 3), Stopping())
