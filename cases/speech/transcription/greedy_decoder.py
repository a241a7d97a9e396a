"""A text is written token by token, each the likeliest after those before it; without torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

STEPS = 224  # tokens of a text at most, as many as Whisper was trained to write for 30 seconds


@dataclass(frozen=True)
class DecodingConfig:
    """What a Whisper begins and ends a text with, what it never writes, at all or at first, and the most tokens."""

    prefix: tuple[int, ...]
    end: int
    never: tuple[int, ...]
    never_first: tuple[int, ...]
    most: int = STEPS


@dataclass(frozen=True)
class DecodedText:
    """Tokens without those of the rules, and how sure the model was of them on average: 0 to 1.

    `margin`: how far the second best was behind, in logarithms, where it came nearest.
    """

    tokens: list[int]
    sureness: float
    margin: float


def rules(folder: Path, language: str | None) -> DecodingConfig:
    """As the model in `folder` states them; `language`: of a model that knows several, as `en`, else None."""
    told = json.loads((folder / "generation_config.json").read_text("utf-8"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    prefix = [told["decoder_start_token_id"]]
    if language and told.get("is_multilingual"):
        prefix += [told["lang_to_id"][f"<|{language}|>"], told["task_to_id"]["transcribe"]]
    prefix.append(told["no_timestamps_token_id"])
    end = told["eos_token_id"]
    return DecodingConfig(
        tuple(prefix),
        end[0] if isinstance(end, list) else end,
        tuple(told.get("suppress_tokens") or ()),
        tuple(told.get("begin_suppress_tokens") or ()),
        min(STEPS, told.get("max_length") or STEPS, config["max_target_positions"] - len(prefix)),
    )


def write(step: Callable[[np.ndarray], np.ndarray], texts: int, known: DecodingConfig) -> list[DecodedText]:
    """Write so many texts at once.

    Args:
        step: the new tokens (texts, new) of each → scores (texts, vocabulary) of the next; it remembers those before.
    """
    tokens: list[list[int]] = [[] for _ in range(texts)]
    logs, margins, going = np.zeros(texts), np.full(texts, np.inf), np.ones(texts, bool)
    new = np.tile(np.array(known.prefix, np.int64), (texts, 1))
    for number in range(known.most):
        scores = np.array(step(new), np.float32)
        scores[:, list(known.never)] = -np.inf
        if number == 0:
            scores[:, list(known.never_first)] = -np.inf
        best, (second, most) = scores.argmax(1), np.partition(scores, -2, 1)[:, -2:].T
        margins[going] = np.minimum(margins, most - second)[going]
        logs += going * (scores.max(1) - _total(scores))
        going &= best != known.end
        for text in np.flatnonzero(going):
            tokens[text].append(int(best[text]))
        if not going.any():
            break
        new = best[:, None].astype(np.int64)
    return [
        DecodedText(found, float(np.exp(log / (len(found) + 1))), float(margin))
        for found, log, margin in zip(tokens, logs, margins, strict=True)
    ]


def _total(scores: np.ndarray) -> np.ndarray:
    most = scores.max(1)
    return most + np.log(np.exp(scores - most[:, None]).sum(1))


def without(known: DecodingConfig, wanted: Collection[int]) -> DecodingConfig:
    """The rules that let all `wanted` tokens be written."""
    free = set(wanted)
    never, first = (tuple(one for one in some if one not in free) for some in (known.never, known.never_first))
    return replace(known, never=never, never_first=first)
