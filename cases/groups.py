"""Examples that may come from one source: what tells it (file names, folders, columns of a table), and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from cases import labels, repeats
from cases.base import Finding
from cases.dataset import LEFT_OUT, SPLITS, Dataset
from cases.ingest import labeled_files
from cases.ingest.tables import headings
from cases.settings import COPIES, FOLDER, PREFIX, SPEAKER, TABLE
from cases.task_types import TaskType
from models.errors import N_

ACROSS = (SPEAKER, repeats.TRANSCRIPT)  # drawn whatever their classes: the same people say every word
SHORT, LONGEST = 4, 16  # characters that follow a prefix: of takes and frames; the most where they come again
COUNTED, MANY = 8, 5  # the most where they are numbers, as of frames; with so many files a prefix
FEWEST = 0.05  # share of the examples that share their prefix with others of their class
_SPLIT = re.compile(r"[_\-. ()]+|(?<=\d\d)(?=[A-Za-z]$)")
_LETTER_AT_END = re.compile(r"(?:.*[_\-. ()])?[A-Za-z]*\d+[A-Za-z]")
_NUMBERED = re.compile(r"(?=.*\d)(?=.*[^\W\d_]).*")

_TITLE = N_("Possibly from one source")
_OF_NAMES = N_(
    "Files of one class have names that begin alike, for example “{first}” and “{second}”. If they come from "
    "one recording, film or object, group the split by name. The test then measures new sources."
)
_OF_FOLDERS = N_(
    "The files lie in folders besides those of the classes, for example “{first}”. If a folder holds one "
    "source, such as a person, group the split by folder. The test then measures new sources."
)
_OF_COLUMN = N_(
    "The column “{column}” has the same value for several examples, for example “{first}”. If it names their source, "
    "group the split by it: the test then measures new sources."
)
NOT_KEPT = {  # what a finding means for the result
    PREFIX: N_("Groups by file name were not kept together, for example “{group}”. Expect less on new sources."),
    FOLDER: N_("Groups by folder were not kept together, for example “{group}”. Expect less on new sources."),
    TABLE: N_("Groups by the column “{column}” were not kept together. Expect less on new sources."),
}

_MENDS, _BY_COLUMN = {PREFIX: N_("Group by file name"), FOLDER: N_("Group by folder")}, N_("Group by this column")


def known(dataset: Dataset, options: Iterable[str]) -> list[str]:
    """What examples can be kept together by: those of the `options` of which some example has a value, and each column
    of a table of which several have the same."""
    always = {COPIES: True, repeats.TRANSCRIPT: not dataset.task_type.has_classes}
    found = [name for name in options if always.get(name, (values(dataset, name) != "").any())]
    return [*found, *(TABLE + str(name) for name, column in dataset.metadata.items() if _repeats(column.astype(str)))]


def values(dataset: Dataset, group_by: str) -> pd.Series:
    """The group of every sample as it was read, "" where it has none."""
    samples = dataset.as_read
    if group_by == repeats.TRANSCRIPT:
        return repeats.sentences(samples["label"])
    if group_by in (PREFIX, FOLDER):
        found = _by_name(dataset.folder)[group_by]
        return pd.Series(found, samples.index, dtype=object)
    if group_by.startswith(TABLE):
        table, name = dataset.metadata, group_by.removeprefix(TABLE)
        return table[name].astype(str) if name in table else pd.Series("", samples.index)
    return samples[group_by].fillna("").astype(str) if group_by in samples else pd.Series("", samples.index)


@lru_cache(maxsize=8)
def _by_name(folder: Path) -> dict[str, tuple[str, ...]]:
    """Looked for once, since a page is drawn anew at every click."""
    dataset = Dataset.open(folder)
    samples, names = dataset.as_read, dataset.as_read["name"].tolist()
    classes = samples["label"].fillna("").tolist() if dataset.task_type.has_classes else [""] * len(names)
    return {PREFIX: tuple(prefixes(names, classes)), FOLDER: tuple(folders(names, classes))}


def prefixes(names: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The beginning that the name of each file shares with others of its class, "" for none.

    Names are cut at their signs; what follows the beginning is short, as of takes, frames and crops
    (`1-211527-A`, `clip03_0001`), or comes again behind other beginnings. Of several such places the first is taken.
    """
    words = [_words(PurePosixPath(name).stem) for name in names]
    for place in range(1, min(4, max(map(len, words), default=1))):
        found = pd.DataFrame([_cut(some, place) for some in words], columns=["prefix", "rest"])
        if _tells(found.assign(label=classes)):
            return found["prefix"].tolist()
    return [""] * len(names)


def _words(stem: str) -> list[tuple[str, int, int]]:
    """Each word of a name, and where it ends and the next begins."""
    cuts = [(cut.start(), cut.end()) for cut in _SPLIT.finditer(stem) if cut.end() > cut.start() or _is_take(stem)]
    ends, starts = [start for start, _ in cuts] + [len(stem)], [end for _, end in cuts] + [len(stem)]
    return [(stem, end, start) for end, start in zip(ends, starts, strict=True) if end]


def _is_take(stem: str) -> bool:
    """Whether the letter at the end of `211527A` stands by itself, as none of a hash does."""
    return bool(_LETTER_AT_END.fullmatch(stem))


def _cut(words: list[tuple[str, int, int]], place: int) -> tuple[str, str]:
    if not words:
        return "", ""
    stem, end, start = words[min(place, len(words)) - 1]
    return stem[:end], stem[start:]


