"""A long recording is answered from moment to moment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sounds import tone

from cases.speech.stretching import MOST, stretches

LABELS = ("high", "low")


def pitch(waves):
    """High or low, by how often each sound crosses zero; sure of what is one of them from end to end."""
    crossings = [np.mean(np.diff(np.sign(wave)) != 0) * 8000 for wave in waves]
    high = np.clip((np.array(crossings) - 300) / 600, 0, 1)
    return np.stack([high, 1 - high], 1)


def test_each_moment_gets_the_answer_of_what_is_heard_in_it():
    wave = np.concatenate([tone(4, 300), tone(3, 900), tone(3, 300)])
    found = stretches(wave, 1.0, LABELS, pitch)
    assert [label for _start, _end, label, _share in found] == ["low", "high", "low"]
    assert [start for start, *_ in found] == pytest.approx([0, 4, 7], abs=0.5)
    assert [end for _start, end, *_ in found] == pytest.approx([4, 7, 10], abs=0.5)
    assert found[-1][1] == 10 and all(0.8 < share <= 1 for *_, share in found)
    assert all(one[1] == other[0] for one, other in pairwise(found))


def test_nothing_is_said_of_silence():
    wave = np.concatenate([tone(3, 900), np.zeros(48_000, np.float32), tone(3, 900)])
    assert [label for _start, _end, label, _share in stretches(wave, 1.0, LABELS, pitch)] == ["high", "", "high"]


@pytest.mark.parametrize(("seconds", "usual", "told"), [(2.9, 1.0, False), (3.1, 1.0, True), (3.1, 2.0, False)])
def test_what_is_not_much_longer_than_what_was_learnt_is_answered_as_a_whole(seconds, usual, told):
    assert bool(stretches(tone(seconds, 300), usual, LABELS, pitch)) == told


def test_an_hour_costs_no_more_windows_than_ten_minutes():
    asked = []

    def ask(waves):
        asked.append(len(waves))
        return pitch(waves)

    stretches(np.zeros(600 * 16_000, np.float32), 0.4, LABELS, ask)
    assert asked[0] <= MOST
