"""Which device and number format a run computes with."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import psutil
import torch
from torch import nn

from models import memory
from models.errors import N_
from models.progress import ProgressReporter

T = TypeVar("T")

MEASURED, TIMES = 512, 5  # rows of square matrices, and products of them
WORTH = 1.2  # times as fast bfloat16 must be: it rounds more


def pick() -> torch.device:
    """The GPU the launcher made visible to this run, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def has_fast_bf16(device: torch.device) -> bool:
    """Whether the hardware computes bfloat16, and faster than float32; elsewhere it is emulated."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and _knows_bf16() and _multiplies_faster_in_bf16()


def _knows_bf16() -> bool:
    flags = Path("/proc/cpuinfo")
    return flags.exists() and any(flag in flags.read_text() for flag in ("avx512_bf16", "amx_bf16", " bf16"))


@cache
def _multiplies_faster_in_bf16() -> bool:
    """Measured within some ten milliseconds: there are processors that know bfloat16 and take 1.7 times as long in
    it (`benchmarks.precision`)."""
    kinds = [torch.ones(MEASURED, MEASURED, dtype=kind) for kind in (torch.bfloat16, torch.float32)]
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        return faster(*(partial(torch.mm, one, one) for one in kinds)) > WORTH


def faster(one: Callable[[], object], other: Callable[[], object]) -> float:
    """How many times as fast `one` is, by the shortest of a few times of each, taken in turns. They are the processor's
    seconds, for a busy machine interrupts either."""
    shortest = [math.inf, math.inf]
    for _ in range(TIMES):
        for number, compute in enumerate((one, other)):
            began = time.process_time()
            compute()
            shortest[number] = min(shortest[number], time.process_time() - began)
    return shortest[1] / shortest[0]


def is_of_matrix_products(network: nn.Module) -> bool:
    """Whether a processor is also quicker in bfloat16 while it trains: backward passes of grouped convolutions are
    slower there, and recurrent layers gain nothing."""
    modules = [*network.modules()]
    grouped = any(isinstance(one, nn.modules.conv._ConvNd) and one.groups > 1 for one in modules)
    return not grouped and not any(isinstance(one, nn.RNNBase) for one in modules)


def use_bf16(precision: str, device: torch.device) -> bool:
    """`precision` is auto, fp32 or bf16, as the person set it."""
    return precision == "bf16" or (precision == "auto" and has_fast_bf16(device))


def finish() -> None:
    """Wait until a card has done all that was asked of it, so that what it takes can be timed."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


def memory_mb(device: torch.device) -> float:
    """All that the card has, else all that the machine has."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory / 2**20
    return psutil.virtual_memory().total / 2**20


def describe(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


def note(device: torch.device, *, bf16: bool) -> dict[str, str | int]:
    """What a run records of how it computed."""
    precision = "bf16" if bf16 else "fp32"
    card = {"tf32": torch.backends.cuda.matmul.allow_tf32} if device.type == "cuda" else {}
    return {"device": describe(device), "precision": precision, "threads": torch.get_num_threads(), **card}


def set_tf32(device: torch.device, precision: str) -> None:
    """Say for this process whether a card may shorten the factors of 32-bit products and convolutions to 10 bits
    (TF32), as bfloat16 does to 7: not where a person set `precision` to fp32. What must be exact is, see `exactly`."""
    if device.type == "cuda":
        for flag in (torch.backends.cudnn, torch.backends.cuda.matmul):
            flag.allow_tf32 = precision != "fp32"


def there_or_here(work: Callable[[torch.device], T], where: torch.device, report: ProgressReporter) -> T:
    """Return `work(where)`, in full 32 bits; where the memory of a card runs out, what the processor makes of it. For
    work that needs all of its items at once."""
    try:
        with exactly():
            return work(where)
    except Exception as error:
        if where.type == "cpu" or not memory.ran_out(error):
            raise
    memory.release()  # once the error is forgotten, and with it what the work had in hand
    report.note(N_("The GPU ran out of memory; the processor computed this part."))
    return work(torch.device("cpu"))


@contextmanager
def exactly() -> Iterator[None]:
    """Compute in full 32 bits, whatever `set_tf32` said."""
    flags = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [flag.allow_tf32 for flag in flags]
    for flag in flags:
        flag.allow_tf32 = False
    try:
        yield
    finally:
        for flag, allowed in zip(flags, before, strict=True):
            flag.allow_tf32 = allowed
