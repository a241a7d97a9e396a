"""All that reads what people bring: each takes the path of a file, and reads it, or refuses it with an InputError."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import cases
from cases import stored_settings
from cases.base import UploadedFile
from cases.image_recognition import decoder
from cases.image_recognition import reader as of_pictures
from cases.ingest import archives, tables
from cases.ingest.tables import text_files
from cases.recommendation import reader as of_interactions
from cases.speech import decoder as speech_decoder
from cases.speech import reader as of_recordings
from cases.text_analysis import reader as of_texts
from models.errors import InputError
from models.progress import QUIET
from runs import arguments, run_record

Reader = Callable[[Path], bool]


def table(path: Path) -> bool:
    return bool(tables.read(path, path.name).width)


def text(path: Path) -> bool:
    return all(text_files.opened(path, path.name).lines(None))


def archive(path: Path) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        unpacked = archives.unpack(path, Path(folder) / "out", suffixes=frozenset({".txt"}))
        return all(member.file.is_file() for member in unpacked.members)


def picture(path: Path) -> bool:
    return isinstance(decoder.seen(path)[1], (np.ndarray, str))


def sound(path: Path) -> bool:
    return isinstance(speech_decoder.heard(path)[1], (np.ndarray, str))


def record(path: Path) -> bool:
    """The `run.json` that `--like` takes, for each case; what pages keep of its settings is never refused."""
    refusals = []
    for case in cases.NAMES:
        asked = Namespace(case=case, like=path, set=[], model=None, seed=None, added=[])
        try:
            told = arguments.like(asked)
            arguments.settings(asked, told)
            arguments.columns(asked, told)
            arguments.later(asked, told)
        except InputError as refusal:
            refusals.append(refusal)
        _restore(case, path)
    if len(refusals) == len(cases.NAMES):
        raise refusals[0]
    return True


def _restore(case: str, path: Path) -> None:
    try:
        stored = run_record.read(path)["settings"]
    except InputError:
        return
    kind = cases.get(case).Settings
    stored_settings.usable(kind, stored)
    kind(**stored_settings.restored(kind, stored))


def _brought(case: str, read: Callable[..., Any], path: Path) -> bool:
    """As it is brought to a case: shown as its tables are understood, read, and checked."""
    with tempfile.TemporaryDirectory() as above:
        looked, read_into = Path(above) / "looked", Path(above) / "read"
        looked.mkdir()
        read_into.mkdir()
        part = UploadedFile(path, path.name)
        cases.get(case).preview([part], looked, {}, QUIET)
        dataset = read([part], read_into, "0", QUIET)
        cases.get(case).findings(dataset)
        return len(dataset.samples) > 0


def _characters(texts: list[str]) -> list[int]:
    return [len(text) + 2 for text in texts]


READERS: Mapping[str, Reader] = {
    "table": table, "text": text, "archive": archive, "picture": picture, "sound": sound, "record": record,
    "image_recognition": partial(_brought, "image_recognition", of_pictures.read),
    "text_analysis": partial(_brought, "text_analysis", partial(of_texts.read, count=_characters)),
    "speech": partial(_brought, "speech", of_recordings.read),
    "recommendation": partial(_brought, "recommendation", of_interactions.read),
}  # fmt: skip
