"""Inside a classifier of texts: tokens and their ids, and how much they attend to each other.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cases.base import Item
from cases.classification import explanation as classification_explanation
from cases.classification import inspection
from cases.classification.inspection import Opened
from cases.text_analysis import predict
from cases.text_analysis.explanation import Seen as SeenText
from cases.text_analysis.explanation import text_of
from cases.text_analysis.settings import Settings
from cases.training.inspection import Heat, Inspection, Listing, Missing, Seen, Tokens, Told, said
from models.errors import N_
from models.inspection import attention
from models.text import encoder, tokenizer

MOST = 48  # tokens that are drawn with their attention: more could not be told apart
LISTED = 256  # tokens that are listed


def inspect(bundle: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.inspect`. Of a text in several windows the layers show the first."""
    model = predict.load(bundle)
    seen = SeenText.by(model, text_of(item))
    body, windows = model["body"], [window.ids for window in seen.windows]
    head = classification_explanation.head_of(bundle, model["activation"])
    body.get_input_embeddings().requires_grad_(False)
    fixed = frozenset(name for name, one in body.named_parameters() if not one.requires_grad)
    opened = Opened(body, head, encoder.block_names(body), lambda: _features(body, windows), fixed)
    names = token_names(model["tokenizer"], windows[0])
    layers, arrays = _attention(body, windows[0], names)
    entry = said(N_("Tokens: {n}"), n=" + ".join(str(len(one)) for one in windows))
    return inspection.inspect(
        Settings, bundle, opened, item.truth, entry=entry, layers=layers, arrays=arrays,
        input=[_tokens(names, seen), Listing([*_facts(model, seen), *_of_body(body)])],
    )  # fmt: skip


def enter(weights: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.enter`."""
    return entered(weights, text_of(item))


def entered(weights: Path, text: str) -> Inspection:
    """A text as the model in `weights` gets it."""
    known = tokenizer.load(weights)
    model = {"tokenizer": known.tokenizer, "prefix": known.prefix, "most": known.most}
    seen = SeenText.by(model, text)
    names = token_names(known.tokenizer, seen.windows[0].ids)
    return Inspection([_tokens(names, seen), Listing(_facts(model, seen))])


def _features(body: nn.Module, windows: Sequence[Tensor]) -> Tensor:
    """(1, width): the mean over the windows, by their lengths, as in training."""
    each = [encoder.embed(body, {"input_ids": ids[None], "attention_mask": torch.ones_like(ids)[None]})
            for ids in windows]  # fmt: skip
    sizes = torch.tensor([float(len(ids)) for ids in windows])
    return (sizes / sizes.sum()) @ torch.cat(each)[None]


def _shown(text: str, number: Tensor) -> str:
    """A piece of a character, as a tokenizer of bytes may have it, is no text: its number stands for it."""
    return f"<{int(number)}>" if not text or "\ufffd" in text else text.strip() or "␣"


def token_names(known: Tokenizer, ids: Tensor) -> list[str]:
    """The text of each token alone."""
    return [*map(_shown, known.decode_batch([[int(one)] for one in ids], False), ids)]


def _tokens(names: Sequence[str], seen: SeenText) -> Tokens:
    first = seen.windows[0]
    pieces = [*zip(names, first.ids.tolist(), [span is None for span in first.spans], strict=True)]
    title = said(N_("Tokens, each with its id in the vocabulary; grey ones were added by the model"))
    return Tokens(pieces[:LISTED], title, max(len(pieces) - LISTED, 0))


def _facts(model: Mapping[str, Any], seen: SeenText) -> list[tuple[Told, str]]:
    return [
        (said(N_("Tokens, limit")), f"{sum(len(one.ids) for one in seen.windows):,} / {model['most']:,}"),
        (said(N_("Windows")), f"{len(seen.windows):,}"),
        (said(N_("Vocabulary")), f"{model['tokenizer'].get_vocab_size():,}"),
        (said(N_("Text before each input")), model["prefix"].strip() or "–"),
    ]


def _of_body(body: Any) -> list[tuple[Told, str]]:
    return [(said(N_("Embedding of each token")), f"{body.get_input_embeddings().embedding_dim:,}")]


def _attention(body: Any, ids: Tensor, names: Sequence[str]) -> tuple[list[Seen], dict[str, np.ndarray]]:
    batch = {"input_ids": ids[None], "attention_mask": torch.ones_like(ids)[None]}
    with torch.no_grad(), attention.told(body):
        found = attention.of(body(**batch, output_attentions=True).attentions, MOST)
    if found is None:
        return [Seen(said(N_("Layer outputs")), [Missing(said(N_("This network has no attention.")))])], {}
    heads = found.shape[1]
    slices = [said(N_("Mean of all heads")), *(said(N_("Head {n}"), n=n + 1) for n in range(heads))]
    whole = N_("Attention: how much each token (row) attends to the others (columns); each row adds up to 1")
    cut = N_("Attention: how much each token (row) attends to the others (columns), for the first {n} tokens")
    title = said(cut, n=MOST) if len(ids) > MOST else said(whole)
    down, across = said(N_("Token")), said(N_("attends to"))
    layers = [
        Seen(
            said(N_("Layer {n}"), n=number + 1),
            [Heat(f"attention{number}", title, down, across, names[:MOST], slices=slices)],
        )
        for number in range(len(found))
    ]
    arrays = {
        f"attention{number}": np.concatenate([one.mean(0, keepdims=True), one]).astype(np.float16)
        for number, one in enumerate(found)
    }
    return layers, arrays
