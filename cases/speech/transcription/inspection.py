"""Inside a transcriber: the spectrogram, the tokens it should write, and what the decoder listens to for each of them.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.base import Item
from cases.speech import explanation
from cases.speech import inspection as sounds
from cases.speech.audio.features import padded
from cases.speech.inspection import TIMES, entering, fewer, over_time
from cases.speech.settings import Settings
from cases.speech.transcription import predict, whisper
from cases.speech.transcription.seq2seq import WhisperSeq2Seq
from cases.speech.transcription.whisper import Transcriber
from cases.training import bundle as bundles
from cases.training.inspection import Heat, Inspection, Missing, Numbers, Panel, Seen, Stage, Step, Tokens, Told, said
from cases.training.layers import Layer
from models.errors import N_
from models.inspection import activations, attention, gradient_step
from models.inspection.gradient_step import GradientStep, Group
from models.text.languages import UNSPACED

RATES = (1e-5, 1e-4, 1e-3, 1e-2)  # beside the run's own
MOST = 60  # tokens whose attention is drawn


def inspect(bundle: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.inspect`."""
    told, settings = predict.described(bundle), bundles.settings_in(bundle, Settings)
    transcriber = whisper.load(bundle / "body", told["language"])
    wave, _ = explanation.heard(item)
    text = (item.truth or "").strip() or transcriber.text(transcriber.written([wave])[0].tokens)
    tokens = _tokens(transcriber, text, told["language"])
    frames = transcriber.extractor.frames(wave)
    batch = {name: torch.from_numpy(one) for name, one in padded([frames]).items()}
    batch["labels"] = torch.tensor([tokens])
    network = WhisperSeq2Seq(transcriber.network.model, transcriber.rules.prefix, nn.Identity(),
                             settings.label_smoothing).eval()  # fmt: skip
    panels, arrays = entering(wave, frames)
    written = [_shown(transcriber, one) for one in tokens]
    prefix = [(_shown(transcriber, one), one, True) for one in transcriber.rules.prefix]
    pieces = [*prefix, *((name, one, False) for name, one in zip(written, tokens, strict=True))]
    panels.append(Tokens(pieces, said(N_("Tokens to write, each with its id; grey ones begin every text"))))
    layers, more = _layers(network, batch, written, transcriber)
    found, names, own, rates = _step(network, settings, batch)
    step = Step.of(found, names, text, bool((item.truth or "").strip()), rates, own, _notes(settings))
    states = more.pop("states")
    vector: list[Panel] = [
        Missing(said(N_("There is no single feature vector: the decoder reads {n:,} vectors of {width} numbers."),
                     n=len(states), width=states.shape[1])),
        Numbers("each", said(N_("Probability of each right token, given the sound and the tokens before it")), written),
    ]  # fmt: skip
    none = Missing(said(N_("No new layers were added: transcription trains the layers of the pretrained model.")))
    entry = " × ".join(map(str, frames.shape))
    return Inspection(panels, vector, layers, [none], _stages(found, entry, len(tokens)), step, {**arrays, **more})


enter = sounds.enter  # what is said is no part of the input


def _tokens(transcriber: Transcriber, text: str, language: str) -> list[int]:
    """As training writes them, with the end; see `context.texts_of`."""
    first = "" if language in UNSPACED else " "
    tokens = transcriber.tokenizer(first + text, add_special_tokens=False)["input_ids"]
    return [*tokens[: transcriber.rules.most - 1], transcriber.rules.end]


def _shown(transcriber: Transcriber, token: int) -> str:
    text = transcriber.tokenizer.decode([token])
    return f"<{token}>" if not text or "\ufffd" in text else text.strip() or "␣"


def _layers(
    network: WhisperSeq2Seq, batch: dict[str, Tensor], names: Sequence[str], transcriber: Transcriber
) -> tuple[list[Seen], dict[str, np.ndarray]]:
    """Of the encoder units over time, of the decoder what it listens to. Arrays besides: `states` (positions, width) of
    the encoder, and `each`, the probability of each token."""
    encoder, decoder = network.body.encoder, network.body.decoder
    recorded = {f"layers.{n}": layer for n, layer in enumerate(encoder.layers)} | {"norm": encoder.layer_norm}
    with torch.no_grad(), activations.recorded(recorded) as kept:
        network(**batch)
        states = kept.pop("norm")
        before = torch.cat([network.prefix[None], batch["labels"][:, :-1]], 1)
        with attention.told(transcriber.network):
            given = decoder(input_ids=before, encoder_hidden_states=states, use_cache=False, output_attentions=True)
    written = given.last_hidden_state[0, len(network.prefix) - 1 :]
    scores = torch.nn.functional.linear(written, decoder.embed_tokens.weight).float().softmax(-1)
    each = scores.gather(1, batch["labels"][0][:, None])[:, 0]
    seen, arrays = over_time(kept)
    layers = [Seen(said(N_("Encoder: {layer}"), layer=one.name), one.panels) for one in seen]
    title = said(N_("Attention: the moments (columns) that the decoder attends to for each token it writes (rows)"))
    for number, one in enumerate(given.cross_attentions or ()):
        mean = one[0, :, len(network.prefix) - 1 :].float().mean(0)[:MOST]
        arrays[f"cross{number}"] = fewer(mean.numpy(), TIMES)
        heat = Heat(f"cross{number}", title, said(N_("Token")), said(N_("Position in time")), rows=names[:MOST])
        layers.append(Seen(said(N_("Decoder: layer {n}"), n=number + 1), [heat]))
    return layers, {**arrays, "states": states[0].numpy(), "each": each.numpy()}


def _step(
    network: WhisperSeq2Seq, settings: Any, batch: dict[str, Tensor]
) -> tuple[GradientStep, list[Told], float, tuple[float, ...]]:
    blocks, named = network.blocks(), dict(network.body.named_parameters())
    first = len(blocks) - settings.blocks if settings.mode == "last_blocks" else 0
    groups = [Group([named[name] for name in names if name not in network.fixed], number >= first)
              for number, names in enumerate(blocks)]  # fmt: skip
    own = float(settings.learning_rate or settings.automatic(vars(settings))["learning_rate"])
    rates = tuple(sorted({*RATES, own}))

    def forward() -> tuple[Tensor, Tensor]:
        told = network(**batch)
        return told["loss"], (-told["logits"][0]).exp()

    names = [said(N_("Block {n}"), n=number + 1) for number in range(len(blocks))]
    return gradient_step.take(forward, groups, rates), names, own, rates


def _notes(settings: Any) -> list[Told]:
    plain = said(N_("One step of plain gradient descent on this recording alone, without augmentation. The loss is the "
                    "mean over its tokens; the probability is that of an average token."))  # fmt: skip
    lora = said(N_("LoRA was merged into the saved weights: the step moves these."))
    return [plain, *([lora] if settings.mode == "lora" else [])]


def _stages(found: GradientStep, entry: str, tokens: int) -> list[Stage]:
    blocks = [Layer("block", 1, one.parameters, one.parameters * one.learns, "learns" if one.learns else "frozen")
              for one in found.groups]  # fmt: skip
    return [
        Stage("input", said(N_("Spectrogram")), [Layer("input", 1)], [said(entry)]),
        Stage("body", said(N_("Encoder and decoder")), blocks, [said(N_("{n} blocks"), n=len(blocks))],
              [*range(len(blocks))]),
        Stage("output", said(N_("Tokens")), [Layer("output", tokens)], [said(N_("Tokens: {n}"), n=tokens)]),
    ]  # fmt: skip
