"""A saved model's answers about texts, from its ONNX file: quick, and without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from pyarrow import parquet

from cases.base import Prediction
from cases.classification import predictor
from cases.text_analysis import ngrams
from models.errors import N_, InputError
from models.text import languages, tokenizer
from models.text.tokenizer import Tokeniser
from models.training import length_bucketing

AT_ONCE = 2048  # tokens of a batch, with those that fill it
MOST_BYTES = 2**20

_tokenisers: WeakValueDictionary[tuple[int, ...], Tokeniser] = WeakValueDictionary()  # those in use


class TextPredictor:
    """See `cases.base.Predictor`."""

    def __init__(self, bundle: Path) -> None:
        self.model, self.labels = predictor.load(bundle)
        self.tokeniser, self.vocabulary = _tokeniser(bundle / "body"), ngrams.vocabulary(bundle)
        told = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
        self.windows = told.get("windows", {}).get("count", 1)
        self.languages: Mapping[str, str] | None = told.get("languages")  # None of bundles that are older than these

    def __call__(self, given: Sequence[Path | bytes], *, show: bool = False) -> list[Prediction | InputError]:
        texts = [_text(one) for one in given]
        shares = iter(self._shares([text for text in texts if isinstance(text, str)]))
        return [self._answer(one, next(shares)) if isinstance(one, str) else one for one in texts]

    def _answer(self, text: str, shares: np.ndarray) -> Prediction:
        return replace(predictor.answer(self.labels, shares), notes=_unlike(text, self.languages or {}))

    def _shares(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, classes)"""
        ids, pooled = self.tokeniser.windows(texts, self.windows), self.windows > 1

        def compute(rows: np.ndarray) -> np.ndarray:
            known, some = self.vocabulary, [texts[row] for row in rows]
            counted = {} if known is None else ngrams.inputs(known, some)
            return self.model({**self.tokeniser.batch([ids[row] for row in rows], pooled=pooled), **counted})

        return length_bucketing.computed([len(one) * len(one[0]) for one in ids], AT_ONCE, len(self.labels), compute)


def _tokeniser(body: Path) -> Tokeniser:
    """The same for all whose files are the same: one of a quarter of a million pieces takes 280 MB."""
    file = (body / "tokenizer.json").stat()
    key = (file.st_dev, file.st_ino, file.st_mtime_ns)
    found = _tokenisers.get(key)
    if found is None:
        found = _tokenisers[key] = tokenizer.load(body)
    return found


load = TextPredictor  # see `cases.base.Task.predictor`, as the next


def complete(opened: TextPredictor, data: Path) -> TextPredictor:
    """With the languages of its data where the bundle does not tell them; without where the data cannot be read."""
    if opened.languages is None:
        with suppress(OSError, ValueError, KeyError):
            texts = parquet.read_table(data / "samples.parquet", columns=["text"])["text"]
            some = range(0, len(texts), -(-len(texts) // languages.LOOKED_AT) or 1)
            opened.languages = languages.usual(texts.take(list(some)).to_pylist())
    return opened


def by_script(bundle: Path, files: Sequence[Path]) -> list[str]:
    """See `cases.base.Task.predict`."""
    from cases.text_analysis import predict

    model = predict.load(bundle)
    texts = [predict.read(file) for file in files]
    return [model["labels"][row.argmax()] for row in predict.predict(model, texts)]


def _unlike(text: str, learnt: Mapping[str, str]) -> tuple[Mapping[str, Any], ...]:
    """What to know where a text is in another language than those learnt from; see `Prediction.notes`."""
    if (one := languages.foreign(text, learnt)) is None:
        return ()
    args = {"_language": languages.named(one.script, one.language)}
    message = N_("The model learnt from no text in {_language}. It was not tested on such texts, so the probability "
                 "means little.")  # fmt: skip
    if len(learnt) == 1:
        [known] = learnt.items()
        args["_learnt"] = languages.named(*known)
        message = N_("The model learnt from texts in {_learnt}; this one is in {_language}. It was not tested on such "
                     "texts, so the probability means little.")  # fmt: skip
    counted = N_("Texts in a language the model did not learn from: {n:,}. Their probabilities mean little.")
    return ({"message": message, "args": args, "counted": counted},)


def _text(given: Path | bytes) -> str | InputError:
    try:
        return read(given)
    except InputError as error:
        return error


def read(given: Path | bytes) -> str:
    """The text in a file or a content, without what surrounds it.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    content = given if isinstance(given, bytes) else _beginning(given)
    if len(content) > MOST_BYTES:
        raise unread(N_("It is larger than 1 MB."))
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise unread(N_("It is not written in UTF-8.")) from error
    if "\0" in text:
        raise unread(N_("It contains invalid characters."))
    if not text:
        raise unread(N_("It holds no text."))
    return text


def _beginning(file: Path) -> bytes:
    """Enough of it to tell whether it is too long."""
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def unread(reason: str) -> InputError:
    return InputError(
        found=reason,
        expected=N_("A text in Chinese, English or another language is needed, as UTF-8."),
        remedy=N_("Write or paste one, and try again."),
    )
