"""Words of a text and their neighbours, counted, and what a linear model makes of their TF-IDF.

A bundle whose network answers together with it has this file beside its predict.py; its vocabulary is words.json, its
weights are words.safetensors. It needs numpy, and nothing of Casebook.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILE, WEIGHTS = "words.json", "words.safetensors"
LONGEST = 5_000  # characters of a text that are read
LEAST = 1e-4  # probability of this model, which must not outvote the network alone
_CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
PIECES = re.compile(rf"[{_CHINESE}]|[^\W{_CHINESE}]+|[^\w\s]")  # a Chinese character, a word, or a sign
_CHARACTER = re.compile(f"[{_CHINESE}]")


def _written(word: str) -> str:
    """As a person writes it: Chinese has no space between characters."""
    return re.sub(f"(?<=[{_CHINESE}]) (?=[{_CHINESE}])", "", word)


def _spans(text: str) -> dict[str, list[tuple[int, int]]]:
    """Each of the n-grams of a text → where its pieces stand in it, in large or small letters."""
    cut = text[:LONGEST]
    places = [place for place, character in enumerate(cut) for _ in character.lower()]
    pieces = [
        (piece[0], (places[piece.start()], places[piece.end() - 1] + 1)) for piece in PIECES.finditer(cut.lower())
    ]
    found = defaultdict[str, list[tuple[int, int]]](list)
    for run in _runs([piece for piece, _ in pieces]):
        found[" ".join(piece for piece, _ in pieces[run])] += [where for _, where in pieces[run]]
    return found


def _runs(pieces: Sequence[str]) -> Iterator[slice]:
    """Where what is counted stands: each piece, each with the one before it, three Chinese characters in a row."""
    chinese = 0  # characters in a row, up to this piece
    for end, piece in enumerate(pieces, 1):
        chinese = chinese + 1 if _CHARACTER.match(piece) else 0
        yield slice(end - 1, end)
        if end > 1:
            yield slice(end - 2, end)
        if chinese > 2:
            yield slice(end - 3, end)


def ngrams(text: str) -> Iterator[str]:
    """The pieces of a text in small letters, each also with the one before it; of Chinese, three in a row too."""
    pieces = PIECES.findall(text[:LONGEST].lower())
    return (" ".join(pieces[run]) for run in _runs(pieces))


@dataclass(frozen=True, eq=False)
class WordModel:
    """`vocabulary`: what is counted → its number; `idf` (words,), `weight` (words, classes), `bias` (classes,) float32.

    `factor` makes the mean of log-probabilities with a network as sure as it is right.
    """

    vocabulary: Mapping[str, int]
    idf: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    factor: float

    def joined(self, logits: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """(texts, classes) scores of both together, from those of the network."""
        both = log_softmax(logits) + np.maximum(self.log_probabilities(texts), np.log(LEAST))
        return self.factor / 2 * both

    def log_probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, classes) of this model alone."""
        found = np.empty((len(texts), len(self.bias)))
        for place, text in enumerate(texts):
            ids, values = self.values(counted(self.vocabulary, text))
            found[place] = values @ self.weight[ids] + self.bias
        return log_softmax(found)

    def votes(self, text: str, target: int) -> list[Vote]:
        """What each word that is counted in the text adds to the score of the class `target`."""
        ids, values = self.values(counted(self.vocabulary, text))
        weights = self.weight[ids, target] - self.weight[ids].mean(1)
        spans = _spans(text)
        words = [*self.vocabulary]
        found = zip(ids.tolist(), (values * weights).tolist(), strict=True)
        return [Vote(_written(words[number]), spans[words[number]], weight) for number, weight in found]

    def values(self, counts: Mapping[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of what was counted, and its TF-IDF: logarithms of the counts, together of length 1."""
        ids, times = np.array([*counts], np.int64), np.array([*counts.values()], np.float32)
        values = (1 + np.log(times)) * self.idf[ids]
        return ids, values / max(float(np.sqrt((values**2).sum())), 1e-12)


@dataclass(frozen=True)
class Vote:
    """What a word, a pair of words or three Chinese characters, `told`, add to the score of a class, over those of all;
    `spans`: where each of their pieces stands in the text."""

    told: str
    spans: Sequence[tuple[int, int]]
    weight: float


def by_character(votes: Sequence[Vote], length: int) -> np.ndarray:
    """(length,) what each character of a text adds: a vote is spread over all those of its pieces."""
    found = np.zeros(length)
    for vote in votes:
        size = sum(stop - start for start, stop in vote.spans)
        for start, stop in vote.spans:
            found[start:stop] += vote.weight / size
    return found


def counted(vocabulary: Mapping[str, int], text: str) -> dict[int, int]:
    """Number of what is in the vocabulary → how many times the text has it."""
    return Counter(vocabulary[one] for one in ngrams(text) if one in vocabulary)


def inputs(vocabulary: Mapping[str, int], texts: Sequence[str]) -> dict[str, np.ndarray]:
    """What an ONNX file takes: word_ids int64 and word_counts float32, both (texts, words), filled with zeros."""
    found = [counted(vocabulary, text) for text in texts]
    shape = len(texts), max([1, *map(len, found)])
    ids, counts = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for row, one in enumerate(found):
        ids[row, : len(one)], counts[row, : len(one)] = [*one], [*one.values()]
    return {"word_ids": ids, "word_counts": counts}


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """(…, classes)"""
    return scores - np.logaddexp.reduce(scores, -1, keepdims=True)


def vocabulary(folder: str | Path) -> dict[str, int] | None:
    """That of the bundle in this folder; None where its network answers alone."""
    file = Path(folder) / FILE
    if not file.exists():
        return None
    return {word: number for number, word in enumerate(json.loads(file.read_text("utf-8"))["words"])}


def load(folder: str | Path) -> WordModel | None:
    """The model of the bundle in this folder; None where its network answers alone."""
    from safetensors.numpy import load_file

    known = vocabulary(folder)
    if known is None:
        return None
    weights = load_file(Path(folder) / WEIGHTS)
    return WordModel(known, weights["idf"], weights["weight"], weights["bias"], float(weights["factor"][0]))


def save(model: WordModel, folder: Path) -> None:
    """Write both files."""
    from safetensors.numpy import save_file

    told = {"words": [*model.vocabulary], "longest": LONGEST}  # in the order of their numbers
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")), "utf-8")
    arrays = {"idf": model.idf, "weight": model.weight, "bias": model.bias, "factor": np.array([model.factor])}
    save_file({name: np.ascontiguousarray(one, np.float32) for name, one in arrays.items()}, folder / WEIGHTS)
