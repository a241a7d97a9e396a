"""What counting words tells without any network: TF-IDF and logistic regression (Salton and Buckley 1988)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

MOST_TEXTS, MOST_WORDS = 20_000, 50_000  # that it learns from, and that it counts
LONGEST = 5_000  # characters of a text that are read
_WORDS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\w\s]")
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def words(text: str) -> Iterator[str]:
    """Words of scripts that part them, signs, of Chinese every character; and each with the one before it."""
    before = ""
    for run in _WORDS.findall(text[:LONGEST].lower()):
        pieces = run if _CHINESE.match(run) else [run]
        for piece in pieces:
            yield piece
            if before:
                yield f"{before} {piece}"
            before = piece


class WordCounts:
    """Fitted to labelled texts; of very many it learns from a part drawn by chance."""

    def __init__(self, texts: Sequence[str], labels: np.ndarray) -> None:
        """`labels` (texts,) are numbers of classes; where they are all the same, that is the answer to everything."""
        rows = np.sort(np.random.default_rng(0).permutation(len(texts))[:MOST_TEXTS])
        self.counts = TfidfVectorizer(analyzer=words, max_features=MOST_WORDS, sublinear_tf=True, dtype=np.float32)
        seen = self.counts.fit_transform([texts[row] for row in rows])
        alike = len(np.unique(labels[rows])) == 1
        chosen = DummyClassifier() if alike else LogisticRegression(C=10.0, max_iter=200)
        self.model = chosen.fit(seen, labels[rows])

    def guesses(self, texts: Sequence[str]) -> np.ndarray:
        """(texts,) the number of the class that it names for each."""
        return self.model.predict(self.counts.transform(texts))

    def probabilities(self, texts: Sequence[str], classes: int) -> np.ndarray:
        """(texts, classes); 0 for those that it was not fitted to."""
        told = np.zeros((len(texts), classes))
        told[:, self.model.classes_] = self.model.predict_proba(self.counts.transform(texts))
        return told
