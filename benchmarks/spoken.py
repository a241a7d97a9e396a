"""English sentences read by a machine voice, with a table of what is said: made by a rule, and no speech of people."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from itertools import product
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from cases.base import UploadedFile

WHO = ("The captain", "My neighbour", "A small child", "Every student", "The old gardener", "Nobody")
DOES = ("reads", "repairs", "forgets", "draws", "carries")
WHAT = ("the letter", "a broken clock", "two heavy stones", "the map of the harbour")
VOICES = (("en-us", 150), ("en-gb", 170), ("en-gb-scotland", 140))


def spoken(folder: Path, count: int = 120) -> list[UploadedFile]:
    """A zip of WAV files and the table `transcripts.csv`.

    Raises:
        FileNotFoundError: the program espeak-ng is not installed.
    """
    if shutil.which("espeak-ng") is None:
        raise FileNotFoundError("espeak-ng is not installed.")
    path, table = folder / "sentences.zip", io.StringIO()
    lines = csv.writer(table)
    lines.writerow(["file", "transcript"])
    with ZipFile(path, "w") as archive:
        for number, words in enumerate(list(product(WHO, DOES, WHAT))[:count]):
            text, (voice, speed) = " ".join(words) + ".", VOICES[number % len(VOICES)]
            made = subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text], capture_output=True,
                                  check=True)  # fmt: skip
            archive.writestr(ZipInfo(f"{number:03}.wav"), made.stdout)
            lines.writerow([f"{number:03}.wav", text])
        archive.writestr(ZipInfo("transcripts.csv"), table.getvalue())
    return [UploadedFile(path, path.name)]
