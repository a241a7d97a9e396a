"""Where a step goes when the whole of a text encoder learns on a processor, and what other ways would save.

    python -m benchmarks.text_steps --out

Batches of 32 texts of 18 tokens, as the questions of 6 kinds have on average once they are sorted by length; numbers of
32 bits, fused AdamW, a table of words that stays. All ways take a step in turns; a figure is the median of its steps.
“Products” is the share of a step that matrix products take, by torch's profiler: what no other way could save.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from benchmarks import table
from models.pretrained import catalog
from models.text import encoder
from models.training import quick_dropout

MODEL, TEXTS, TOKENS, STEPS, WARM = "multilingual-e5-small", 32, 18, 20, 3
PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm")
PARTS = ("forward", "backward", "clipping", "optimizer")
HEADERS = ["a step, ms", *PARTS, "whole", "of the first"]


class Way:
    """A body that learns in one way, with an optimiser of its own."""

    def __init__(self, weights: Path) -> None:
        torch.manual_seed(0)
        self.body = encoder.load_body(weights).train()
        self.body.get_input_embeddings().requires_grad_(False)
        self.forward: Callable[..., Any] = self.body
        self.times: list[list[float]] = []

    def begin(self) -> None:
        """To be called once it is decided what learns."""
        self.learnt = [one for one in self.body.parameters() if one.requires_grad]
        self.optimizer = torch.optim.AdamW(self.learnt, lr=1e-6, fused=True)

    def step(self, ids: Tensor) -> None:
        marks = [time.perf_counter()]
        loss = self.forward(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1).square().sum()
        marks.append(time.perf_counter())
        loss.backward()
        marks.append(time.perf_counter())
        nn.utils.clip_grad_norm_(self.learnt, 1.0)
        marks.append(time.perf_counter())
        self.optimizer.step()
        self.optimizer.zero_grad()
        marks.append(time.perf_counter())
        self.times.append((1000 * np.diff(marks)).tolist())


def ways(weights: Path, kept: ExitStack, *, compiled: bool) -> dict[str, Way]:
    """By their names; the first is how Casebook trains."""
    names = ("as trained", "torch's dropout", "no dropout", "attention not fused", "table of words learns")
    made = {name: Way(weights) for name in (*names, *(["compiled"] if compiled else []))}
    for name in ("as trained", "attention not fused", "table of words learns"):
        kept.enter_context(quick_dropout.drawn(made[name].body, wanted=True))
    for layer in made["no dropout"].body.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    made["attention not fused"].body.set_attn_implementation("eager")
    made["table of words learns"].body.get_input_embeddings().requires_grad_(True)
    if compiled:
        made["compiled"].forward = torch.compile(made["compiled"].body)
    for way in made.values():
        way.begin()
    return made


def share_of_products(way: Way, ids: Tensor) -> float:
    with profile(activities=[ProfilerActivity.CPU]) as told:
        way.step(ids)
    times = {one.key: one.self_cpu_time_total for one in told.key_averages()}
    return sum(times.get(name, 0.0) for name in PRODUCTS) / sum(times.values())


def main() -> None:
    parser = table.options(__doc__, "text_steps")
    parser.add_argument("--compiled", action="store_true", help="torch.compile too; needs a C++ compiler")
    args = parser.parse_args()
    ids = torch.randint(5, 2000, (TEXTS, TOKENS), generator=torch.Generator().manual_seed(0))
    with TemporaryDirectory() as home, ExitStack() as kept:
        tried = ways(catalog.folder(MODEL, Path(home), "text"), kept, compiled=args.compiled)
        first: dict[str, float] = {}
        for name, way in tried.items():
            began = time.monotonic()
            way.step(ids)
            first[name] = time.monotonic() - began
        for _ in range(2 if args.quick else WARM + STEPS):
            for way in tried.values():
                way.step(ids)
        found = {name: np.median(way.times[-(1 if args.quick else STEPS) :], 0).tolist() for name, way in tried.items()}
        products = share_of_products(tried["as trained"], ids)
    usual = sum(found["as trained"])
    table.show(HEADERS, [[name, *parts, sum(parts), sum(parts) / usual] for name, parts in found.items()])
    print(f"\nproducts: {products:.0%} of a step as trained; first steps, s: "
          + ", ".join(f"{name} {seconds:.1f}" for name, seconds in first.items()))  # fmt: skip
    table.write(args.out, texts=TEXTS, tokens=TOKENS, parts=PARTS, ms=found, products=products, first_steps=first)


if __name__ == "__main__":
    main()
