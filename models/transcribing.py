"""What a whole Whisper hears in a sound, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models import greedy, hearing
from models.errors import N_, InputError
from models.greedy import Rules, Written
from models.hearing import WhisperEars
from models.report import Report
from models.whisper_steps import Hearing, Writing

AT_ONCE = 16  # sounds


@dataclass(frozen=True)
class Transcriber:
    """`network` is the encoder with its decoder; both see the whole window of 30 seconds, as they were trained."""

    network: nn.Module
    ears: WhisperEars
    tokenizer: Any
    rules: Rules

    def heard(self, wave: np.ndarray) -> np.ndarray:
        """(frames, bands) of the whole window."""
        return self.ears.window(wave, self.network.config.max_source_positions)

    def written(self, waves: Sequence[np.ndarray], *, bf16: bool = False) -> list[Written]:
        """Of each sound the likeliest token, then the likeliest after it, and so on."""
        where, width = self.network.device, torch.bfloat16 if bf16 else torch.float32
        frames = torch.from_numpy(np.stack([self.heard(wave) for wave in waves])).to(where)
        hear, write = Hearing(self.network), Writing(self.network)
        with torch.no_grad(), torch.autocast(where.type, width, enabled=bf16):
            heard, past = hear(frames).float(), write.start(len(waves))

            def step(tokens: np.ndarray) -> np.ndarray:
                nonlocal past
                scores, past = write(torch.from_numpy(tokens).to(where), past, heard)
                past = past.float()
                return scores.float().cpu().numpy()

            return greedy.write(step, len(waves), self.rules)

    def every(
        self, waves: Sequence[np.ndarray], report: Report, *, told: str = "transcripts", bf16: bool = False
    ) -> list[Written]:
        """The same of many, some at once; progress is reported under the name `told`."""
        self.network.eval()
        written: list[Written] = []
        for start in range(0, len(waves), AT_ONCE):
            report.check()
            report.progress(told, start, len(waves))
            written += self.written([waves[row] for row in range(start, min(start + AT_ONCE, len(waves)))], bf16=bf16)
        report.progress(told, len(waves), len(waves))
        return written

    def text(self, tokens: Sequence[int]) -> str:
        return self.tokenizer.decode(tokens, skip_special_tokens=True).strip()

    def language(self, waves: Sequence[np.ndarray]) -> str:
        """That of most of the sounds, as `en`, as far as the network can tell languages apart."""
        known = self.network.generation_config
        if not getattr(known, "is_multilingual", False):
            return "en"  # those that know one language know English
        frames = torch.from_numpy(np.stack([self.heard(wave) for wave in waves])).to(self.network.device)
        with torch.no_grad():
            found = self.network.detect_language(input_features=frames.transpose(1, 2), generation_config=known)
        names = {number: name.strip("<|>") for name, number in known.lang_to_id.items()}
        values, counts = np.unique(found.cpu().numpy(), return_counts=True)
        return names[int(values[counts.argmax()])]


def load(folder: Path, language: str | None = None) -> Transcriber:
    """The whole network in 32 bits; `language` as `greedy.rules` takes it.

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
        return Transcriber(network, ears, AutoTokenizer.from_pretrained(folder), greedy.rules(folder, language))
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        raise InputError(
            found=N_("The model in “{folder}” could not be built ({cause})."),
            expected=N_("To write down speech a whole Whisper model is needed, with its decoder and its tokenizer."),
            remedy=N_("Choose another model."),
            folder=folder.name,
            cause=str(error).splitlines()[0][:200],
        ) from error
