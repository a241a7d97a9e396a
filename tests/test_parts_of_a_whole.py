"""What is told in percent of one whole comes to a hundred, not to 100.1."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.rounded_shares import rounded
from pages.task_types import figures


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_shares_of_one_come_to_one_and_stay_where_they_are(digits):
    for parts in np.random.default_rng(0).dirichlet(np.ones(5), 300):
        told = rounded(parts, digits)
        assert round(sum(told), 9) == 1
        assert np.abs(np.array(told) - parts).max() < 10.0**-digits
        assert np.all(np.diff(np.array(told)[np.argsort(parts)]) >= 0)


def test_halves_are_not_both_rounded_up_and_a_row_of_the_confusion_matrix_comes_to_a_hundred():
    assert rounded([0.9345, 0.0655]) == [0.935, 0.065]
    assert rounded([0.29, 0.71], 2) == [0.29, 0.71]
    assert rounded([0.5, 0.2]) == [0.5, 0.2]  # of a part of the whole
    assert rounded([]) == []
    for row in figures.cell_texts(np.array([[1, 1, 1], [7, 1, 0], [2, 3, 1]]), share=True):
        assert sum(int(cell.rstrip("%")) for cell in row if cell) == 100
