"""What a whole Whisper hears in a sound, word by word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cases.speech.audio import extractors
from cases.speech.audio.features import WhisperFeatures
from cases.speech.transcription import greedy_decoder
from cases.speech.transcription.greedy_decoder import DecodedText, DecodingConfig
from cases.speech.transcription.whisper_onnx import OnnxDecoder, OnnxEncoder
from models.errors import N_
from models.memory import Fitting
from models.pretrained import model_folder
from models.progress import QUIET, ProgressReporter

AT_ONCE = 16  # sounds


@dataclass(frozen=True)
class Transcriber:
    """`network` is the encoder with its decoder; both see the whole window of 30 seconds, as they were trained.

    `replaced`: characters, and what is written in their place (see `models.text.han`).
    """

    network: nn.Module
    extractor: WhisperFeatures
    tokenizer: Any
    rules: DecodingConfig
    replaced: tuple[str, str] = ("", "")

    def heard(self, wave: np.ndarray) -> np.ndarray:
        """(frames, bands) of the whole window."""
        return self.extractor.window(wave, self.network.config.max_source_positions)

    def written(self, waves: Sequence[np.ndarray], *, bf16: bool = False) -> list[DecodedText]:
        """Of each sound the likeliest token, then the likeliest after it, and so on."""
        where, width = self.network.device, torch.bfloat16 if bf16 else torch.float32
        frames = torch.from_numpy(np.stack([self.heard(wave) for wave in waves])).to(where)
        hear, write = OnnxEncoder(self.network), OnnxDecoder(self.network)
        with torch.no_grad(), torch.autocast(where.type, width, enabled=bf16):
            heard, past = hear(frames).float(), write.start(len(waves))

            def step(tokens: np.ndarray) -> np.ndarray:
                nonlocal past
                scores, past = write(torch.from_numpy(tokens).to(where), past, heard)
                past = past.float()
                return scores.float().cpu().numpy()

            return greedy_decoder.write(step, len(waves), self.rules)

    def every(
        self, waves: Sequence[np.ndarray], report: ProgressReporter, *, told: str = "transcripts", bf16: bool = False
    ) -> list[DecodedText]:
        """The same of many, some at once; progress is reported under the name `told`."""
        self.network.eval()
        written: list[DecodedText] = []
        fitting = Fitting(report)

        def write(start: int, stop: int) -> list[DecodedText]:
            return self.written([waves[row] for row in range(start, stop)], bf16=bf16)

        for start in range(0, len(waves), AT_ONCE):
            report.check()
            report.progress(told, start, len(waves))
            written += chain(*fitting(write, start, min(start + AT_ONCE, len(waves))))
        report.progress(told, len(waves), len(waves))
        return written

    def text(self, tokens: Sequence[int]) -> str:
        written = self.tokenizer.decode(tokens, skip_special_tokens=True).strip()
        return written.translate(str.maketrans(*self.replaced))

    @property
    def languages(self) -> tuple[str, ...]:
        """Those it knows, as `en`; a network that knows one knows English."""
        known = self.network.generation_config
        if not getattr(known, "is_multilingual", False):
            return ("en",)
        return tuple(name.strip("<|>") for name in known.lang_to_id)

    def language(self, waves: Sequence[np.ndarray], among: Collection[str]) -> str:
        """Which of the languages `among` those it knows the sounds are in, by the sum of its log-probabilities."""
        if len(among) == 1:
            return next(iter(among))
        known = self.network.generation_config
        tokens = {known.lang_to_id[f"<|{language}|>"]: language for language in among}

        def heard(begin: int, stop: int) -> np.ndarray:
            frames = np.stack([self.heard(wave) for wave in waves[begin:stop]])
            given = torch.from_numpy(frames).to(self.network.device)
            start = torch.full((len(given), 1), known.decoder_start_token_id, device=given.device)
            with torch.no_grad():
                write = OnnxDecoder(self.network)
                scores, _ = write(start, write.start(len(given)), OnnxEncoder(self.network)(given))
            return scores[:, list(tokens)].log_softmax(1).sum(0).cpu().numpy()

        each = sum(Fitting(QUIET)(heard, 0, len(waves)))
        return list(tokens.values())[int(np.argmax(each))]


def load(folder: Path, language: str | None = None) -> Transcriber:
    """The whole network in 32 bits; `language` as `greedy_decoder.rules` takes it.

    Raises:
        InputError: it is no Whisper, or lacks its decoder.
    """
    from transformers import AutoTokenizer, WhisperForConditionalGeneration

    extractor = extractors.load(folder)
    needed = N_("Transcription needs a complete Whisper model with decoder and tokenizer.")
    with model_folder.building(folder, needed):
        if not isinstance(extractor, WhisperFeatures):
            raise ValueError("it hears as no Whisper does")
        network, told = WhisperForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True
        )
        if missing := told["missing_keys"]:
            raise ValueError(f"it lacks {min(missing)}")
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        return Transcriber(network, extractor, tokenizer, greedy_decoder.rules(folder, language))
