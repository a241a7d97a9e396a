"""From what a person brought to sounds at 16 kHz with their classes."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from cases import data_export, limits, near_duplicates, versions
from cases.base import UploadedFile
from cases.base.decoding import Decoders
from cases.dataset import Dataset, gone
from cases.ingest.archives import Limits, SetAside
from cases.ingest.collection import CollectedFiles, Wanted, gather
from cases.ingest.labeled_files import place
from cases.ingest.tables import metadata
from cases.ingest.titles import title_of
from cases.speech import duplicates, speaker_ids, speaker_similarity, spectrogram_image
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.audio_stats import FACTS
from cases.speech.decoder import heard, listen
from cases.speech.file_types import SUFFIXES
from cases.speech.preview import MORE
from cases.task_types import CLASSIFICATION, TRANSCRIPTION, TaskType
from cases.training import proof
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.storage import checksums, ragged_array
from models.storage.ragged_array import RaggedArray

READER = 1  # see `Case.reader`
LARGEST = 4 * 10**9  # bytes, unless another limit is set; two hours in CD quality are 1.3 GB
WANTED = Wanted(SUFFIXES, limits=lambda: Limits(file_bytes=limits.file_bytes(LARGEST)))
SOUNDS = f"sounds-{RATE}.float32"
MOST_CLASSES = 1000


def read(
    parts: Sequence[UploadedFile], folder: Path, digest: str, report: ProgressReporter, columns: Mapping[str, str] = {},
    models: Path | None = None, before: Dataset | None = None, decoders: Decoders | None = None,
) -> Dataset:  # fmt: skip
    """Gather the recordings, listen to every one once, and keep its beginning; see `Case.read`.

    `models`: where converted models are kept, for a hint at the voices; without it there is none.
    """
    gathered = gather(parts, versions.begin(before, folder), WANTED, report)
    placing = place(gathered, columns, MORE)
    _remove_others(gathered, placing.samples)
    aside = [*gathered.set_aside, *placing.set_aside]
    samples: list[dict[str, Any]] = []
    heard = _heard(placing.samples, folder / "files", samples, aside, report, decoders)
    kept = ragged_array.write(folder / SOUNDS, heard if before is None else chain(sounds(before), heard))
    table = pd.DataFrame(samples, columns=["name", "file", "label", "split", *MORE, *FACTS])
    task_type, name = _task_type(table), parts[0].name if len(parts) == 1 else title_of(parts)
    _require_some(table, name, len(aside))
    if before is not None:
        task_type = _as_before(table, before)
    speakers, told = speaker_ids.guess_more(table, before, columns)
    table = versions.joined(before, table).assign(speaker=speakers)
    _require_classes(table, task_type, name)
    if models is not None:
        table = table.assign(voice=speaker_similarity.find(kept, table, models, report))
    notes = [*placing.notes, *told, *near_duplicates.notes(len(table))]
    table = table.drop(columns="transcript").assign(kept=kept.lengths)
    table = table.join(duplicates.find(kept, folder, report))
    for note in notes:
        report.note(note["message"], **note["args"])
    classes = tuple(sorted(table["label"].unique()))
    title = title_of(parts, classes if task_type.has_classes else (), gathered)
    dataset = Dataset(folder, digest, "speech", title, classes, task_type=task_type, reader=READER)
    aside_table = pd.DataFrame([(one.path, one.reason) for one in aside], columns=["name", "reason"])
    besides = versions.metadata(before, metadata.table(samples))
    dataset.save(table, versions.aside(before, aside_table), notes, besides)
    return dataset


def _heard(
    placed: Sequence[dict[str, Any]],
    files: Path,
    samples: list[dict[str, Any]],
    aside: list[SetAside],
    report: ProgressReporter,
    decoders: Decoders | None,
) -> Iterator[np.ndarray]:
    """The sounds; fills `samples` and `aside` on the way."""
    known = dict.fromkeys(MORE, "")  # where no table says it
    named = [{**known, **sample, "file": sample["path"].relative_to(files).as_posix()} for sample in placed]
    for sample, outcome in listen(named, report, decoders):
        if isinstance(outcome, str):
            aside.append(SetAside(sample["name"], outcome))
            (files / sample["file"]).unlink()
            continue
        samples.append(sample)
        yield outcome


def _remove_others(gathered: CollectedFiles, placed: list[dict[str, Any]]) -> None:
    """Tables and files that belong nowhere are not kept."""
    for path in {found.path for found in (*gathered.files, *gathered.tables)} - {sample["path"] for sample in placed}:
        path.unlink()


def exported(dataset: Dataset) -> Iterator[data_export.Entry]:
    """See `Case.exported`: with a table where there are transcripts, or speakers are known."""
    spoken = {"speaker": "speaker"} if dataset.as_read["speaker"].fillna("").ne("").any() else {}
    if not dataset.task_type.has_classes:
        return data_export.beside_table(dataset, "transcripts.csv", {"label": "transcript"} | spoken)
    if spoken:
        return data_export.beside_table(dataset, "labels.csv", {"label": "label"} | spoken)
    return data_export.folders(dataset)


def sounds(dataset: Dataset) -> RaggedArray:
    """Of every sample the first 30 seconds, (samples,) float32 at 16 kHz."""
    return RaggedArray(dataset.folder / SOUNDS, dataset.as_read["kept"].to_numpy(np.int64))


def whole_sounds(dataset: Dataset, cache: Path, report: ProgressReporter) -> RaggedArray:
    """The same; listened to again, into `cache`, where what was kept is damaged.

    Raises:
        InputError: the recordings themselves are no longer as they were.
    """
    kept = sounds(dataset)
    if dataset.is_intact(kept.path.name):
        return kept
    path = cache / "sounds" / dataset.digest / SOUNDS
    if not checksums.intact(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        placed = [{"path": dataset.file(name)} for name in dataset.as_read["file"]]
        try:
            again = ragged_array.write(partial, (_heard_again(outcome) for _, outcome in listen(placed, report)))
            if not np.array_equal(again.lengths, kept.lengths):
                raise gone()
            checksums.settle(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    return RaggedArray(path, kept.lengths)


def _heard_again(outcome: np.ndarray | str) -> np.ndarray:
    if isinstance(outcome, str):
        raise gone()
    return outcome


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


def as_heard(folder: Path, row: int, wave: np.ndarray) -> Path:
    """A file in the folder of a run that holds exactly this sound (samples,) at 16 kHz."""
    file = folder / proof.FOLDER / f"{row}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, wave, RATE, subtype="FLOAT")
    return file


def given(dataset: Dataset, folder: Path, waves: RaggedArray, rows: np.ndarray, *, cut: bool = False) -> list[str]:
    """Files of these recordings as they were brought; where a header lies, one below the `folder` of a run that holds
    what was heard, and with `cut` also where that is only the beginning."""
    samples = dataset.samples
    other = samples["lies"].to_numpy(bool) | (cut & (waves.lengths >= LONGEST))
    files = [
        as_heard(folder, row, waves[row]) if other[row] else dataset.file(samples["file"].iloc[row]) for row in rows
    ]
    return [str(file.resolve()) for file in files]


def picture(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """What is kept of a sample as its waveform and its spectrogram; see `playable`."""
    if row not in dataset.as_read.index:
        return None
    return spectrogram_image.draw(sounds(dataset)[row]), "image/webp"


def pictured(file: Path) -> bytes | None:
    """See `Case.pictured`: of a long recording its beginning."""
    wave = heard(file)[1]
    return None if isinstance(wave, str) else spectrogram_image.draw(wave)


def _task_type(samples: pd.DataFrame) -> TaskType:
    """Texts where a table tells what is said, or tells more kinds of labels apart than there can be classes."""
    told = bool((samples["transcript"] != "").any())
    return TRANSCRIPTION if told or samples["label"].nunique() > MOST_CLASSES else CLASSIFICATION


def _as_before(samples: pd.DataFrame, before: Dataset) -> TaskType:
    """What the labels are, as in the earlier version.

    Raises:
        InputError: transcripts are brought to classes.
    """
    if before.task_type.has_classes and (samples["transcript"] != "").any():
        raise InputError(
            found=N_("The added recordings have transcripts, but the data set has classes."),
            expected=N_("All recordings of a data set must have the same kind of label."),
            remedy=N_("Create a new data set from these files."),
        )
    return before.task_type


def _require_some(samples: pd.DataFrame, name: str, set_aside: int) -> None:
    if samples.empty:
        raise InputError(
            found=N_("“{name}” holds no usable recordings; skipped files: {set_aside}."),
            expected=N_("Needed: readable recordings, each with a class from its folder, a table or your input."),
            remedy=N_("Check that the files are recordings, and put those of each class into a folder of its own."),
            name=name,
            set_aside=set_aside,
        )


def _require_classes(samples: pd.DataFrame, task_type: TaskType, name: str) -> None:
    classes = sorted(samples["label"].unique())
    if len(classes) == 1 and task_type.has_classes:
        raise InputError(
            found=N_("“{name}” holds one class only, “{label}”."),
            expected=N_(
                "Classification needs at least two classes; transcription needs a transcript for each recording."
            ),
            remedy=N_("Add recordings of a second class, or a table of files and transcripts."),
            name=name,
            label=classes[0],
        )
