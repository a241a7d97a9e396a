"""A saved model's answers about texts, from its ONNX file: quick, and without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np

from cases import answering
from cases.base import Answer
from models import tokenising
from models.errors import N_, InputError
from models.tokenising import Tokeniser

AT_ONCE = 2048  # tokens of a batch, with those that fill it
MOST_BYTES = 2**20

_tokenisers: WeakValueDictionary[tuple[int, ...], Tokeniser] = WeakValueDictionary()  # those in use


class TextAnswerer:
    """See `cases.base.Answerer`."""

    def __init__(self, bundle: Path) -> None:
        self.model, self.labels = answering.load(bundle)
        self.tokeniser = _tokeniser(bundle / "body")

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Answer | InputError]:
        given = [_given(file) for file in files]
        shares = iter(self._shares([text for text in given if isinstance(text, str)]))
        return [answering.answer(self.labels, next(shares)) if isinstance(one, str) else one for one in given]

    def _shares(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, classes)"""
        ids = self.tokeniser.ids(texts)
        shares = np.empty((len(texts), len(self.labels)), np.float32)
        for rows in tokenising.alike([len(one) for one in ids], AT_ONCE):
            shares[rows] = self.model(self.tokeniser.padded([ids[row] for row in rows]))
        return shares


def _tokeniser(body: Path) -> Tokeniser:
    """The same for all whose files are the same: one of a quarter of a million pieces takes 280 MB."""
    file = (body / "tokenizer.json").stat()
    key = (file.st_dev, file.st_ino, file.st_mtime_ns)
    found = _tokenisers.get(key)
    if found is None:
        found = _tokenisers[key] = tokenising.load(body)
    return found


def _given(file: Path) -> str | InputError:
    try:
        return read(file)
    except InputError as error:
        return error


def read(file: Path) -> str:
    """The text in a file, without what surrounds it.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if file.stat().st_size > MOST_BYTES:
        raise unread(N_("It is longer than a million bytes."))
    try:
        text = file.read_bytes().decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise unread(N_("It is not written in UTF-8.")) from error
    if "\0" in text:
        raise unread(N_("It holds bytes that are no characters."))
    if not text:
        raise unread(N_("It holds no text."))
    return text


def unread(reason: str) -> InputError:
    return InputError(
        found=reason,
        expected=N_("A text in Chinese, English or another language is needed, as UTF-8."),
        remedy=N_("Write or paste one, and try again."),
    )
