"""Files of any size by a rule: plain ones, and those that make a reader do its work again and again."""

from __future__ import annotations

import gzip
import io
import json
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
from PIL import Image

from benchmarks import table

sys.path.append(str(table.ROOT / "tests"))

from hostile.corpus import pages, record, zipped

WORDS = ["good", "bad", "food", "place", "very", "so", "the", "was", "today", "late", "cold", "warm", "lovely", "rude"]


@dataclass(frozen=True)
class Rule:
    """`make(n)` is twice as much of the same for twice the `n`; `first` is the smallest that is worth a try, and more
    than `most` cannot be made."""

    reader: str
    name: str
    make: Callable[[int], bytes]
    first: int = 500
    most: int = 2_000_000


def text_of(number: int, words: int = 12) -> str:
    return " ".join(WORDS[(number * (place + 3) + place * place) % len(WORDS)] for place in range(words))


def _lines(n: int, form: Callable[[int], str], heading: str = "text,label\n") -> bytes:
    return (heading + "".join(map(form, range(n)))).encode()


def _workbook(n: int, row: Callable[[int], list[object]]) -> bytes:
    book, buffer = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for number in range(n):
        sheet.append(row(number))
    book.save(buffer)
    return buffer.getvalue()


def _parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _tar(n: int, name: Callable[[int], str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number in range(n):
            entry = tarfile.TarInfo(name(number))
            entry.size = 9
            archive.addfile(entry, io.BytesIO(b"good good"))
    return buffer.getvalue()


def _noise(n: int) -> Image.Image:
    """n lines of 1,000 pixels."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (n, 1000, 3), np.uint8))


def _saved(picture: Image.Image, form: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **how)
    return buffer.getvalue()


def _frames(n: int, form: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), (number % 251, number % 13, 5)) for number in range(n)]
    return _saved(frames[0], form, save_all=True, append_images=frames[1:])


def _chunks(n: int) -> bytes:
    """A PNG with n short texts."""
    whole, text = _saved(_noise(20), "PNG"), b"tEXta\0" + b"b" * 9
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return whole[:33] + chunk * n + whole[33:]


def _sound(n: int, form: str, coding: str, channels: int = 1) -> bytes:
    """n seconds at 16 kHz."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 16_000, channels, format=form, subtype=coding) as file:
        for second in range(n):  # libsndfile breaks down where it is to write an hour of Vorbis at once
            tone = np.sin(np.arange(16_000 * second, 16_000 * (second + 1)) / 9).astype(np.float32)
            file.write(np.repeat(tone[:, None], channels, 1))
    return buffer.getvalue()


def _wav_chunks(n: int) -> bytes:
    whole = _sound(1, "WAV", "PCM_16")
    return whole[:12] + b"junk\2\0\0\0ab" * n + whole[12:]


def _record(**told: object) -> bytes:
    return json.dumps({**json.loads(record()), **told}).encode()


def _ratings(n: int, people: int = 0) -> bytes:
    people = people or n // 20 + 1
    return _lines(n, lambda k: f"u{k % people},i{k * 7919 % 997},{k % 5 + 1},{1_700_000_000 + k}\n",
                  "user,item,rating,timestamp\n")  # fmt: skip


def _pictures(n: int, *, alike: bool) -> bytes:
    chance = np.random.default_rng(0)
    some = [_saved(Image.fromarray(chance.integers(0, 255, (24, 24, 3), np.uint8)), "PNG")
            for _ in range(1 if alike else n)]  # fmt: skip
    return zipped({f"{'ab'[number % 2]}/{number}.png": some[number % len(some)] for number in range(n)})


def _recordings(n: int, *, alike: bool) -> bytes:
    def one(number: int) -> bytes:
        tone = np.sin(np.arange(4000) / (5 + number % 1009)).astype(np.float32)
        return _wav(tone)

    return zipped({f"{'ab'[number % 2]}/{number}.wav": one(0 if alike else number) for number in range(n)})


def _wav(tone: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, tone, 16_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def _beyond(n: int, encoding: str, text: str) -> bytes:
    return _lines(n, lambda k: f"{text} {k % 97},{k % 2}\n").decode().encode(encoding)


RULES: Mapping[str, Rule] = {
    "lines of CSV": Rule("table", "t.csv", lambda n: _lines(n, lambda k: f"{text_of(k)},{k % 2}\n")),
    "quotes after text": Rule("table", "t.csv", lambda n: b'a",",' * n),
    "quotes after text, by line": Rule("table", "t.csv", lambda n: b'a",","\n' * n),
    "a quote that is never closed in each line": Rule("table", "t.csv", lambda n: _lines(n, lambda k: f'"a {k},x\n')),
    "a broken line after every other": Rule("table", "t.csv", lambda n: b'"a"b,x\nc,d\n' * n),
    "empty lines": Rule("table", "t.csv", lambda n: b"text,label\na,b\n" + b"\n" * n),
    "one line of many cells": Rule("table", "t.csv", lambda n: b"a,b\n" + b"c," * n),
    "one long cell": Rule("table", "t.csv", lambda n: b"text,label\n" + b"good " * n + b",a\n"),
    "quotes in one cell": Rule("table", "t.csv", lambda n: b'text,label\n"' + b'""' * n + b'",a\n'),
    "lines of JSON": Rule("table", "t.jsonl",
                          lambda n: _lines(n, lambda k: json.dumps({"text": text_of(k)}) + "\n", "")),
    "a list of objects": Rule("table", "t.json",
                              lambda n: json.dumps([{"text": text_of(k)} for k in range(n)]).encode()),
    "a new key in each line": Rule("table", "t.jsonl", lambda n: _lines(n, lambda k: f'{{"k{k}": 1}}\n', "")),
    "many keys in one object": Rule("table", "t.jsonl", lambda n: json.dumps({f"k{k}": k for k in range(n)}).encode()),
    "brackets": Rule("table", "t.json", lambda n: b"[" * n),
    "objects in objects": Rule("table", "t.jsonl", lambda n: (b'{"a":' * 90 + b"1" + b"}" * 90 + b"\n") * n, 20),
    "rows of a workbook": Rule("table", "t.xlsx", lambda n: _workbook(n, lambda k: [text_of(k), k % 2, 1.5])),
    "rows of Parquet": Rule("table", "t.parquet", lambda n: _parquet(text=list(map(text_of, range(n))), k=range(n))),
    "lists in Parquet": Rule("table", "t.parquet", lambda n: _parquet(k=[[1, 2, 3]] * n)),
    "Chinese of Windows": Rule("text", "t.txt", lambda n: _beyond(n, "gb18030", "这家店的菜很好吃，服务也不错")),
    "Russian of Windows": Rule("text", "t.txt", lambda n: _beyond(n, "cp1251", "Очень хорошее место, всем советую")),
    "French of Windows": Rule("text", "t.txt", lambda n: _beyond(n, "cp1252", "très bon, à côté de la forêt")),
    "of no encoding": Rule("text", "t.txt", lambda n: bytes(range(128, 256)) * n, 50),
    "one line without ASCII": Rule("text", "t.txt", lambda n: b"\xe9" * n),
    "files in a zip": Rule("archive", "a.zip", lambda n: zipped({f"a/{k}.txt": b"good" for k in range(n)}), 200),
    "one name in a zip": Rule("archive", "a.zip", lambda n: _often(n), 200),
    "long names in a zip": Rule("archive", "a.zip", 
                                lambda n: zipped({f"{'a/' * 400}{k}.txt": b"" for k in range(n)}), 200),
    "unwanted files in a zip": Rule("archive", "a.zip", lambda n: zipped({f"a/{k}.exe": b"" for k in range(n)}), 200),
    "a large file in a zip": Rule("archive", "a.zip", lambda n: zipped({"a.txt": b"good " * 2000 * n})),
    "files in a tar": Rule("archive", "a.tar", lambda n: _tar(n, lambda k: f"a/{k}.txt"), 200),
    "files in a tgz": Rule("archive", "a.tgz", lambda n: gzip.compress(_tar(n, lambda k: f"a/{k}.txt"), 1), 200),
    "pax names in a tar": Rule("archive", "a.tar", lambda n: _tar(n, lambda k: f"{'é' * 200}/{k}.txt"), 200),
    "lines of a PNG": Rule("picture", "p.png", lambda n: _saved(_noise(n), "PNG")),
    "lines of a JPEG": Rule("picture", "p.jpg", lambda n: _saved(_noise(n), "JPEG"), most=64_000),
    "lines of a progressive JPEG": Rule("picture", "p.jpg",
                                        lambda n: _saved(_noise(n), "JPEG", progressive=True), most=64_000),
    "lines of a WebP": Rule("picture", "p.webp", lambda n: _saved(_noise(n), "WEBP"), 250, 16_000),
    "frames of a GIF": Rule("picture", "p.gif", lambda n: _frames(n, "GIF"), 250, 4000),
    "frames of a PNG": Rule("picture", "p.png", lambda n: _frames(n, "PNG"), 250, 4000),
    "frames of a WebP": Rule("picture", "p.webp", lambda n: _frames(n, "WEBP"), 250, 4000),
    "pages of a TIFF": Rule("picture", "p.tif", lambda n: _frames(n, "TIFF"), 100, 16_000),
    "pages of one pixel": Rule("picture", "p.tif", pages, 100),
    "texts in a PNG": Rule("picture", "p.png", _chunks),
    "seconds of a WAV": Rule("sound", "s.wav", lambda n: _sound(n, "WAV", "PCM_16"), 60),
    "seconds of a FLAC": Rule("sound", "s.flac", lambda n: _sound(n, "FLAC", "PCM_16"), 60),
    "seconds of an Ogg": Rule("sound", "s.ogg", lambda n: _sound(n, "OGG", "VORBIS"), 60),
    "seconds of an MP3": Rule("sound", "s.mp3", lambda n: _sound(n, "MP3", "MPEG_LAYER_III"), 60),
    "parts of a WAV": Rule("sound", "s.wav", _wav_chunks),
    "edits of a record": Rule("record", "run.json", lambda n: _record(edits={str(k): "pos" for k in range(n)})),
    "probes of a record": Rule("record", "run.json", lambda n: _record(settings={"probes": list(range(n))})),
    "pictures": Rule("image_recognition", "p.zip", lambda n: _pictures(n, alike=False), 100),
    "the same picture": Rule("image_recognition", "p.zip", lambda n: _pictures(n, alike=True), 100),
    "texts": Rule("text_analysis", "t.csv", lambda n: _lines(n, lambda k: f"{text_of(k)} {k},{k % 2}\n")),
    "the same text": Rule("text_analysis", "t.csv", lambda n: _lines(n, lambda k: f"{text_of(1)},{k % 2}\n")),
    "nearly the same text": Rule("text_analysis", "t.csv",
                                 lambda n: _lines(n, lambda k: f"{text_of(1, 30)} {k},{k % 2}\n")),
    "a class for each text": Rule("text_analysis", "t.csv",
                                  lambda n: _lines(n, lambda k: f"{text_of(k)},c{k % 900}\n")),
    "one long text": Rule("text_analysis", "t.csv", lambda n: _lines(9, lambda k: f"{'good ' * n},{k % 2}\n")),
    "recordings": Rule("speech", "s.zip", lambda n: _recordings(n, alike=False), 50),
    "the same recording": Rule("speech", "s.zip", lambda n: _recordings(n, alike=True), 50),
    "interactions": Rule("recommendation", "r.csv", _ratings),
    "interactions of one user": Rule("recommendation", "r.csv", lambda n: _ratings(n, 4)),
    "users": Rule("recommendation", "r.csv", lambda n: _ratings(n, n)),
}  # fmt: skip


def _often(n: int) -> bytes:
    """A zip in which every file has the same name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "good")
        whole = archive.filelist[0]
        archive.filelist += [whole] * (n - 1)
    return buffer.getvalue()
