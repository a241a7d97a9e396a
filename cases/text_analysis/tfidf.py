"""What counting words tells without any network: TF-IDF and logistic regression (Salton and Buckley 1988)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cases.text_analysis import ngrams
from cases.text_analysis.ngrams import WordModel

MOST_TEXTS, MOST_WORDS = 20_000, 50_000  # that it learns from, and that it counts
NEVER = -1e3  # the score of a class that no text was labelled with


class WordCounts:
    """Fitted to labelled texts; of very many it learns from a part drawn by chance."""

    def __init__(self, texts: Sequence[str], labels: np.ndarray) -> None:
        """`labels` (texts,) are numbers of classes; where they are all the same, that is the answer to everything."""
        rows = np.sort(np.random.default_rng(0).permutation(len(texts))[:MOST_TEXTS])
        self.counts = TfidfVectorizer(
            analyzer=ngrams.ngrams, max_features=MOST_WORDS, sublinear_tf=True, dtype=np.float32
        )
        seen = self.counts.fit_transform([texts[row] for row in rows])
        alike = len(np.unique(labels[rows])) == 1
        chosen = DummyClassifier() if alike else LogisticRegression(C=10.0, max_iter=200)
        self.model = chosen.fit(seen, labels[rows])

    def guesses(self, texts: Sequence[str]) -> np.ndarray:
        """(texts,) the number of the class that it names for each."""
        return self.model.predict(self.counts.transform(texts)) if len(texts) else np.empty(0, np.int64)

    def probabilities(self, texts: Sequence[str], classes: int) -> np.ndarray:
        """(texts, classes); 0 for those that it was not fitted to."""
        told = np.zeros((len(texts), classes))
        if len(texts):  # scikit-learn takes no table without lines
            told[:, self.model.classes_] = self.model.predict_proba(self.counts.transform(texts))
        return told

    def exported(self, classes: int, factor: float) -> WordModel:
        """The same without scikit-learn; `factor`: see `WordModel`."""
        vocabulary = self.counts.vocabulary_
        weight = np.zeros((len(vocabulary), classes), np.float32)
        bias = np.full(classes, NEVER, np.float32)
        bias[self.model.classes_] = 0.0
        if isinstance(self.model, LogisticRegression):
            weights, biases = self.model.coef_, self.model.intercept_
            if len(weights) == 1:  # of two classes only the second has a score
                weights, biases = np.concatenate([-weights, weights]) / 2, np.array([-biases[0], biases[0]]) / 2
            weight[:, self.model.classes_], bias[self.model.classes_] = weights.T, biases
        order = sorted(vocabulary, key=vocabulary.__getitem__)
        numbered = {word: number for number, word in enumerate(order)}
        return WordModel(numbered, self.counts.idf_.astype(np.float32), weight, bias, factor)
