"""Classes that a person renamed: a new name for a whole class corrects no label and changes no yardstick.

Among the edits of a data set, whose numbers from 0 on are rows, −1 − k stands for the k-th class as it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def key(classes: Sequence[str], label: str) -> int:
    """Where among the edits the name of the class `label` stands; `classes`: as they were read."""
    return -1 - classes.index(label)


def is_class(number: int) -> bool:
    """Whether an edit is of a class, not of a row."""
    return number < 0


def found(classes: Sequence[str], edits: Mapping[int, str | None]) -> dict[str, str]:
    """Class as it was read → its name now, of those that have another one, in order."""
    return {label: name for label, name in sorted(_named(classes, edits).items()) if name != label}


def carried(edits: Mapping[int, str | None], classes: Sequence[str], to: Sequence[str]) -> dict[int, str | None]:
    """The same edits for another version of the data, which holds the same rows and has the classes `to`."""
    names = {key(to, label): name for label, name in _named(classes, edits).items() if label in to}
    return {number: label for number, label in edits.items() if not is_class(number)} | names


def translation(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Name of a class by the names `one` → its name by the names `other`, where the two differ."""
    as_read = {new: old for old, new in one.items()}
    names = {name: other.get(old, old) for name, old in as_read.items()}
    names |= {old: new for old, new in other.items() if old not in one}
    return {name: new for name, new in names.items() if name != new}


def _named(classes: Sequence[str], edits: Mapping[int, str | None]) -> dict[str, str]:
    """Class as it was read → the name that it was given, be it the old one again."""
    return {classes[-1 - number]: name for number, name in edits.items() if name and -len(classes) <= number < 0}
