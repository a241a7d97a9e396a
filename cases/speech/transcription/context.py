"""Transcripts as the tokens that a Whisper writes, and which recordings can be learnt from and tested on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cases.dataset import SPLITS, Dataset
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.transcription.whisper import Transcriber
from cases.splits import LEARNT_FROM
from cases.training.context import TrainingContext
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.text.languages import UNSPACED


@dataclass(frozen=True)
class Texts:
    """`said`: of every sample; `tokens`: of every sample, with the end, as training writes them."""

    said: list[str]
    tokens: list[list[int]]


def said_in(dataset: Dataset) -> list[str]:
    """Of every sample what is said, "" where nobody says it."""
    return dataset.samples["label"].fillna("").astype(str).tolist()


def texts_of(context: TrainingContext, transcriber: Transcriber, language: str = "en") -> Texts:
    """A text begins with a space, as those that Whisper was trained on do, where its language has spaces."""
    said, first = said_in(context.dataset), "" if language in UNSPACED else " "
    encoded = transcriber.tokenizer([first + text.strip() for text in said], add_special_tokens=False)["input_ids"]
    return Texts(said, [[*tokens, transcriber.rules.end] for tokens in encoded])


def usable(
    context: TrainingContext, texts: Texts, transcriber: Transcriber, report: ProgressReporter
) -> TrainingContext:
    """Without what cannot be learnt from nor tested on: longer than the model hears or writes, or without a word.

    Raises:
        InputError: then a part is empty.
    """
    samples = context.dataset.samples
    long = samples["seconds"].to_numpy() > LONGEST / RATE if "seconds" in samples else np.zeros(len(samples), bool)
    wordy = np.array([len(tokens) > transcriber.rules.most for tokens in texts.tokens])
    wordless = np.array([not any(map(str.isalnum, text)) for text in texts.said])
    reasons = (
        (long, N_("Longer than 30 seconds, excluded: {n}.")),
        (wordy & ~long, N_("Transcript too long for the decoder, excluded: {n}.")),
        (wordless & ~long, N_("Transcript without words, excluded: {n}.")),
    )
    used = np.concatenate(list(context.rows.values()))
    for found, message in reasons:
        if n := int(found[used].sum()):
            report.note(message, n=n)
    good = ~(long | wordy | wordless)
    rows: dict[str, Any] = {part: some[good[some]] for part, some in context.rows.items()}
    for part in LEARNT_FROM if context.dataset.sealed else SPLITS:
        if not len(rows[part]):
            raise InputError(
                found=N_("No recordings are left in the “{part}” split."),
                expected=N_("Recordings of at most 30 seconds are needed, each with a transcript."),
                remedy=N_("Add more recordings, or cut long ones into pieces."),
                part=part,
            ).mended_by(step="check")
    return replace(context, rows=rows)
