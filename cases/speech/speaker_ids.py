"""Who speaks, as names of files and folders may tell: `0_george_7.wav`, `0a7c2a8d_nohash_0.wav`, `george/yes/1.wav`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from cases.dataset import Dataset
from models.errors import N_

_IN_FOLDERS = N_("Speakers detected in the upper folders: {n}, for example “{speaker}” in “{name}”.")
_IN_NAMES = N_("Speakers detected in the file names: {n}, for example “{speaker}” in “{name}”.")
USUAL = 0.95  # share of the names that must be made alike
_BETWEEN = re.compile(r"[_\-. ]+")
_COUNTED = re.compile(
    r"(?!(?:spk|speaker|subj|subject|actor|user|person|voice|p|s|id)\d)[^\W\d_]*\d{1,4}|[a-z]", re.IGNORECASE
)


def guess(samples: pd.DataFrame, asked: Mapping[str, str] = {}) -> tuple[list[str], list[dict[str, Any]]]:
    """The speaker of each sample, "" where it is not known, and what a person should know of that, and may refuse.

    Speakers that a table named stand, and where a person said that nothing tells them (`asked` as `Case.read` takes
    the columns) nothing is guessed. Else a place in the names is looked for whose words repeat, are no numbers, and
    appear in several classes as several words appear in each class.
    """
    said = samples["speaker"].tolist()
    if any(said) or samples.empty or asked.get("speaker") == "":
        return said, []
    candidates = list(_candidates(samples["name"].tolist(), samples["label"].tolist()))
    if not candidates:
        return said, []
    message, best = max(candidates, key=lambda candidate: _kinds(candidate[1]))
    row = next(row for row, word in enumerate(best) if word)
    note = {
        "message": message,
        "args": {"n": _kinds(best), "speaker": best[row], "name": samples["name"].iloc[row]},
        "refusal": N_("Ignore these speakers"),
        "columns": {"speaker": ""},
    }
    return best, [note]


def guess_more(
    samples: pd.DataFrame, before: Dataset | None, asked: Mapping[str, str] = {}
) -> tuple[list[str], list[dict[str, Any]]]:
    """`guess` for what is added to the version `before`: the speakers of its samples, which stand, then those of
    `samples`. What their names alone do not tell they may tell together with the earlier ones."""
    new, told = guess(samples, asked)
    if before is None:
        return new, told
    known = before.as_read[["name", "label", "speaker"]].fillna("")
    stood = known["speaker"].tolist()
    if any(stood) and not any(new) and asked.get("speaker") != "":
        whole = pd.concat([known, samples[["name", "label"]]], ignore_index=True).assign(speaker="")
        found, said = guess(whole, asked)
        if found[: len(stood)] == stood:
            return found, said
    return [*stood, *new], told


def _kinds(words: Sequence[str]) -> int:
    return len(set(words) - {""})


def _candidates(names: Sequence[str], labels: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The words at each place of the names that may be speakers, after the message that says where they stand."""
    parts = [PurePosixPath(name) for name in names]
    above = [path.parts[-3] if len(path.parts) > 2 else "" for path in parts]
    stems = [_BETWEEN.split(path.stem) for path in parts]
    usual = Counter(map(len, stems)).most_common(1)[0][0]
    places = [(_IN_NAMES, [stem[place] if len(stem) == usual else "" for stem in stems]) for place in range(usual)]
    return ((said, words) for said, words in ((_IN_FOLDERS, above), *places) if _may_be_speakers(words, labels))


def _may_be_speakers(words: Sequence[str], labels: Sequence[str]) -> bool:
    known = pd.DataFrame({"word": words, "label": labels})
    known = known[known["word"] != ""]
    if len(known) < USUAL * len(words) or not 2 <= known["word"].nunique() <= len(known) / 2:
        return False
    if known["word"].map(lambda word: bool(_COUNTED.fullmatch(word))).mean() > 0.5:
        return False
    classes_of_each, words_of_each = (
        known.groupby(one)[other].nunique() for one, other in (("word", "label"), ("label", "word"))
    )
    return bool((classes_of_each > 1).mean() > 0.5 and (words_of_each > 1).mean() > 0.5)
