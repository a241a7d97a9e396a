"""Whether a network computes in 16 bits or in 32: as asked, else in what the processor is faster in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.training import device

CPU = torch.device("cpu")
LARGE = 768  # rows of square matrices


def knows_bf16():
    flags = Path("/proc/cpuinfo")
    return flags.exists() and any(f" {flag}" in flags.read_text() for flag in ("avx512_bf16", "amx_bf16", "bf16"))


def times_as_fast_in_bf16():
    halves, whole = (torch.randn(LARGE, LARGE).to(kind) for kind in (torch.bfloat16, torch.float32))
    return device.faster(lambda: halves @ halves, lambda: whole @ whole)


def test_what_takes_less_time_is_found_to_be_faster_and_by_how_much():
    small, large = torch.randn(64, 64), torch.randn(LARGE, LARGE)
    assert device.faster(lambda: small @ small, lambda: large @ large) > 10
    assert device.faster(lambda: large @ large, lambda: small @ small) < 0.1


def test_left_to_the_machine_matrices_are_multiplied_in_what_it_is_faster_in():
    chosen, measured = device.use_bf16("auto", CPU), times_as_fast_in_bf16()
    if not knows_bf16() or measured < 0.9 * device.WORTH:
        assert not chosen
    elif measured > device.WORTH / 0.9:
        assert chosen


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_person_asks_for_is_done_on_any_processor(asked):
    assert device.use_bf16("bf16" if asked else "fp32", CPU) == asked
