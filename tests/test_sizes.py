"""Sizes of files are told in one unit everywhere, in steps of 1000, and a limit is the number that is told."""

from __future__ import annotations

import pytest

from cases import limits
from pages.shared import vocabulary
from runs.inference import errors


@pytest.mark.parametrize(("count", "told"), [
    (0, "0 MB"), (1_000, "1 kB"), (2_500_000, "2.5 MB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
    (99_949_999, "99.9 MB"), (99_950_000, "100 MB"), (999_500_000, "1 GB"), (145_217_532, "145 MB"),
    (20 * 10**9, "20 GB"),
])  # fmt: skip
def test_a_size_is_told_as_other_pages_and_systems_tell_it(count, told):
    assert vocabulary.size(count) == told


def test_a_limit_is_what_is_said_of_it():
    assert errors.too_large().args_["limit"] * 10**6 == errors.MOST_BYTES
    assert vocabulary.size(limits.upload_bytes()) == "20 GB"
