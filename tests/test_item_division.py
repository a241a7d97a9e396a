"""What the check tells of who had what: the largest core, and a few users drawn with how they are divided."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import made_items
import numpy as np
import pytest
from evaluation_page import starting
from opened_pages import opened, sound

from cases.ranking import cores, timeline_sample
from cases.ranking.interactions import Interactions
from cases.ranking.split import divide, told
from models.errors import InputError
from models.progress import QUIET
from runs.jobs import data_import
from runs.store import dataset_rows

PARTS = ["Training", "Validation", "Test"]


def slow_core(user, item):
    """The largest k, by what it means."""
    k, lines = 0, np.arange(len(user))
    while len(lines):
        k += 1
        while len(lines):
            many = [np.bincount(side[lines])[side[lines]] for side in (user, item)]
            fitting = (many[0] >= k) & (many[1] >= k)
            if fitting.all():
                break
            lines = lines[fitting]
    return max(k - 1, 0)


def test_the_largest_core_is_what_its_definition_says():
    for seed in range(6):
        random = np.random.default_rng(seed)
        lines = np.unique((random.random((400, 2)) ** 2 * (40, 30)).astype(int), axis=0)
        lines = lines[random.permutation(len(lines))]
        assert cores.largest(*lines.T) == slow_core(*lines.T) > 2
    everybody = np.array(list(product(range(7), range(9))))
    few = np.array([(user, 9) for user in range(7, 40)])
    assert cores.largest(*np.concatenate([everybody, few]).T) == 7
    assert cores.largest(np.zeros(0, int), np.zeros(0, int)) == 0


def divided(many, *, split="last", times=True, seed=0):
    """Users of whom number n has `many[n]` items, all at moments of their own."""
    user = np.repeat(np.arange(len(many)), many)
    when = np.random.default_rng(1).permutation(len(user)) + 1.7e9
    order = np.argsort(when, kind="stable")
    user, when = user[order], when[order]
    item = np.random.default_rng(2).integers(0, 50, len(user))
    whole = Interactions(user, item, when if times else np.full(len(user), np.nan), np.full(len(user), "", object),
                         len(many), 50)  # fmt: skip
    return divide(whole, split=split, validation=0.1, test=0.2, seed=seed)


def test_one_moment_divides_at_two_places():
    division = divided([30] * 20, split="moment")
    glimpse = timeline_sample.of(division)
    validation, test = glimpse.moments["validation"], glimpse.moments["test"]
    assert validation < test
    assert glimpse.time[glimpse.part == "train"].max() < validation <= glimpse.time[glimpse.part == "validation"].min()
    assert glimpse.time[glimpse.part == "validation"].max() < test <= glimpse.time[glimpse.part == "test"].min()


@pytest.fixture
def open_check(part):
    def opening(ratings, locale="en-GB"):
        data_import.into_dataset("recommendation", [part("ratings.csv", ratings)], "d1", QUIET)
        dataset_rows.add("local", "d1", "recommendation", "books", sample=False)
        return opened("recommendation.py", locale, data="d1")

    return opening


def drawn(app, names=PARTS):
    """What was given to the figure of the division."""
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [figure] = [one for one in given if [trace.get("name") for trace in one["traces"]] == names]
    return figure


def test_the_division_is_drawn_along_time_or_the_order(open_check):
    app = open_check(made_items.liked())
    figure = drawn(app)
    learnt, validated, tested = figure["traces"]
    assert [len(trace["x"]) for trace in figure["traces"]] == [12 * 5, 12, 12]
    assert len({trace["marker"]["symbol"] for trace in figure["traces"]}) == 3
    assert len({trace["marker"]["color"] for trace in figure["traces"]}) == 3
    assert figure["layout"]["xaxis"]["type"] == "date" and figure["layout"]["shapes"] == []
    assert learnt["x"][0] >= 1_700_000_000_000 and tested["y"] == validated["y"] == list(range(12))
    assert tested["hovertext"][0].startswith("b") and tested["hovertext"][0].endswith(" · Test")
    assert " · 2023-11-14 22:" in tested["hovertext"][0]
    assert starting(app, "12 random users, one row each. Each mark is an interaction, placed by time.")
    # what was had at once is seen apart in the order
    along = next(one for one in app.segmented_control if one.key.endswith("_division_along"))
    app = sound(along.set_value("order").run())
    figure = drawn(app)
    assert [sorted(set(trace["x"])) for trace in figure["traces"]] == [[1, 2, 3, 4, 5], [6], [7]]
    assert figure["layout"]["xaxis"].get("type") != "date" and figure["layout"]["shapes"] == []
    assert starting(app, "12 random users, one row each. Each mark is an interaction, in order.")


def history(*people, times=None, part=""):
    """A history of these lists of items, a line each second."""
    user = np.repeat(np.arange(len(people)), [len(some) for some in people])
    item = np.concatenate([np.array(some, int) for some in people])
    time = np.arange(len(user), dtype=float) if times is None else np.array(times, float)
    return Interactions(user, item, time, np.full(len(user), part, object), len(people), 10)


def split(whole, split="last", validation=0.1, test=0.1, seed=0):
    return divide(whole, split=split, validation=validation, test=test, seed=seed)


def wanted(division, part):
    asked = division.asked(part)
    return {int(person): (had.tolist(), [int(i) for i in want if i >= 0])
            for person, had, want in zip(asked.people, asked.had, asked.wanted, strict=True)}  # fmt: skip


def test_the_last_item_is_tested_the_one_before_validates_and_who_has_one_is_only_learnt_from():
    division = split(history([1, 2, 3, 4], [5, 6], [7]))
    assert wanted(division, "test") == {0: ([1, 2, 3], [4]), 1: ([5], [6])}
    assert wanted(division, "validation") == {0: ([1, 2], [3])}
    assert division.sizes == {"train": 4, "validation": 1, "test": 2}
    assert [note["args"] for note in told(division)] == [{}, {"n": 1, "total": 3}]


def test_one_moment_divides_all_alike():
    whole = history([1, 2, 3], [4, 5, 6], [7, 8], times=[0, 80, 95, 1, 2, 85, 3, 99])
    division = split(whole, "moment", validation=0.2, test=0.25)
    assert wanted(division, "test") == {0: ([1, 2], [3]), 2: ([7], [8])}
    assert wanted(division, "validation") == {0: ([1], [2]), 1: ([4, 5], [6])}
    low = replace(whole, low=history([], [], [9], times=[97]))  # after the moment, before the reader's own last book
    known = [split(low, how, validation=0.2, test=0.25).disliked[2].tolist() for how in ("moment", "last")]
    assert known == [[], [9]]


def test_without_times_chance_decides_the_same_for_the_same_seed():
    some = [list(range(8)) for _ in range(6)]
    whole = history(*some, times=[np.nan] * 48)
    divisions = [split(whole, seed=seed) for seed in (0, 0, 1)]
    one, same, other = (wanted(division, "test") for division in divisions)
    assert divisions[0].how == "drawn" and one == same != other
    assert len({want[0] for _had, want in one.values()}) > 1


def test_a_part_that_came_with_the_data_stands():
    whole = history([1, 2, 3], [4, 5, 6])
    part = np.array(["", "", "test", "", "", ""], object)
    whole = Interactions(whole.user, whole.item, whole.time, part, 2, 10)
    division = split(whole)
    assert wanted(division, "test") == {0: ([1, 2], [3])}
    assert wanted(division, "validation") == {0: ([1], [2]), 1: ([4, 5], [6])}


def test_people_with_too_little_cannot_be_divided():
    with pytest.raises(InputError, match="No user is left for validation"):
        split(history([1], [2, 3]))
