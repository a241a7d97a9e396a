"""What a whole Whisper hears in a sound, word by word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models import hearing
from models.errors import N_, InputError
from models.hearing import LONGEST, Ears
from models.report import Report

AT_ONCE = 16  # sounds


@dataclass(frozen=True)
class Transcriber:
    """`network` is the encoder with its decoder; both see the whole window of 30 seconds, as they were trained."""

    network: nn.Module
    ears: Ears
    tokenizer: Any

    def tokens(self, waves: Sequence[np.ndarray]) -> list[list[int]]:
        """Of each sound the likeliest token, then the likeliest after it, and so on; without the marks at both ends."""
        window = 2 * self.network.config.max_source_positions
        filled = [np.pad(wave, (0, LONGEST - len(wave))) for wave in waves]
        frames = torch.from_numpy(np.stack([self.ears.frames(wave)[:window].T for wave in filled]))
        where = self.network.device
        mask = torch.ones(len(waves), window, dtype=torch.long, device=where)
        with torch.no_grad():
            found = self.network.generate(frames.to(where), attention_mask=mask, num_beams=1, do_sample=False)
        special = set(self.tokenizer.all_special_ids)
        return [[token for token in row if token not in special] for row in found.tolist()]

    def texts(self, waves: Sequence[np.ndarray], report: Report) -> list[str]:
        """What each sound says, as the network writes it."""
        self.network.eval()
        said = []
        for start in range(0, len(waves), AT_ONCE):
            report.check()
            report.progress("transcripts", start, len(waves))
            some = self.tokens([waves[row] for row in range(start, min(start + AT_ONCE, len(waves)))])
            said += [self.tokenizer.decode(tokens).strip() for tokens in some]
        report.progress("transcripts", len(waves), len(waves))
        return said


def load(folder: Path) -> Transcriber:
    """The whole network in 32 bits.

    Raises:
        InputError: it is no Whisper, or lacks its decoder.
    """
    from transformers import AutoTokenizer, WhisperForConditionalGeneration

    ears = hearing.load(folder)
    try:
        network, told = WhisperForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True
        )
        if missing := told["missing_keys"]:
            raise ValueError(f"it lacks {min(missing)}")
        return Transcriber(network, ears, AutoTokenizer.from_pretrained(folder))
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(
            found=N_("The model in “{folder}” could not be built ({cause})."),
            expected=N_("To write down speech a whole Whisper model is needed, with its decoder and its tokenizer."),
            remedy=N_("Choose another model."),
            folder=folder.name,
            cause=str(error).splitlines()[0][:200],
        ) from error


def english() -> Callable[[str], str]:
    """Whisper's own way to make English texts comparable: numbers as digits, no capitals, no punctuation."""
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    return EnglishTextNormalizer({})  # British and American spellings stay apart
