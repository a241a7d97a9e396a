"""From what a person brought to sounds at 16 kHz with their classes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from cases import versions
from cases.archives import Limits, SetAside
from cases.base import Part
from cases.dataset import Dataset
from cases.gathering import Gathered, Wanted, gather
from cases.placing import place
from cases.speech import drawing, duplicates, speaking, voices
from cases.speech.listening import listen
from cases.speech.measuring import FACTS
from cases.speech.preview import MORE
from cases.speech.recognising import SUFFIXES
from cases.titles import title_of
from models import ragged
from models.errors import N_, InputError
from models.mel import RATE
from models.ragged import Ragged
from models.report import Report

READER = 1  # see `Case.reader`
WANTED = Wanted(SUFFIXES, limits=Limits(file_bytes=4 * 10**9))  # two hours in CD quality are 1.3 GB
SOUNDS = f"sounds-{RATE}.float32"
MOST_CLASSES = 1000


def read(
    parts: Sequence[Part], folder: Path, digest: str, report: Report, columns: Mapping[str, str] = {},
    models: Path | None = None, before: Dataset | None = None,
) -> Dataset:  # fmt: skip
    """Gather the recordings, listen to every one once, and keep its beginning; see `Case.read`.

    `models`: where converted models are kept, for a hint at the voices; without it there is none.
    """
    gathered = gather(parts, versions.begin(before, folder), WANTED, report)
    placing = place(gathered, columns, MORE)
    _remove_others(gathered, placing.samples)
    aside, samples = [*gathered.set_aside, *placing.set_aside], []
    heard = _heard(placing.samples, folder / "files", samples, aside, report)
    kept = ragged.write(folder / SOUNDS, heard if before is None else chain(sounds(before), heard))
    table = pd.DataFrame(samples, columns=["name", "file", "label", "split", *MORE, *FACTS])
    targets, name = _targets(table), parts[0].name if len(parts) == 1 else title_of(parts)
    _require_some(table, name, len(aside))
    if before is not None:
        targets = _as_before(table, before)
    speakers, told = speaking.guess_more(table, before, columns)
    table = versions.joined(before, table).assign(speaker=speakers)
    _require_classes(table, targets, name)
    if models is not None:
        table = table.assign(voice=voices.find(kept, table, models, report))
    notes = [*placing.notes, *told]
    table = table.drop(columns="transcript").assign(kept=kept.lengths)
    table = table.join(duplicates.find(kept, report))
    for note in notes:
        report.note(note["message"], **note["args"])
    classes = tuple(sorted(table["label"].unique()))
    title = title_of(parts, classes if targets == "classes" else (), gathered)
    dataset = Dataset(folder, digest, "speech", title, classes, targets=targets, reader=READER)
    aside_table = pd.DataFrame([(one.path, one.reason) for one in aside], columns=["name", "reason"])
    dataset.save(table, versions.aside(before, aside_table), notes)
    return dataset


def _heard(
    placed: Sequence[dict[str, Any]], files: Path, samples: list[dict[str, Any]], aside: list[SetAside], report: Report
) -> Iterator[np.ndarray]:
    """The sounds; fills `samples` and `aside` on the way."""
    known = dict.fromkeys(MORE, "")  # where no table says it
    named = [{**known, **sample, "file": sample["path"].relative_to(files).as_posix()} for sample in placed]
    for sample, outcome in listen(named, report):
        if isinstance(outcome, str):
            aside.append(SetAside(sample["name"], outcome))
            (files / sample["file"]).unlink()
            continue
        samples.append(sample)
        yield outcome


def _remove_others(gathered: Gathered, placed: list[dict[str, Any]]) -> None:
    """Tables and files that belong nowhere are not kept."""
    for path in {found.path for found in (*gathered.files, *gathered.tables)} - {sample["path"] for sample in placed}:
        path.unlink()


def sounds(dataset: Dataset) -> Ragged:
    """Of every sample the first 30 seconds, (samples,) float32 at 16 kHz."""
    return Ragged(dataset.folder / SOUNDS, dataset.as_read["kept"].to_numpy(np.int64))


def playable(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """What is kept of a sample as WAV, None where there is no such row; the uploaded file is not opened again."""
    if row not in dataset.as_read.index:
        return None
    return wav(sounds(dataset)[row]), "audio/wav"


def wav(wave: np.ndarray) -> bytes:
    """(samples,) at 16 kHz as a file of 16 bits; what goes beyond full scale is made quieter as a whole."""
    buffer = io.BytesIO()
    soundfile.write(buffer, wave / max(1.0, float(np.abs(wave).max())), RATE, subtype="PCM_16", format="WAV")
    return buffer.getvalue()


def picture(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """What is kept of a sample as its waveform and its spectrogram; see `playable`."""
    if row not in dataset.as_read.index:
        return None
    return drawing.draw(sounds(dataset)[row]), "image/webp"


def _targets(samples: pd.DataFrame) -> str:
    """Texts where a table tells what is said, or tells more kinds of labels apart than there can be classes."""
    told = bool((samples["transcript"] != "").any())
    return "texts" if told or samples["label"].nunique() > MOST_CLASSES else "classes"


def _as_before(samples: pd.DataFrame, before: Dataset) -> str:
    """What the labels are, as in the earlier version.

    Raises:
        InputError: transcripts are brought to classes.
    """
    if before.targets == "classes" and (samples["transcript"] != "").any():
        raise InputError(
            found=N_("What you add has transcripts; the data so far have a class for each recording."),
            expected=N_("Within one data set every recording has the same kind of label."),
            remedy=N_("Begin a data set of their own with these files."),
        )
    return before.targets


def _require_some(samples: pd.DataFrame, name: str, set_aside: int) -> None:
    if samples.empty:
        raise InputError(
            found=N_("“{name}” holds no usable recording; files set aside: {set_aside}."),
            expected=N_("Each recording needs a class: its folder, a line of a table, or one that you type."),
            remedy=N_("Put the recordings of each class into a folder of its own and zip the folders."),
            name=name,
            set_aside=set_aside,
        )


def _require_classes(samples: pd.DataFrame, targets: str, name: str) -> None:
    classes = sorted(samples["label"].unique())
    if len(classes) == 1 and targets == "classes":
        raise InputError(
            found=N_("“{name}” holds one class only, “{label}”."),
            expected=N_(
                "At least two classes are needed to be told apart or, to transcribe, what is said in each recording."
            ),
            remedy=N_("Add a second class with recordings of something else, or a table of file and transcript."),
            name=name,
            label=classes[0],
        )
