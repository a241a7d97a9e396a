"""Files as large as a reader allows, of the kinds that take most memory."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
from PIL import Image

from benchmarks.growing_files import text_of
from cases.ingest.archives import Limits
from cases.speech.audio.features import LONGEST

MOST_BYTES, MOST_RECORDS = 200 * 10**6, 1_000_000  # of a table, before it could be larger


@dataclass(frozen=True)
class Vast:
    """`allowed`: the bytes that what is in the file may have, as the reader limits them."""

    reader: str
    name: str
    allowed: int
    write: Callable[[Path], None]


def _lines(
    line: Callable[[int], str], heading: str = "text,label\n", most: int = MOST_RECORDS - 1, end: str = ""
) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        size, number = len(heading), 0
        with path.open("w", encoding="utf-8") as file:
            file.write(heading)
            while number < most:
                text = line(number)
                size += len(text.encode())
                if size > MOST_BYTES:
                    break
                file.write(text)
                number += 1
            file.write(end)

    return write


def _cells(number: int) -> str:
    return ",".join(f"{(number * 31 + place) % 1296:02x}"[:2] for place in range(49)) + "\n"


def _russian(path: Path) -> None:
    line = "Очень хорошее место, всем советую. " * 5
    with path.open("w", encoding="cp1251") as file:
        file.writelines(f"{line}{number},{number % 2}\n" for number in range(MOST_RECORDS))


def _numbers(path: Path) -> None:
    chance = np.random.default_rng(0)
    columns = {str(number): chance.integers(0, 10**9, MOST_RECORDS - 1) for number in range(24)}
    pq.write_table(pa.table(columns), path, use_dictionary=False)


def _dictionary(path: Path) -> None:
    values = pa.array([text_of(number, 30) for number in range(1000)])
    indices = pa.array(np.random.default_rng(0).integers(0, 1000, MOST_RECORDS).astype(np.int32))
    pq.write_table(pa.table({"text": pa.DictionaryArray.from_arrays(indices, values)}), path)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{'long name ' * 12}/{number}.exe", b"")


def _noise(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.txt", random.Random(0).randbytes(Limits().file_bytes))


def _picture(path: Path) -> None:
    Image.new("RGB", (15_800, 15_800), (9, 99, 199)).save(path, compress_level=1)


def _sound(path: Path) -> None:
    with soundfile.SoundFile(path, "w", 48_000, 8, subtype="PCM_16") as file:
        for _ in range(600):
            file.write(np.zeros((48_000, 8), np.float32))


FILES: Mapping[str, Vast] = {
    "lines of CSV": Vast("table", "t.csv", MOST_BYTES, _lines(lambda k: f"{text_of(k, 35)},{k % 2}\n")),
    "short cells of CSV": Vast("table", "t.csv", MOST_BYTES, _lines(_cells)),
    "one cell of CSV": Vast("table", "t.csv", MOST_BYTES, _lines(lambda k: "good " * 39_999_990, most=1)),
    "an emoji in each line of CSV": Vast("table", "t.csv", MOST_BYTES,
                                         _lines(lambda k: f"{text_of(k, 33)}😀,{k % 2}\n")),
    "cells of an emoji": Vast("table", "t.csv", MOST_BYTES, _lines(lambda _: ",".join("😀" * 40) + "\n")),
    "one cell with emoji": Vast("table", "t.csv", MOST_BYTES, _lines(lambda _: "good😀 " * 22_000_000, most=1)),
    "a mark that is never closed": Vast("table", "t.csv", MOST_BYTES,
                                        _lines(lambda k: f"{'' if k else chr(34)}{text_of(k, 35)},{k % 2}\n")),
    "Russian lines of Windows": Vast("table", "t.csv", MOST_BYTES, _russian),
    "Chinese lines of CSV": Vast("table", "t.csv", MOST_BYTES, _lines(lambda k: "这家店的菜很好吃" * 8 + f"{k},1\n")),
    "lines of JSON": Vast("table", "t.jsonl", MOST_BYTES,
                          _lines(lambda k: f'{{"text": "{text_of(k, 35)}", "k": 1}}\n', "")),
    "an emoji in each line of JSON": Vast("table", "t.jsonl", MOST_BYTES,
                                          _lines(lambda k: f'{{"text": "{text_of(k, 34)}😀", "k": 1}}\n', "")),
    "a list in JSON": Vast("table", "t.json", MOST_BYTES,
                           _lines(lambda k: f'{"," if k else "["}{{"text": "{text_of(k, 34)}"}}\n', "", end="]")),
    "numbers in Parquet": Vast("table", "t.parquet", MOST_BYTES, _numbers),
    "lines of text": Vast("text", "t.txt", MOST_BYTES, _lines(lambda k: f"{text_of(k, 34)}😀\n", "")),
    "one value often in Parquet": Vast("table", "t.parquet", MOST_BYTES, _dictionary),
    "names in a zip": Vast("archive", "a.zip", Limits().file_bytes, _zip),
    "one file in a zip": Vast("archive", "a.zip", Limits().file_bytes, _noise),
    "pixels": Vast("picture", "p.png", 3 * 250_000_000, _picture),
    "ten minutes of eight channels": Vast("sound", "s.flac", 4 * LONGEST + 8 * 4 * 48_000 * 30, _sound),
}  # fmt: skip
