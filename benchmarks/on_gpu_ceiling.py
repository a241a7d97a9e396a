"""What the machine of `benchmarks.on_gpu` is, and the most it computes: a large matrix product, again and again."""

from __future__ import annotations

import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from benchmarks.on_gpu_meters import synchronize
from models.training import device

SIDE, TINY = 8192, 512  # of the square matrices, with a card and without
ROUNDS, EACH = 5, 10  # the quickest round of so many products counts
NAMED = ("torch", "torchvision", "transformers", "timm", "accelerate", "peft")


def machine() -> dict[str, Any]:
    where = device.pick()
    told: dict[str, Any] = {"device": device.describe(where), "card": where.type == "cuda"}
    if told["card"]:
        held = torch.cuda.get_device_properties(where)
        told |= {"card MB": round(held.total_memory / 2**20), "capability": f"{held.major}.{held.minor}",
                 "multiprocessors": held.multi_processor_count, "CUDA": torch.version.cuda,
                 "cuDNN": torch.backends.cudnn.version()}  # fmt: skip
    versions = {name: _version(name) for name in NAMED}
    return told | {"bf16": device.use_bf16("auto", where), "threads": torch.get_num_threads(),
                   "Python": platform.python_version(), **versions}  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def ceiling(*, tiny: bool) -> dict[str, float]:
    """FLOPs a second in 16 bits, and in 32 (on a card by TF32, which shortens the factors and not the sum)."""
    side = TINY if tiny else SIDE
    torch.set_float32_matmul_precision("high")
    try:
        return {name: _most(side, kind) for name, kind in (("bf16", torch.bfloat16), ("fp32", torch.float32))}
    finally:
        torch.set_float32_matmul_precision("highest")


def _most(side: int, kind: torch.dtype) -> float:
    one, other = (torch.randn(side, side, device=device.pick(), dtype=kind) for _ in range(2))
    torch.mm(one, other)
    best = float("inf")
    for _ in range(ROUNDS):
        synchronize()
        start = time.perf_counter()
        for _ in range(EACH):
            torch.mm(one, other)
        synchronize()
        best = min(best, time.perf_counter() - start)
    return 2.0 * side**3 * EACH / best
