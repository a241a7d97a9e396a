"""Items without labels, and the groups that were found in them: what a person looks at to name them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ITEMS, FOUND = "items.parquet", "groups.json"


@dataclass(frozen=True)
class Group:
    """One of several: `words` tell it from the others, the strongest first; `typical` are rows near its centre."""

    size: int
    words: tuple[str, ...]
    typical: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Groups:
    """`items` has the columns name, what the case adds, x and y on the map (missing where an item is not drawn), and
    for each number of groups in `choices` one called after it, "2", "3", …, with the group of every item."""

    items: pd.DataFrame
    choices: dict[int, tuple[Group, ...]]
    suggested: int

    def of(self, number: int) -> np.ndarray:
        """(items,) the group of each where there are `number` of them."""
        return self.items[str(number)].to_numpy()

    @classmethod
    def open(cls, folder: Path) -> Groups:
        told = json.loads((folder / FOUND).read_text("utf-8"))
        choices = {
            int(number): tuple(Group(one["size"], tuple(one["words"]), tuple(one["typical"])) for one in groups)
            for number, groups in told["choices"].items()
        }
        return cls(pd.read_parquet(folder / ITEMS), choices, told["suggested"])

    def save(self, folder: Path) -> None:
        self.items.to_parquet(folder / ITEMS)
        choices = {number: [asdict(group) for group in groups] for number, groups in self.choices.items()}
        told = {"suggested": self.suggested, "choices": choices}
        (folder / FOUND).write_text(json.dumps(told, ensure_ascii=False), "utf-8")  # last: it says that all is there
