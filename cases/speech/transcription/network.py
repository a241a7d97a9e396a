"""A whole Whisper made ready to learn from a person's own recordings: its language, its augmentation, its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cases import language_fit
from cases.language_fit import AUTOMATIC
from cases.speech.audio.augment import AudioAugment
from cases.speech.audio.features import RATE
from cases.speech.network import DISTURBED
from cases.speech.settings import Settings
from cases.speech.transcription import greedy_decoder, whisper
from cases.speech.transcription.context import said_in
from cases.speech.transcription.seq2seq import WhisperSeq2Seq
from cases.speech.transcription.whisper import Transcriber
from cases.training.context import TrainingContext
from models.storage.ragged_array import RaggedArray
from models.text import han
from models.training.trainer import TrainingConfig

HEARD_FIRST = 8  # recordings by which the language is told
BUDGET = 240 * RATE  # samples of a step, with the silence that fills it up; more are divided over several


def ready(weights: Path, waves: RaggedArray, context: TrainingContext) -> tuple[Transcriber, str]:
    """The network with the rules of the language that is spoken, and the characters that its transcripts use.

    Raises:
        InputError: it does not know the language.
    """
    transcriber = whisper.load(weights)
    said = said_in(context.dataset)
    learnt = [said[row] for row in context.rows["train"]]
    language = _language(transcriber, learnt, waves, context)
    replaced = han.replacements(han.script(learnt), learnt) if language == "zh" else ("", "")
    return replace(transcriber, rules=greedy_decoder.rules(weights, language), replaced=replaced), language


def _language(transcriber: Transcriber, learnt: Sequence[str], waves: RaggedArray, context: TrainingContext) -> str:
    """As a person says; else as the script tells, and of several languages as the network tells by listening."""
    asked, known = context.settings.language, transcriber.languages
    found = language_fit.find(learnt, asked)
    if missing := language_fit.unknown(found[:1], asked, known):
        raise language_fit.problem(context.settings.model, known, missing[0], None, None)
    if asked != AUTOMATIC:
        return asked
    fit = [language for language in found[0].languages if language in known] if found else known
    rows = drawn(context.rows["train"], HEARD_FIRST, context.settings.seed)
    return transcriber.language([waves[row] for row in rows], fit)


def assemble(settings: Settings, transcriber: Transcriber) -> WhisperSeq2Seq:
    chosen = DISTURBED[settings.augmentation]
    disturb = AudioAugment(scale=transcriber.extractor.scale, tail=transcriber.extractor.tail, noise="noise" in chosen,
                           shift="shift" in chosen, masks="masks" in chosen)  # fmt: skip
    return WhisperSeq2Seq(transcriber.network.model, transcriber.rules.prefix, disturb, settings.label_smoothing)


def divided(plan: TrainingConfig, lengths: np.ndarray) -> TrainingConfig:
    """The plan in smaller steps where the recordings are long; the effective batch stays."""
    longest = int(lengths.max()) + RATE
    while plan.batch_size > 1 and plan.batch_size * longest > BUDGET:
        plan = plan.halved()
    return plan


def drawn(rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many of the rows, rising."""
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])
