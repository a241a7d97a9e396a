"""Which device and number format a run computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch
from torch import nn


def pick() -> torch.device:
    """The GPU the launcher made visible to this run, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is computed by the hardware; elsewhere it is emulated and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        flags = Path("/proc/cpuinfo")
        return flags.exists() and any(f in flags.read_text() for f in ("avx512_bf16", "amx_bf16", " bf16"))
    return False


def is_of_matrix_products(network: nn.Module) -> bool:
    """Whether a processor is also quicker in bfloat16 while it trains: backward passes of grouped convolutions are
    slower there, and recurrent layers gain nothing."""
    modules = [*network.modules()]
    grouped = any(isinstance(one, nn.modules.conv._ConvNd) and one.groups > 1 for one in modules)
    return not grouped and not any(isinstance(one, nn.RNNBase) for one in modules)


def use_bf16(precision: str, device: torch.device) -> bool:
    """`precision` is auto, fp32 or bf16, as the person set it."""
    return precision == "bf16" or (precision == "auto" and has_fast_bf16(device))


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
    return {"device": describe(device), "precision": precision, "threads": torch.get_num_threads()}


@contextmanager
def exactly() -> Iterator[None]:
    """Compute in full 32 bits: NVIDIA's cards shorten the factors of convolutions to 10 bits (TF32) otherwise."""
    flags = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [flag.allow_tf32 for flag in flags]
    for flag in flags:
        flag.allow_tf32 = False
    try:
        yield
    finally:
        for flag, allowed in zip(flags, before, strict=True):
            flag.allow_tf32 = allowed
