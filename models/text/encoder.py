"""A vector for each text: means of what a pretrained language model makes of its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.errors import N_
from models.memory import Growth
from models.pretrained import model_folder
from models.progress import ProgressReporter
from models.text.tokenizer import Tokeniser
from models.training import feature_batches, length_bucketing

AT_ONCE = 2048  # tokens of a batch, with those that fill it; more are no quicker on a processor


def load_body(folder: Path, *, pretrained: bool = True) -> nn.Module:
    """The network in 32 bits, without a pooling layer; with the weights of the folder, or random ones.

    Raises:
        InputError: the folder holds no network of transformers that reads texts.
    """
    from transformers import MODEL_MAPPING, AutoConfig

    with model_folder.building(folder, N_("A text model from the transformers library is needed.")):
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        kind = MODEL_MAPPING[type(config)]
        if kind.main_input_name != "input_ids" or config.is_encoder_decoder:
            raise ValueError(f"{kind.__name__} does not turn a text into vectors")
        pooling = "add_pooling_layer" in signature(kind.__init__).parameters
        options = {"add_pooling_layer": False} if pooling else {}  # it reads the first token only
        if not pretrained:
            return kind(config, **options).float()
        return kind.from_pretrained(folder, config=config, dtype=torch.float32, use_safetensors=True, **options)


def block_names(body: nn.Module) -> list[list[str]]:
    """The names of each block's parameters, from the text on: the embeddings, then layer by layer."""
    blocks: dict[str, list[str]] = {}
    for name, _ in body.named_parameters():
        layer = re.match(r".*?\.\d+\.", name)
        blocks.setdefault(layer[0] if layer else "embeddings", []).append(name)
    return list(blocks.values())


def width(body: nn.Module) -> int:
    """Of the vectors."""
    return 2 * body.config.hidden_size


def embed(body: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """input_ids and attention_mask, both (texts, tokens) → (texts, width).

    The first half, from the last layer, is what a text means. The second half, from the upper half of the layers, also
    knows how it is said (Tenney et al. 2019, "BERT Rediscovers the Classical NLP Pipeline"), which a head can use and
    the last layer was trained to forget.
    """
    mask, layers = batch["attention_mask"], states(body, batch)
    half = torch.stack([layer.float() for layer in layers[-upper(len(layers) - 1) :]]).mean(0)
    return torch.cat([mean(layers[-1], mask), mean(half, mask)], -1)


def states(body: nn.Module, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """(texts, tokens, hidden size) each: what the embeddings make of a batch, then what each block does."""
    return body(
        **{name: batch[name] for name in ("input_ids", "attention_mask")}, output_hidden_states=True
    ).hidden_states


def upper(blocks: int) -> int:
    """So many of the last layers are the upper half, where so many `blocks` follow the embeddings."""
    return (blocks + 1) // 2


def stack(body: nn.Module) -> tuple[nn.Module, str, nn.ModuleList] | None:
    """Where a body has its blocks: the module they belong to, under which name, and the blocks; None where a body of
    another build has none that follow one another."""
    for parent in body.modules():
        for name, child in parent.named_children():
            if isinstance(child, nn.ModuleList) and len(child) == depth(body):
                return parent, name, child
    return None


def depth(body: nn.Module) -> int:
    """Blocks after the embeddings."""
    return int(getattr(body.config, "num_hidden_layers", 0))


def meaning(vectors: np.ndarray) -> np.ndarray:
    """(texts, width) → (texts, hidden size): by this, texts that mean alike are near in any language the body knows."""
    return vectors[:, : vectors.shape[1] // 2]


def mean(states: Tensor, mask: Tensor) -> Tensor:
    """(texts, tokens, width), over the tokens where `mask` is 1 → (texts, width) in 32 bits."""
    weights = mask.unsqueeze(-1).float()
    return (states.float() * weights).sum(1) / weights.sum(1)


def vectors(
    body: nn.Module, tokeniser: Tokeniser, texts: Sequence[str], *, bf16: bool, report: ProgressReporter
) -> np.ndarray:
    """(texts, width) float32 in the order of `texts`; computed in batches of like length."""
    return vectors_of_tokens(body, tokeniser, tokeniser.ids(texts), bf16=bf16, report=report)


def vectors_of_tokens(
    body: nn.Module, tokeniser: Tokeniser, ids: Sequence[np.ndarray], *, bf16: bool, report: ProgressReporter,
    growth: Growth | None = None,
) -> np.ndarray:  # fmt: skip
    """The same of texts that are tokens already, (tokens,) each. `growth`: of the tokens of a batch, where several
    calls follow one another; else each begins with as many as are quick."""
    growth = growth or feature_batches.growth(body.device, AT_ONCE, report)
    body.eval()

    def compute(rows: np.ndarray) -> np.ndarray:
        report.check()
        batch = tokeniser.padded([ids[row] for row in rows])
        tensors = {name: torch.from_numpy(array).to(body.device) for name, array in batch.items()}
        with torch.no_grad(), torch.autocast(body.device.type, torch.bfloat16, enabled=bf16):
            return embed(body, tensors).cpu().numpy()

    return length_bucketing.computed([len(one) for one in ids], AT_ONCE, width(body), compute, report, growth)
