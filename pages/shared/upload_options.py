"""How the data of a case can be brought, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ARCHIVES = ".zip,.tar,.tgz,.gz,.tbz2,.bz2,.txz,.xz"


@dataclass(frozen=True)
class UploadOptions:
    """What a case's data can be brought as, and the words for it, in the reader's language."""

    items: str  # endings of files that hold items of one class, with commas; "" where there are no classes
    tables: str  # endings of tables
    hint: str
    collect: str  # the button that begins a collection
    begin: str  # how an empty one is filled
    drop: str
    drop_hint: str
    example: str  # of a class
    read: str  # the button that ends a collection
    whole: bool = False  # a table is the data itself: one that comes alone is read at once
    camera: bool = False  # and what was collected can be seen
    microphone: bool = False  # and what was collected can be heard
    typing: bool = False
    unlabelled: bool = False  # groups are found in what has no classes
    advice: Mapping[str, str] = field(default_factory=dict)  # ending that is not read → what to do
    words: Mapping[str, str] = field(default_factory=dict)  # of the zone, in place of the usual ones
    of_tasks: Mapping[str, UploadOptions] = field(default_factory=dict)  # task → the same where that is to be learnt

    @property
    def accept(self) -> str:
        return ",".join(filter(None, (ARCHIVES, self.tables, self.items)))

    @property
    def alone(self) -> str:
        """Endings of what is read at once where it comes alone."""
        return f"{ARCHIVES},{self.tables}" if self.whole else ARCHIVES
