"""Tokens as the pieces of a text that a person knows: words, and of Chinese what stands for one or a few characters."""

from __future__ import annotations

from collections.abc import Sequence

_WRITTEN_TOGETHER = ((0x2E80, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # without spaces


def pieces(text: str, spans: Sequence[tuple[int, int]], weights: Sequence[float]) -> list[tuple[str, float]]:
    """Pieces that joined give `text`, each with what its tokens weigh together and with the space behind it.

    `spans`: where each token begins and ends in the text, in their order, with the space around it or without.
    """
    begins: list[int] = []
    sums: list[float] = []
    reached = 0
    for (start, stop), weight in zip(spans, weights, strict=True):
        start += len(text[start:stop]) - len(text[start:stop].lstrip())
        if begins and (start <= begins[-1] or start < reached or _inside_word(text, start)):
            sums[-1] += weight
        else:
            begins.append(start)
            sums.append(weight)
        reached = max(reached, stop)
    if not begins:
        return [(text, 0.0)]
    begins[0] = 0
    ends = [*begins[1:], len(text)]
    return [(text[begin:end], weight) for begin, end, weight in zip(begins, ends, sums, strict=True)]


def _inside_word(text: str, at: int) -> bool:
    return at < len(text) and _of_word(text[at - 1]) and _of_word(text[at])


def _of_word(character: str) -> bool:
    if any(first <= ord(character) <= last for first, last in _WRITTEN_TOGETHER):
        return False
    return character.isalnum() or character in "'’"
