"""The words that tell some texts from others, in any language.

Chinese and Japanese are written without spaces: there the pieces of the pretrained model's own tokenizer are the words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from models.text.tokenizer import Tokeniser

MOST = 8  # words of a group
LONGEST = 20_000  # characters of a text that are read
LEAST = 3  # texts that must have a word
UNUSUAL = 1e-3  # share of texts that is added, so that a word of a few texts tells little
_UNSPACED = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"[{_UNSPACED}]{{2,}}|[^\W\d_{_UNSPACED}]{{3,}}")
_NO_SPACES = re.compile(f"[{_UNSPACED}]")
_COMMON = (  # sklearn's list of English ones comes besides
    "did does doing don doesn didn isn wasn aren weren won wouldn couldn shouldn hasn haven "
    "没有 觉得 感觉 怎么 怎样 如何 什么 为什么 是什么 因为 所以 但是 可是 不过 可以 不能 不是 应该 自己 我们 你们 他们 "
    "大家 这个 那个 这样 那样 如此 这种 这些 那些 就是 还是 也是 都是 只是 真是 已经 还有 一个 一些 一样 如果 要是 "
    "或者 以及 而且 然后 虽然 时候 的话 其他 知道 有点 非常 比较 特别 实在 真的 完全 最后 之后 以后 现在"
)


def words(texts: Sequence[str], tokeniser: Tokeniser) -> list[set[str]]:
    """Those of each text, small letters only; single characters and the commonest words are no help."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    runs = [_RUN.findall(text[:LONGEST].lower()) for text in texts]
    unspaced = sorted({run for some in runs for run in some if _NO_SPACES.match(run)})
    pieces = dict(zip(unspaced, tokeniser.pieces(unspaced), strict=True))
    common = ENGLISH_STOP_WORDS.union(_COMMON.split())
    return [
        {word for run in some for word in pieces.get(run, (run,)) if len(word) > 1 and word not in common}
        for some in runs
    ]


class ClusterTerms:
    """Counts the words of all texts once; then any grouping of them can be asked about."""

    def __init__(self, words: Sequence[set[str]]) -> None:
        from scipy.sparse import csr_array

        texts_with = Counter(word for some in words for word in some)
        self.names = sorted(word for word, texts in texts_with.items() if texts >= LEAST)
        number = {word: place for place, word in enumerate(self.names)}
        each = [sorted(number[word] for word in some if word in number) for some in words]
        ends = np.cumsum([0, *map(len, each)])
        columns = np.array([place for some in each for place in some], np.int32)
        self.has = csr_array((np.ones(len(columns), np.float32), columns, ends), (len(words), len(self.names)))

    def of(self, labels: np.ndarray, number: int) -> list[tuple[str, ...]]:
        """The telling words of each of `number` groups, the strongest first; `labels` (texts,) as in `Clustering`.

        A word is worth the share of the group's texts that have it, times the logarithm of how many times the share
        among all others that is. A word within another, stronger one is left out.
        """
        members = np.eye(number, dtype=np.float32)[labels]  # (texts, groups)
        inside = (self.has.T @ members).T  # (groups, words)
        sizes = members.sum(0)[:, None]
        here = inside / np.maximum(sizes, 1)
        elsewhere = (inside.sum(0) - inside) / np.maximum(len(labels) - sizes, 1)
        worth = here * np.log((here + UNUSUAL) / (elsewhere + UNUSUAL))
        return [self._strongest(row) for row in worth]

    def _strongest(self, worth: np.ndarray) -> tuple[str, ...]:
        found: list[str] = []
        for place in np.argsort(-worth, kind="stable")[: 5 * MOST]:
            word = self.names[place]
            if worth[place] > 0 and not any(word in other or other in word for other in found):
                found.append(word)
        return tuple(found[:MOST])
