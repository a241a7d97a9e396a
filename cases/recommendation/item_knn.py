"""Items that the same people have: what needs no learning, and is hard to beat (Sarwar et al. 2001)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

AT_ONCE = 512  # items
MOST = 500  # neighbours of an item


@dataclass(frozen=True)
class Neighbours:
    """`alike`: (items, items), of each item its nearest ones with their cosine; never itself."""

    alike: csr_array

    def nearest(self, many: int) -> Neighbours:
        """Only so many neighbours of each item."""
        return Neighbours(_strongest(self.alike, many))

    def columns(self, some: slice) -> np.ndarray:
        """How alike all items are to these: (some, items)."""
        return self.alike[:, some].T.toarray()

    def scores(self, histories: csr_array) -> np.ndarray:
        """(people, items), the sum of how alike an item is to those of the person, as much as each of them counts."""
        return (histories @ self.alike).toarray().astype(np.float32)


def find(histories: csr_array) -> Neighbours:
    """From who has what: (people, items) of 0 and 1. Two items are alike as the people are who have them: by cosine."""
    lengths = np.sqrt(np.maximum(np.asarray(histories.sum(0)), 1e-9)).astype(np.float32)
    columns = csr_array(histories.astype(np.float32).T)
    rows = []
    for start in range(0, columns.shape[0], AT_ONCE):
        together = csr_array(columns[start : start + AT_ONCE] @ histories.astype(np.float32)).tocoo()
        item = together.row + start
        kept = item != together.col
        cosine = together.data[kept] / (lengths[item[kept]] * lengths[together.col[kept]])
        shape = (min(AT_ONCE, columns.shape[0] - start), columns.shape[0])
        rows.append(_strongest(csr_array((cosine, (together.row[kept], together.col[kept])), shape), MOST))
    return Neighbours(csr_array(vstack(rows)))


def _strongest(table: csr_array, many: int) -> csr_array:
    """The `many` largest of each row; of equal ones those further left."""
    entries = table.tocoo()
    order = np.lexsort((entries.col, -entries.data, entries.row))
    row = entries.row[order]
    begins = np.searchsorted(row, row, side="left")
    kept = order[np.arange(len(row)) - begins < many]
    return csr_array((entries.data[kept], (entries.row[kept], entries.col[kept])), table.shape)