def _tells(found: pd.DataFrame) -> bool:
    """Whether prefixes are several in a class and each that of several files."""
    inside = found.groupby(["label", "prefix"])["rest"]
    shared = found[inside.transform("nunique") > 1]
    if len(shared) < FEWEST * len(found) or shared["prefix"].nunique() < len(SPLITS):
        return False
    rests, lengths = shared["rest"], shared["rest"].str.len()
    come_again = rests.nunique() <= len(rests) / 2
    counted = rests.str.isdecimal().all() and shared.groupby("prefix").size().median() >= MANY
    if lengths.quantile(0.95) > (LONGEST if come_again else COUNTED if counted else SHORT):
        return False
    classes = found.groupby("label")["prefix"].agg(["size", "nunique", lambda some: some.value_counts().iloc[0]])
    classes.columns = ["files", "groups", "largest"]
    several = classes.index[(classes["groups"] >= len(SPLITS)) & (classes["largest"] <= 0.6 * classes["files"])]
    return bool(shared["label"].isin(several).mean() > 0.5)


def folders(names: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The folder nearest to each file that is neither its class nor a part of the data, "" for none."""
    parts = labeled_files.folder_parts()
    above = [
        next((one for one in reversed(PurePosixPath(name).parts[:-1])
              if labels.plain(one) != label and one.lower() not in parts), "")
        for name, label in zip(names, classes, strict=True)
    ]  # fmt: skip
    return above if len({*above} - {""}) >= len(SPLITS) else [""] * len(names)


def findings(dataset: Dataset) -> list[Finding]:
    """Groups by which the test may tell of what was trained on: the surest sign alone, and none where speakers are
    known, which have a finding of their own."""
    samples = dataset.samples[dataset.samples["split"] != LEFT_OUT]
    if values(dataset, SPEAKER).ne("").any():
        return []
    columns = [(TABLE + name, {"column": name}, _OF_COLUMN) for name in map(str, dataset.metadata)
               if headings.names_source(name)]  # fmt: skip
    for group_by, args, advice in (*columns, (FOLDER, {}, _OF_FOLDERS), (PREFIX, {}, _OF_NAMES)):
        groups = values(dataset, group_by)[samples.index]
        if _suspected(groups, samples["label"].fillna(""), dataset.task_type, named=group_by == PREFIX):
            return _finding(samples, groups, group_by, advice, args)
    return []


def _suspected(groups: pd.Series, classes: pd.Series, task_type: TaskType, *, named: bool) -> bool:
    """Whether examples of a class come in several groups of several; words in names are more often what a file shows
    than where it is from, so that most prefixes must have a number, and those in many classes letters besides."""
    known = pd.DataFrame({"group": groups, "label": classes if task_type.has_classes else ""})[groups != ""]
    if len(known) < 0.5 * len(groups) or not _repeats(known["group"]):
        return False
    of_class = known.groupby("label")["group"].nunique()
    if (of_class < len(SPLITS)).mean() > 0.5:
        return False
    if not named:
        return True
    bare = {group: _without(group, label) for group, label in known.itertuples(index=False)}
    across = known.assign(bare=known["group"].map(bare)).groupby("bare")["label"].nunique()
    crossed = len(of_class) > 1 and across.median() > len(of_class) / 2
    fitting = [bool(_NUMBERED.fullmatch(one)) if crossed else any(map(str.isdigit, one)) for one in across.index]
    return bool(np.mean(fitting) >= 0.5)


def _without(prefix: str, label: str) -> str:
    """A prefix without the words of its class."""
    return "-".join(word for word in _SPLIT.split(prefix) if word and word.lower() != label.lower())


def _repeats(values: pd.Series) -> bool:
    """Whether there are groups for three parts and some have several members."""
    sizes = values[values != ""].value_counts()
    return len(sizes) >= len(SPLITS) and (sizes > 1).sum() > 0


def _finding(
    samples: pd.DataFrame, groups: pd.Series, group_by: str, advice: str, args: dict[str, Any]
) -> list[Finding]:
    tested = samples["split"] == "test"
    if tested.any():  # the test part came with the data and stays as it is
        within = (groups != "") & groups.isin(groups[tested]) & groups.isin(groups[~tested])
        mend: dict[str, Any] = {"strays": samples.index[within & ~tested].to_numpy()}
    else:
        within = (groups != "") & (groups.map(groups.value_counts()) > 1)
        mend = {"settings": {"group_by": group_by}, "mend": _MENDS.get(group_by, _BY_COLUMN)}
    grouped = groups[within].sort_values(kind="stable")
    rows = grouped.index.to_numpy()
    if not len(rows):
        return []
    alike = groups[rows].groupby(samples["label"][rows])
    group = alike.agg(lambda some: some.value_counts().idxmax()).iloc[0]
    files = [PurePosixPath(name).name for name in samples["name"][rows][groups[rows] == group]]
    first, second = (files[0], files[1]) if group_by == PREFIX else (group, "")
    kind = TABLE if group_by.startswith(TABLE) else group_by
    named = {"first": first, "second": second, "group": group, **args}
    return [Finding(f"group_{kind.strip(':')}", _TITLE, advice, rows, leak=True, sure=False, outcome=NOT_KEPT[kind],
                    args=named, groups=grouped.to_dict(), **mend)]  # fmt: skip
