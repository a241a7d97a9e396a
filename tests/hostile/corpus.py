"""Hostile files of every kind that is read, made by code: true ones, shaken, cut, repeated and stretched."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterator

import made_items
import made_sounds
import made_speech
import made_texts
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
from PIL import Image

import cases
from hostile.changes import CHANGES
from hostile.readers import READERS

EACH, OF_A_CASE = 42, 14  # shaken files of each true one
TEXTS = ["good, very", "bad “word”", "这家店的菜很好吃", "a\nline", 'say ""so""', "=1+1"] * 5
LABELS = ["pos", "neg", "NaN", "0", "é", ""] * 5


def inputs() -> dict[str, list[tuple[str, bytes]]]:
    """Reader → the names and the contents that it is given."""
    each = {reader: OF_A_CASE if reader in cases.NAMES else EACH for reader in READERS}
    made = {reader: [*shaken(made, each[reader]), *odd(reader)] for reader, made in true().items()}
    made["picture"].append(("p.tif", pages(90_000)))
    return made


def true() -> dict[str, dict[str, bytes]]:
    """Reader → small files that it reads, by their names."""
    texts = {name: content for name, content in tables().items() if name in ("t.csv", "u.csv", "g.csv", "t.json")}
    return {"table": tables(), "text": texts, "archive": archives(), "picture": pictures(), "sound": sounds(),
            "record": {"run.json": record()}, **brought()}  # fmt: skip


def tables() -> dict[str, bytes]:
    rows = [["text", "label"], *map(list, zip(TEXTS, LABELS, strict=True))]
    lines = "".join(f'"{text.replace(chr(34), chr(34) * 2)}",{label}\n' for text, label in rows)
    objects = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    parquet, book, sheet = io.BytesIO(), io.BytesIO(), openpyxl.Workbook()
    nested = {"text": TEXTS, "label": LABELS, "list": [["a"], None] * 15, "day": pa.array([1, None] * 15, pa.date32())}
    pq.write_table(pa.table(nested), parquet)
    for row in rows:
        sheet.active.append(row)
    sheet.save(book)
    return {
        "t.csv": lines.encode(), "u.csv": lines.encode("utf-16"), "g.csv": lines.encode("gb18030", "replace"),
        "t.tsv": lines.replace(",", "\t").encode(), "t.jsonl": "\n".join(map(json.dumps, objects)).encode(),
        "t.json": json.dumps(objects, ensure_ascii=False).encode(), "t.xlsx": book.getvalue(),
        "t.parquet": parquet.getvalue(),
    }  # fmt: skip


def archives() -> dict[str, bytes]:
    packed, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"class {number % 2}/{number}.txt", "good " * 99)
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        for number in range(4):
            entry = tarfile.TarInfo(f"class/{'long' * 40 * (number == 2)}{number}.txt")
            entry.size = 400
            archive.addfile(entry, io.BytesIO(b"good" * 100))
    plain = tarred.getvalue()
    return {
        "a.zip": packed.getvalue(), "a.tar": plain, "a.tgz": gzip.compress(plain, mtime=0),
        "a.tar.bz2": bz2.compress(plain), "a.tar.xz": lzma.compress(plain),
    }  # fmt: skip


def pictures() -> dict[str, bytes]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))
    made = {}
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"):
        buffer = io.BytesIO()
        noise.save(buffer, form)
        made[f"p.{form.lower()}"] = buffer.getvalue()
    return made


def sounds() -> dict[str, bytes]:
    tone = np.sin(np.arange(4000) / 9).astype(np.float32)
    made = {}
    for name, form, coding in (("s.wav", "WAV", "PCM_16"), ("f.wav", "WAV", "FLOAT"), ("s.flac", "FLAC", "PCM_16"),
                               ("s.ogg", "OGG", "VORBIS"), ("s.aiff", "AIFF", "PCM_16"), ("u.wav", "WAV", "ULAW"),
                               ("s.mp3", "MP3", "MPEG_LAYER_III"), ("s.opus", "OGG", "OPUS")):  # fmt: skip
        buffer = io.BytesIO()
        soundfile.write(buffer, tone, 8000, format=form, subtype=coding)
        made[name] = buffer.getvalue()
    return made


def record() -> bytes:
    """As in a bundle of texts."""
    settings = {"model": "multilingual-e5-small", "epochs": 3, "learning_rate": 0.001, "seed": 0, "probes": [1, 2]}
    told = {"case": "text_analysis", "settings": settings, "edits": {"3": "pos", "7": None}, "later_columns": [],
            "columns": {"text": "review", "label": "stars"}, "data": [], "test": {"accuracy": 0.5}}  # fmt: skip
    return json.dumps(told).encode()


def brought() -> dict[str, dict[str, bytes]]:
    """Case → what people bring to it."""
    ratings, books = made_items.tables()
    some = "\n".join(ratings.splitlines()[:85])
    lines = [line.split(",") for line in some.splitlines()]
    objects = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    noise, tones, said = made_pictures(), made_sounds.recordings(6), made_texts.table(24)
    labels = "file,label\n" + "".join(f"{name.rpartition('/')[2]},{name[0]}\n" for name in noise)
    flat = {name.rpartition("/")[2]: content for name, content in noise.items()}
    return {
        "image_recognition": {"p.zip": zipped(noise), "l.zip": zipped({**flat, "labels.csv": labels.encode()})},
        "text_analysis": {
            "t.csv": said.encode(), "t.tsv": said.replace(",", "\t").encode("utf-16"), 
            **few(tables(), ".xlsx", ".parquet"),
            "t.zip": zipped({f"{line.rpartition(',')[2]}/{number}.txt": line.encode()
                             for number, line in enumerate(said.splitlines()[1:])}),
        },
        "speech": {"s.zip": zipped(tones), "w.zip": made_speech.archive(6)},
        "recommendation": {
            "r.csv": some.encode(), "r.jsonl": "\n".join(map(json.dumps, objects)).encode(),
            "r.zip": zipped({"ratings.csv": some.encode(), "books.csv": books.encode()}),
        },
    }  # fmt: skip


def few(made: dict[str, bytes], *suffixes: str) -> dict[str, bytes]:
    return {name: content for name, content in made.items() if name.endswith(suffixes)}


def made_pictures() -> dict[str, bytes]:
    return {f"{'ab'[number % 2]}/{number}{name}": content
            for number, (name, content) in enumerate([*pictures().items()][:3] * 2)}  # fmt: skip


def zipped(made: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pages(n: int) -> bytes:
    """A TIFF of one pixel, which stands on n pages."""
    tags = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8), (279, 4, 1, 1)]
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    places = [12 + (len(page) + 4) * number for number in range(1, n)] + [0]
    return b"II*\0\x0c\0\0\0\x80\0\0\0" + b"".join(page + struct.pack("<I", place) for place in places)


def shaken(made: dict[str, bytes], each: int) -> Iterator[tuple[str, bytes]]:
    for name, whole in made.items():
        chance = np.random.default_rng(len(whole))
        for number in range(each):
            yield name, CHANGES[number % len(CHANGES)](whole, chance)


def odd(reader: str) -> list[tuple[str, bytes]]:
    """What none of the true files comes to by chance."""
    names = {"table": ["o.csv", "o.jsonl", "o.xlsx", "o.parquet"], "archive": ["o.zip"], "picture": ["o.png", "o.jpg"],
             "sound": ["o.wav", "o.flac"], "text": ["o.txt"], "record": ["run.json"],
             **{case: ["o.csv"] for case in cases.NAMES}}[reader]  # fmt: skip
    chance = np.random.default_rng(0)
    contents = [b"", b"\0" * 999, b"\xff" * 999, b"PK", b"PK\5\6" + bytes(18), b"PAR1", b"\x1f\x8b\x08" + bytes(20),
                b'a",",\n' * 5000, b'{"a":' * 5000, b"[" * 5000, b'{"\\ud800": "\\udfff"}\n', b"\xff\xfe" * 500,
                b"RIFF\xff\xff\xff\xffWAVEfmt ", b"\x89PNG\r\n\x1a\n" + bytes(99), b"," * 99_999, b"\n" * 99_999,
                b"\x1b$B" + bytes(range(33, 99)),
                b"a,\xe9\n" + b"good " * 40_000, b"\xe9" * 65_000 + b" " * 700,
                b"user,item," + b"(" * 100_000 + b"\na,b,c\n", chance.bytes(2000), chance.bytes(9)]  # fmt: skip
    return [(name, content) for name in names for content in contents]
